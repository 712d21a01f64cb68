// `npm run build && node bench/reconnect-storm.mjs [clients]`: all clients lose their line at once and come back at once. How long does it
// take until each of them is connected, has subscribed, and has got a message of its own back? The server is a process of its own.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';

if (process.send) await serve();
else await storm(Number(process.argv[2] ?? 2_000));

async function serve() {
  await import('reflect-metadata');
  const { Module } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  const { StompModule, StompSessionRegistry } = await import('../dist/index.js');
  class AppModule {}
  Module({ imports: [StompModule.forRoot({ authenticate: ({ login }) => ({ name: login }) })] })(AppModule);
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  process.on('message', () => app.get(StompSessionRegistry).closeWhere(() => true, 1012, 'restart'));
  process.on('disconnect', () => process.exit());
  process.send(await app.getUrl());
}

async function storm(count) {
  const server = fork(fileURLToPath(import.meta.url));
  const [url] = await once(server, 'message');
  const all = () =>
    Promise.all(Array.from({ length: count }, (_, index) => enter(`${url.replace('http', 'ws')}/ws`, index)));
  const first = await timed(all);
  const lost = Promise.all(first.result.map((client) => once(client, 'close')));
  server.send('restart');
  await lost;
  const second = await timed(all);
  const times = second.result.map(({ servedAfter }) => servedAfter).toSorted((a, b) => a - b);
  console.log(`${count} clients at once: the first time ${first.ms} ms, after the loss ${second.ms} ms`);
  console.log(`after the loss, half of them within ${times[count >> 1]} ms, the last after ${times.at(-1)} ms`);
  for (const client of second.result) client.terminate();
  server.kill();
}

async function timed(work) {
  const begun = performance.now();
  const result = await work();
  return { result, ms: Math.round(performance.now() - begun) };
}

/** Like a browser's client: refused or cut off, it tries again. */
async function enter(url, index) {
  const begun = performance.now();
  for (let pause = 50; ; pause *= 2) {
    try {
      const client = await converse(new WebSocket(url, ['v12.stomp']), index);
      client.servedAfter = Math.round(performance.now() - begun);
      return client;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause * (1 + Math.random())));
    }
  }
}

function converse(client, index) {
  return new Promise((resolve, reject) => {
    client.once('error', reject);
    client.once('close', reject);
    client.once('open', () => client.send(`CONNECT\naccept-version:1.2\nhost:h\nlogin:user-${index}\n\n\0`));
    client.on('message', (data) => {
      const [command] = data.toString().split('\n');
      if (command === 'CONNECTED') {
        client.send(`SUBSCRIBE\nid:0\ndestination:/topic/${index}\n\n\0SEND\ndestination:/topic/${index}\n\nhello\0`);
      } else if (command === 'MESSAGE') resolve(client);
    });
  });
}

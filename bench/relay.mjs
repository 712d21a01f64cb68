// What a topic costs with shared connections, beside RabbitMQ's own STOMP over WebSocket, and what a thousand clients cost both ways.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { RabbitMq } from './relay/rabbit-mq.mjs';

const { values } = parseArgs({
  options: {
    subscribers: { type: 'string', default: '100' },
    messages: { type: 'string', default: '3000' },
    size: { type: 'string', default: '1024' },
    rounds: { type: 'string', default: '3' },
    clients: { type: 'string', default: '1000' },
  },
});
// By name: the values come in the order in which they were given.
const [subscribers, messages, size, rounds, clients] = [
  values.subscribers,
  values.messages,
  values.size,
  values.rounds,
  values.clients,
].map(Number);
const BODY = 'x'.repeat(size);

const rabbitMq = await RabbitMq.start();
try {
  console.log(`${messages} messages of ${size} bytes to ${subscribers} subscribers of a topic`);
  console.log('round  by             deliveries/CPU-s   CPU s broker   CPU s server   seconds');
  const ratios = [];
  for (let round = 1; round <= rounds; round++) {
    const found = {};
    for (const by of round % 2 === 1 ? ['relay, shared', 'web-stomp'] : ['web-stomp', 'relay, shared']) {
      found[by] = await publish(by);
      const { perCpu, broker, server, seconds } = found[by];
      const cells = [Math.round(perCpu).toLocaleString('en'), broker.toFixed(2), server.toFixed(2), seconds.toFixed(1)];
      console.log(`${round}      ${by.padEnd(13)}${cells.map((cell) => cell.padStart(15)).join('')}`);
    }
    ratios.push(found['relay, shared'].perCpu / found['web-stomp'].perCpu);
  }
  console.log(`relay to web-stomp, median: ${ratios.toSorted((a, b) => a - b)[Math.floor(rounds / 2)].toFixed(2)}`);

  console.log(`\n${clients} clients, each subscribed to the same topic and to one of its own`);
  console.log('connections   to the broker   broker +MB   server +MB');
  for (const way of ['shared', 'per-session']) {
    const { connections, broker, server } = await connectMany(way);
    const cells = [connections, broker.toFixed(0), server.toFixed(0)].map((cell) => `${cell}`.padStart(13));
    console.log(`${way.padEnd(14)}${cells.join('')}`);
  }
} finally {
  await rabbitMq.stop();
}

async function publish(by) {
  const server = by === 'web-stomp' ? undefined : await startServer('shared');
  const url = server ? `ws://127.0.0.1:${server.port}/ws` : `ws://127.0.0.1:${rabbitMq.webPort}/ws`;
  let received = 0;
  let done;
  const all = new Promise((resolve) => (done = resolve));
  const receivers = [];
  for (let i = 0; i < subscribers; i++) {
    receivers.push(await connect(url, () => ++received === messages * subscribers && done()));
    await request(receivers.at(-1), 'SUBSCRIBE', ['id:1', 'destination:/topic/bench']);
  }
  const sender = await connect(url);
  const before = [rabbitMq.cpu(), (await server?.ask())?.cpu ?? 0];
  const start = performance.now();
  for (let i = 1; i <= messages; i++) {
    const frame = ['destination:/topic/bench', `content-length:${size}`];
    // No further ahead than a hundred: neither is to be tried for what it does when it is flooded.
    if (i % 100 === 0) await request(sender, 'SEND', frame, BODY);
    else sender.socket.send(`SEND\n${frame.join('\n')}\n\n${BODY}\0`);
  }
  await all;
  const seconds = (performance.now() - start) / 1_000;
  const broker = rabbitMq.cpu() - before[0];
  const used = ((await server?.ask())?.cpu ?? 0) - before[1];
  for (const { socket } of [...receivers, sender]) socket.terminate();
  await server?.stop();
  return { perCpu: (messages * subscribers) / (broker + used), broker, server: used, seconds };
}

async function connectMany(way) {
  const server = await startServer(way);
  const before = [rabbitMq.memory(), (await server.ask()).memory];
  const all = [];
  for (let i = 0; i < clients; i++) {
    const client = await connect(`ws://127.0.0.1:${server.port}/ws`);
    await request(client, 'SUBSCRIBE', ['id:1', 'destination:/topic/bench']);
    await request(client, 'SUBSCRIBE', ['id:2', `destination:/topic/own-${i}`]);
    all.push(client);
  }
  const { memory, relay } = await server.ask();
  const found = { connections: relay.connections, broker: rabbitMq.memory() - before[0], server: memory - before[1] };
  for (const { socket } of all) socket.terminate();
  await server.stop();
  return found;
}

async function startServer(connections) {
  const child = fork(new URL('./relay/server.mjs', import.meta.url), [`${rabbitMq.port}`, connections]);
  const [{ port }] = await once(child, 'message');
  return {
    port,
    ask: async () => {
      child.send('tell');
      return (await once(child, 'message'))[0];
    },
    stop: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function connect(url, onMessage = () => {}) {
  const socket = new WebSocket(url, 'v12.stomp');
  const client = { socket, receipts: new Map(), count: 0 };
  const connected = new Promise((resolve, reject) => {
    socket.on('message', (data) => {
      const text = data.toString();
      if (text.startsWith('MESSAGE')) onMessage();
      else if (text.startsWith('CONNECTED')) resolve();
      else if (text.startsWith('RECEIPT')) client.receipts.get(/receipt-id:(.*)/.exec(text)[1])?.();
      else if (text.startsWith('ERROR')) reject(new Error(text));
    });
    socket.on('error', reject);
  });
  socket.on('open', () => socket.send('CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\n\n\0'));
  await connected;
  return client;
}

function request(client, command, headers, body = '') {
  const id = `${client.count++}`;
  const answered = new Promise((resolve) => client.receipts.set(id, resolve));
  client.socket.send(`${command}\n${headers.join('\n')}\nreceipt:${id}\n\n${body}\0`);
  return answered;
}

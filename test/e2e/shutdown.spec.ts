import { once } from 'node:events';
import { connect } from 'node:net';
import { ChildApplications } from '../utils/child-application.js';
import { StompSocket } from '../utils/stomp-socket.js';

const CLIENTS = 20;
const FRAMES = 10;

const application = (options: string): string => `
  import 'reflect-metadata';
  import { Controller, Module } from '@nestjs/common';
  import { NestFactory } from '@nestjs/core';
  import { setTimeout } from 'node:timers/promises';
  import { MessageMapping, Payload, SendTo, StompModule } from './dist/index.js';

  @Controller()
  class WorkController {
    @MessageMapping('/work') @SendTo('/topic/done')
    async work(@Payload() id: string) {
      process.send({ begun: id });
      await setTimeout(20);
      process.send({ done: id });
      return id;
    }

    @MessageMapping('/never')
    never(@Payload() id: string) {
      process.send({ begun: id });
      return new Promise<never>(() => {});
    }
  }

  @Module({ imports: [StompModule.forRoot(${options})], controllers: [WorkController] })
  class AppModule {}

  const app = await NestFactory.create(AppModule, { logger: false, forceCloseConnections: true });
  app.enableShutdownHooks();
  await app.listen(0, '127.0.0.1');
  process.send(await app.getUrl());
`;

describe('SIGTERM', () => {
  let applications: ChildApplications;

  beforeAll(async () => {
    applications = await ChildApplications.compile();
  }, 120_000);

  afterAll(() => applications.remove());

  it('with 200 frames under way loses none that was confirmed, nor a message of one, and tells all', async () => {
    const { process: child, url, messages } = await applications.start(application('{}'));
    const exited = once(child, 'exit');
    const watcher = await StompSocket.connect(`${url}/ws`);
    await watcher.receipt('SUBSCRIBE\nid:0\ndestination:/topic/done\n\n\0');
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => StompSocket.connect(`${url}/ws`)));
    // A connection that never says what it wants is no reason to stay.
    const silent = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
    await once(silent, 'connect');
    clients.forEach((client, index) => {
      const frames = Array.from({ length: FRAMES }, (_, frame) => {
        const id = `${index}-${frame}`;
        return `SEND\ndestination:/app/work\nreceipt:${id}\n\n${id}\0`;
      });
      client.write(frames.join(''));
    });
    while (idsOf(messages, 'begun').size < CLIENTS) await once(child, 'message');
    const begun = performance.now();
    child.kill('SIGTERM');
    await Promise.race([once(child, 'message'), exited]);
    for (const client of clients) client.write('SEND\ndestination:/app/work\nreceipt:late\n\nlate\0');

    const ends = await Promise.all([watcher, ...clients].map(({ closed }) => closed));
    expect(await exited).toEqual([null, 'SIGTERM']);
    expect(performance.now() - begun).toBeLessThan(15_000);
    expect(new Set(ends.map(({ code, reason }) => `${code} ${reason}`))).toEqual(
      new Set(['1001 Server is shutting down']),
    );
    const done = idsOf(messages, 'done');
    const confirmed = clients.flatMap((client) =>
      client.take('RECEIPT').map(({ headers }) => headers.get('receipt-id')!),
    );
    const all = Array.from({ length: CLIENTS * FRAMES }, (_, i) => `${i % CLIENTS}-${Math.floor(i / CLIENTS)}`);
    expect(confirmed.filter((id) => id !== 'late').toSorted()).toEqual(all.toSorted());
    expect([...done].filter((id) => id !== 'late').toSorted()).toEqual(all.toSorted());
    // One that came after all the same is either done or not confirmed.
    if (confirmed.includes('late')) expect(done).toContain('late');
    const published = watcher.take('MESSAGE').map(({ body }) => body.toString());
    expect(published.filter((id) => id !== 'late').toSorted()).toEqual(all.toSorted());
  }, 40_000);

  it('is obeyed in time though a handler never ends and a client never reads', async () => {
    const options = '{ transport: { shutdownTimeout: 1_000 } }';
    const { process: child, url } = await applications.start(application(options));
    const exited = once(child, 'exit');
    const client = await StompSocket.connect(`${url}/ws`);
    const frozen = await StompSocket.connect(`${url}/ws`);
    frozen.webSocket.pause();
    client.write('SEND\ndestination:/app/never\nreceipt:1\n\n1\0SEND\ndestination:/app/work\nreceipt:2\n\n2\0');
    await once(child, 'message');
    const begun = performance.now();
    child.kill('SIGTERM');
    expect((await client.closed).code).toBe(1001);
    expect(await exited).toEqual([null, 'SIGTERM']);
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(client.take('RECEIPT')).toEqual([]);
    frozen.webSocket.resume();
    expect((await frozen.closed).code).toBe(1001);
  }, 40_000);

  it('while clients connect leaves none without an answer', async () => {
    const { process: child, url } = await applications.start(application('{}'));
    const exited = once(child, 'exit');
    const [first] = await Promise.all([StompSocket.connect(`${url}/ws`)]);
    const connecting = Array.from({ length: 100 }, async (_, index) => {
      if (index === 50) child.kill('SIGTERM');
      const client = await StompSocket.open(`${url}/ws`);
      client.write('CONNECT\naccept-version:1.2\nhost:h\n\n\0');
      return (await client.closed).code;
    });
    const outcomes = await Promise.allSettled(connecting);
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') expect(outcome.value).toBe(1001);
      else expect(String(outcome.reason)).toMatch(/503|ECONNREFUSED|ECONNRESET|socket hang up/);
    }
    expect((await first.closed).code).toBe(1001);
    expect(await exited).toEqual([null, 'SIGTERM']);
  }, 40_000);
});

function idsOf(messages: readonly unknown[], what: 'begun' | 'done'): Set<string> {
  return new Set(
    (messages as Record<string, string>[]).map((message) => message[what]).filter((id) => id !== undefined) as string[],
  );
}

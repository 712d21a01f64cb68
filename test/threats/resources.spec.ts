import { heldBytes, heldMemory } from '../utils/collect-garbage.js';
import { SOCK_JS_WIRES, type WireKind } from '../utils/wires.js';
import { attacked, many, SETTINGS, until } from './support/attack.js';

const MB = 2 ** 20;
const BLOCK = 'x'.repeat(60_000);

/** Heart-beats that are no promise, or one that no timer of Node could keep: it would fire every millisecond. */
const HEART_BEATS = [
  '1,1',
  '0,1',
  '1,2147483647',
  '1,2147483648',
  '0,2147483648',
  '0,4294967296',
  '0,4294967295',
  '2147483648,2147483648',
  '0,0',
  '00,01',
];
const NO_HEART_BEATS = [
  '0,9007199254740993',
  '-1,0',
  '0,-1',
  'a,b',
  '1',
  '1,1,1',
  ',',
  '1e3,1e3',
  '0x10,0',
  'Infinity,0',
  '9'.repeat(50) + ',1x',
];

describe.each(SETTINGS)('The resources of a server, attacked, %s,', (_, options) => {
  it('are not held by a client that asks for receipts and reads none', () =>
    attacked({ ...options, transport: { closeTimeout: 200, sendTimeLimit: 1_000 } }, async (server) => {
      const greedy = await server.connect();
      greedy.pause();
      const receipts = `SEND\ndestination:/topic/a\nreceipt:${'r'.repeat(4_000)}\n\n\0`.repeat(15);
      for (let i = 0; i < 1_000; i++) greedy.write(receipts);
      await until(() => server.runtime.sessions.size === 2);
      greedy.terminate();
    }));

  it.each<WireKind>(['websocket', ...SOCK_JS_WIRES])(
    'are not multiplied by a client that sends to a thousand subscriptions of its own, over %s',
    (wire) =>
      attacked({ ...options, transport: { closeTimeout: 200 } }, async (server) => {
        const greedy = await server.connect('1.2', '', { wire });
        for (let i = 0; i < 999; i++) greedy.write(`SUBSCRIBE\nid:${i}\ndestination:/topic/self\n\n\0`);
        await greedy.subscribe('last', '/topic/self');
        greedy.pause();
        const before = server.runtime.counters.sentBytes;
        // More of them in one read than of anything that an honest client sends.
        greedy.write(`SEND\ndestination:/topic/self\n\n${'x'.repeat(4_000)}\0`.repeat(10));
        await until(() => server.runtime.counters.closed.toRecord()[4500] === 1);
        // What the operating system has taken, and at most 16 times the limit.
        expect(server.runtime.counters.sentBytes - before).toBeLessThan(20_000_000);
        greedy.terminate();
      }),
  );

  it('are free again after three rounds of 20,000 subscriptions', () =>
    attacked(options, async (server) => {
      const held: number[] = [];
      for (let round = 0; round < 3; round++) {
        const clients = await many(20, () => server.connect());
        for (const [index, client] of clients.entries()) {
          for (let i = 0; i < 999; i++)
            client.write(`SUBSCRIBE\nid:${i}\ndestination:/topic/${round}/${index}/${i}\n\n\0`);
          await client.subscribe('last', `/topic/${round}/*`);
        }
        expect(server.runtime.stats.snapshot().subscriptions).toBe(20_001);
        for (const client of clients) client.terminate();
        await until(() => server.runtime.stats.snapshot().subscriptions === 1 && server.runtime.sessions.size === 2);
        held.push(heldMemory());
      }
      // No subscription fits into what this leaves to each.
      expect(held[2]! - held[1]!).toBeLessThan(MB);
    }));

  it('are hardly touched by 1,000 clients that say nothing, half of them not even CONNECT', () =>
    attacked(options, async (server) => {
      const before = heldMemory();
      const clients = await many(1_000, async (index) => {
        const client = await server.open();
        if (index % 2) await client.connect();
        return client;
      });
      await until(() => server.runtime.stats.snapshot().sessions.connected === 502);
      // Of each, its own end of the line included.
      expect((heldMemory() - before) / clients.length).toBeLessThan(40_000);
      const reader = clients.at(-1)!;
      await reader.subscribe('s', '/topic/idle');
      reader.write('SEND\ndestination:/topic/idle\n\nstill there\0');
      expect(await reader.body()).toBe('still there');
      for (const client of clients) client.terminate();
      await until(() => server.runtime.sessions.size === 2);
    }));

  it('are not spent on heart-beats that a client makes up', () =>
    attacked(options, async (server) => {
      const clients = await many(HEART_BEATS.length, (index) =>
        server.connect('1.2', `heart-beat:${HEART_BEATS[index]}\n`),
      );
      const before = server.runtime.counters.sentHeartBeats;
      const start = performance.now();
      // Many turns of the event loop, each long enough for a timer that runs wild.
      for (let i = 0; i < 200; i++) await clients[0]!.settled();
      const perSecond = ((server.runtime.counters.sentHeartBeats - before) / (performance.now() - start)) * 1_000;
      expect(perSecond / clients.length).toBeLessThan(20);
      for (const client of clients) client.terminate();
      await many(NO_HEART_BEATS.length, async (index) => {
        const client = await server.open();
        client.write(`CONNECT\naccept-version:1.2\nheart-beat:${NO_HEART_BEATS[index]}\n\n\0`);
        expect((await client.next('ERROR')).header('code')).toBe('STOMP_ERR_INVALID_HEADER');
        await client.closed;
      });
    }));

  it('are shared with 20 clients that send as fast as they can', () =>
    attacked(options, async (server) => {
      const clients = await many(20, () => server.connect());
      for (const client of clients) for (let i = 0; i < 2_000; i++) client.write('SEND\ndestination:/topic/a\n\nx\0');
      await many(clients.length, (index) => clients[index]!.settled());
      for (const client of clients) client.terminate();
    }));

  it('are bounded for a subscriber that never acknowledges', () =>
    attacked({ ...options, broker: { backlogLimit: 100, prefetchLimit: 10 } }, async (server) => {
      const [lazy, sender] = [await server.connect(), await server.connect()];
      await lazy.subscribe('s', '/topic/flood', 'ack:client\n');
      for (let i = 0; i < 200; i++) sender.write('SEND\ndestination:/topic/flood\n\nx\0');
      await sender.settled();
      expect(await lazy.closed).toMatchObject({ code: 4500 });
      expect(lazy.take('MESSAGE')).toHaveLength(10);
      sender.terminate();
    }));

  it('are bounded for a session that acknowledges nothing on a thousand subscriptions', () =>
    attacked({ ...options, broker: { sessionPrefetchLimit: 2_000 } }, async (server) => {
      const lazy = await server.connect();
      for (let i = 0; i < 999; i++) lazy.write(`SUBSCRIBE\nid:${i}\ndestination:/topic/a\nack:client\n\n\0`);
      await lazy.subscribe('last', '/topic/a', 'ack:client\n');
      for (let i = 0; i < 5; i++) lazy.write('SEND\ndestination:/topic/a\n\n\0');
      await lazy.settled();
      expect(server.runtime.stats.snapshot().unacknowledged).toBe(2_000);
      lazy.terminate();
    }));

  it('are bounded for a client whose SUBSCRIBE frames have large headers, and free again when it unsubscribes', () =>
    attacked({ ...options, transport: { subscriptionSizeLimit: 200_000 } }, async (server) => {
      const client = await server.connect();
      const headers = `long:${'x'.repeat(8_000)}\n`.repeat(7);
      for (let i = 0; i < 20; i++) {
        await client.subscribe('s', '/topic/a', headers);
        await client.receipt('UNSUBSCRIBE\nid:s\n\n\0');
      }
      for (let i = 0; i < 3; i++) await client.subscribe(`${i}`, '/topic/a', headers);
      client.write(`SUBSCRIBE\nid:3\ndestination:/topic/a\n${headers}\n\0`);
      expect((await client.next('ERROR')).header('code')).toBe('STOMP_ERR_SUBSCRIPTION_LIMIT');
      await client.closed;
    }));

  it('are bounded for a client that sends to destinations without end which have a history', () =>
    attacked(
      {
        ...options,
        broker: { history: [{ destination: '/topic/kept.*' }], historyLimit: 50, historySizeLimit: 100_000 },
      },
      async (server) => {
        const client = await server.connect();
        const history = () => server.runtime.stats.snapshot().broker.history!;
        for (let i = 0; i < 1_000; i++) client.write(`SEND\ndestination:/topic/kept.${i}\n\n\0`);
        await client.settled();
        expect(history()).toEqual({ destinations: 50, messages: 50, bytes: 0 });
        const headers = 'a:b\n'.repeat(60) + `long:${'x'.repeat(8_000)}\n`;
        for (let i = 0; i < 100; i++) client.write(`SEND\ndestination:/topic/kept.1\n${headers}\n\0`);
        await client.settled();
        expect(history()).toMatchObject({ destinations: 1, bytes: 0 });
        expect(history().messages).toBeLessThan(12);
        client.terminate();
      },
    ));

  it('are bounded for a client that fills queue after queue, and nothing that got a RECEIPT is lost', () =>
    attacked(
      { ...options, broker: { queues: ['/queue'], queueLimit: 20, queueSizeLimit: 100_000 } },
      async (server) => {
        const greedy = await server.connect();
        await greedy.subscribe('errors', '/user/queue/errors');
        let kept = 0;
        const fill = async (count: number, frame: (i: number) => string): Promise<void> => {
          for (let i = 0; i < count; i++) greedy.write(frame(i).replace('\n', '\nreceipt:fill\n'));
          for (let i = 0; i < count; i++) {
            const answer = await greedy.next(({ command }) => command === 'RECEIPT' || command === 'MESSAGE');
            if (answer.command === 'RECEIPT') kept++;
            else expect(answer.header('error-code')).toBe('QUEUE_FULL');
          }
        };
        // Those that were refused leave no queue behind.
        await fill(40, (i) => `SEND\ndestination:/queue/big.${i}\n\n${'x'.repeat(30_000)}\0`);
        expect(kept).toBe(3);
        await fill(100, (i) => `SEND\ndestination:/queue/${i}\n\n\0`);
        expect(server.runtime.stats.snapshot().broker.queues).toMatchObject([{ messages: kept, queues: kept }]);
        await fill(100, () => `SEND\ndestination:/queue/0\nlong:${'x'.repeat(8_000)}\n\n\0`);
        expect(kept).toBeLessThan(15);
        for (let i = 0; i < 20; i++) {
          await greedy.subscribe(`big ${i}`, `/queue/big.${i}`);
          await greedy.subscribe(`${i}`, `/queue/${i}`);
          for (const id of [`big ${i}`, `${i}`]) await greedy.receipt(`UNSUBSCRIBE\nid:${id}\n\n\0`);
        }
        expect(greedy.take('MESSAGE')).toHaveLength(kept);
        expect(server.runtime.stats.snapshot().broker.queues).toMatchObject([{ messages: 0, queues: 0 }]);
        greedy.terminate();
      },
    ));

  it('are shared by 300 clients that come again at once', () =>
    attacked(options, async (server) => {
      await many(300, async () => {
        const client = await server.connect();
        await client.subscribe('s', '/topic/a');
        client.terminate();
      });
    }));

  it('take 50 clients that do not read for no more than their buffers', () =>
    attacked({ ...options, transport: { closeTimeout: 200 } }, async (server) => {
      const [sender, reader] = [await server.connect(), await server.connect()];
      const frozen = await many(50, () => server.connect());
      for (const client of [...frozen, reader]) await client.subscribe('s', '/topic/flood');
      for (const client of frozen) client.pause();
      const before = heldBytes();
      let most = 0;
      for (let i = 0; i < 400; i++) {
        await sender.receipt(`SEND\ndestination:/topic/flood\n\n${i}${BLOCK}\0`);
        expect(await reader.body()).toBe(`${i}${BLOCK}`);
        reader.messages.length = 0;
        if (i % 50 === 0) most = Math.max(most, heldBytes() - before);
      }
      // What waits for all of them is held once: no more than for one.
      expect(most).toBeLessThan(32 * MB);
      await until(() => server.runtime.sessions.size === 4);
      expect(server.runtime.stats.snapshot().sessions.closed[4500]).toBe(50);
      for (const client of [sender, reader, ...frozen]) client.terminate();
    }));
});

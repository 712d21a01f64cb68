import { heldBytes } from '../utils/collect-garbage.js';
import type { RawFrame, RawStompClient } from '../utils/raw-stomp-client.js';
import type { SocketServer } from '../utils/socket-server.js';
import { attacked, SETTINGS } from './support/attack.js';

/** 200 MB altogether. */
const COUNT = 3_200;
const BODY = 'x'.repeat(62_500);
/** So many are on their way at a time. */
const BATCH = 10;
const MB = 2 ** 20;

/** What passes through, and what each of the connections needs to read and to write. */
const PASSING = 3 * MB;

/** Sends it all, each with its number, while the readers read it. @returns the bytes that buffers have held meanwhile, beside those before */
async function flood(server: SocketServer, readers: readonly RawStompClient[]): Promise<number[]> {
  const sender = await server.connect();
  const before = heldBytes();
  const held: number[] = [];
  for (let first = 0; first < COUNT; first += BATCH) {
    const numbers = Array.from({ length: BATCH }, (_, index) => `${first + index}`);
    for (const number of numbers) sender.write(`SEND\ndestination:/topic/flood\nnumber:${number}\n\n${BODY}\0`);
    await sender.settled();
    for (const reader of readers) {
      const messages = await nextMessages(reader, BATCH);
      expect(messages.map((message) => message.header('number'))).toEqual(numbers);
      expect(messages.every(({ text }) => text === BODY)).toBe(true);
      reader.messages.length = 0;
    }
    if (first % (20 * BATCH) === 0) held.push(heldBytes() - before);
  }
  sender.terminate();
  return held;
}

async function nextMessages(client: RawStompClient, count: number): Promise<RawFrame[]> {
  const frames: RawFrame[] = [];
  while (frames.length < count) frames.push(await client.next('MESSAGE'));
  return frames;
}

describe.each(SETTINGS)('A client that stops to read while 200 MB are sent, %s,', (_, options) => {
  it(
    'is closed with 4500 before much waits for it, and others get everything, in order',
    () =>
      attacked({ ...options, transport: { closeTimeout: 200 } }, async (server) => {
        const [frozen, ...readers] = [await server.connect(), await server.connect(), await server.connect()];
        for (const client of [frozen, ...readers]) await client.subscribe('s', '/topic/flood');
        frozen.pause();
        const held = await flood(server, readers);
        // 16 times the 512 KiB that may wait, and what comes until the next look at it, which is 50 ms later.
        expect(Math.max(...held)).toBeLessThan(32 * MB);
        expect(held.at(-1)).toBeLessThan(PASSING);
        expect(server.runtime.stats.snapshot().sessions.closed[4500]).toBe(1);
        for (const client of [frozen, ...readers]) client.terminate();
      }),
    60_000,
  );
});

describe('A client that may miss messages and stops to read while 200 MB are sent', () => {
  it(
    'misses the oldest within the limit, and others get everything, in order',
    () =>
      attacked(
        {
          broker: { slowConsumers: [{ destination: '/topic/flood', policy: 'drop-oldest' }] },
          transport: { sendTimeLimit: 60_000 },
        },
        async (server) => {
          const [frozen, ...readers] = [await server.connect(), await server.connect(), await server.connect()];
          for (const client of [frozen, ...readers]) await client.subscribe('s', '/topic/flood');
          frozen.pause();
          const held = await flood(server, readers);
          // No more than `slowConsumerSizeLimit`.
          expect(Math.max(...held)).toBeLessThan(MB + PASSING);
          const { dropped } = server.runtime.stats.snapshot().broker.slowConsumers!;
          expect(dropped).toBeGreaterThan(COUNT / 2);
          frozen.resume();
          const got = await nextMessages(frozen, COUNT - dropped);
          const numbers = got.map((message) => Number(message.header('number')));
          expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
          expect(numbers.at(-1)).toBe(COUNT - 1);
          const told = got.reduce((sum, message) => sum + Number(message.header('dropped') ?? 0), 0);
          expect(told).toBe(dropped);
          for (const client of [frozen, ...readers]) client.terminate();
        },
      ),
    60_000,
  );
});

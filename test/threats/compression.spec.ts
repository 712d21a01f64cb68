import { constants, deflateRawSync } from 'node:zlib';
import type { SocketServer, SocketServerOptions } from '../utils/socket-server.js';
import {
  CONTINUATION,
  DEFLATED_TEXT,
  DEFLATED_TEXT_BEGINS,
  LAST_CONTINUATION,
  PING,
  RawWebSocket,
  clientFrame,
  deflated,
  deflatedFrame,
} from '../utils/raw-web-socket.js';
import { attacked, many, until } from './support/attack.js';

const ON = { transport: { perMessageDeflate: true } } as const;
const CONNECT = 'CONNECT\naccept-version:1.2\nhost:localhost\n\n\0';
/** The largest WebSocket message. */
const LARGEST = 4 * 65_536;
const MEBIBYTE = 2 ** 20;

async function connected(server: SocketServer): Promise<RawWebSocket> {
  const client = await RawWebSocket.open(server.port);
  client.write(deflatedFrame(CONNECT));
  expect((await client.next()).text).toMatch(/^CONNECTED\n/);
  return client;
}

/** What has been unfolded, and given to the sessions. */
function receivedBytes(server: SocketServer): number {
  return server.runtime.stats.snapshot().bytes.received;
}

/** How much the process grows meanwhile, at most, in bytes. */
async function growth(attack: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss();
  let largest = before;
  const timer = setInterval(() => (largest = Math.max(largest, process.memoryUsage.rss())), 1);
  await attack();
  clearInterval(timer);
  return Math.max(largest, process.memoryUsage.rss()) - before;
}

describe('Compression, attacked,', () => {
  const truncated = deflated(Array.from({ length: 500 }, (_, i) => i).join(' '));

  it.each([
    ['a stream that is cut off in the middle', clientFrame(DEFLATED_TEXT, truncated.subarray(0, 300)), 1007],
    ['a stream without its last byte', clientFrame(DEFLATED_TEXT, truncated.subarray(0, -1)), 1007],
    ['a stream of nothing', clientFrame(DEFLATED_TEXT), 1007],
    ['what is no stream', clientFrame(DEFLATED_TEXT, 'SEND\n\n\0'), 1007],
    ['text that is not UTF-8', deflatedFrame(Buffer.from([0xc3, 0x28])), 1007],
    [
      'a message that refers to the one before',
      clientFrame(DEFLATED_TEXT, Buffer.from([0x2a, 0x04, 0x31, 0x00])),
      1007,
    ],
    [
      'the bit of compression in a continuation',
      Buffer.concat([clientFrame(DEFLATED_TEXT_BEGINS, 'a'), clientFrame(0x40 | LAST_CONTINUATION, 'a')]),
      1002,
    ],
    [
      'the bit of compression in a continuation of what is not compressed',
      Buffer.concat([clientFrame(0x01, 'a'), clientFrame(0x40 | CONTINUATION, 'a')]),
      1002,
    ],
    ['the bit of compression in a ping', clientFrame(0x40 | PING), 1002],
    ['the bit of compression in a close frame', clientFrame(0xc8), 1002],
    ['another reserved bit beside it', clientFrame(0xe1, deflated('a')), 1002],
    ['a bomb', deflatedFrame(Buffer.alloc(64 * MEBIBYTE)), 1009],
    ['a message that is one byte too large', deflatedFrame(Buffer.alloc(LARGEST + 1, '\n')), 1009],
    [
      'more fragments than there may be',
      Buffer.concat([
        clientFrame(DEFLATED_TEXT_BEGINS),
        ...Array.from({ length: 1_024 }, () => clientFrame(CONTINUATION)),
      ]),
      1008,
    ],
  ])('closes the connection that sends %s', (_, bytes, code) =>
    attacked(ON, async (server) => {
      const client = await RawWebSocket.open(server.port);
      client.write(bytes);
      client.write(deflatedFrame(CONNECT));
      client.write(clientFrame(0x88));
      expect(await client.closed).toBe(code);
    }),
  );

  it('closes the connection that compresses although it was not agreed', () =>
    attacked(ON, async (server) => {
      const client = await RawWebSocket.open(server.port, '/ws', 'permessage-deflate; unknown');
      client.write(deflatedFrame(CONNECT));
      expect(await client.closed).toBe(1002);
    }));

  it('answers a bomb with an ERROR, having held no more than one message', () =>
    attacked(ON, async (server) => {
      const client = await connected(server);
      const bomb = clientFrame(
        DEFLATED_TEXT,
        deflateRawSync(Buffer.alloc(64 * MEBIBYTE), { finishFlush: constants.Z_SYNC_FLUSH }),
      );
      expect(bomb.length).toBeLessThan(66_000);
      const size = await growth(async () => {
        client.write(bomb);
        expect((await client.next()).text).toContain('STOMP_ERR_FRAME_TOO_LARGE');
        client.write(clientFrame(0x88));
        expect(await client.closed).toBe(1009);
      });
      expect(size).toBeLessThan(5 * MEBIBYTE);
    }));

  it('counts the unfolded bytes of a frame over all the messages that it is spread over', () =>
    attacked(ON, async (server) => {
      const client = await connected(server);
      const before = receivedBytes(server);
      const piece = deflatedFrame('a'.repeat(20_000));
      client.write(deflatedFrame('SEND\ndestination:/topic/x\n\n'), ...Array.from({ length: 1_000 }, () => piece));
      expect((await client.next()).text).toContain('STOMP_ERR_FRAME_TOO_LARGE');
      client.write(clientFrame(0x88));
      expect(await client.closed).toBe(1009);
      expect(receivedBytes(server) - before).toBeLessThan(3 * 65_536);
    }));

  it('unfolds no more of 64 KiB than there is use for, while a handler is at work', () => {
    let release!: () => void;
    const released = new Promise<void>((resolve) => (release = resolve));
    const options: SocketServerOptions = {
      ...ON,
      application: ({ headers }) => (headers.destination === '/app/wait' ? released : undefined),
    };
    return attacked(options, async (server) => {
      const client = await connected(server);
      const send = `SEND\ndestination:/topic/x\n\n${'a'.repeat(60_000)}\0`;
      const bomb = deflatedFrame(send.repeat(4));
      const count = Math.floor(65_536 / bomb.length);
      const before = receivedBytes(server);
      const size = await growth(async () => {
        client.write(deflatedFrame('SEND\ndestination:/app/wait\n\n\0'), ...Array.from({ length: count }, () => bomb));
        await until(() => receivedBytes(server) - before > 65_536);
        // Others are served meanwhile, and nothing more of it is touched.
        const other = await server.connect();
        await other.settled();
        other.terminate();
      });
      expect(receivedBytes(server) - before).toBeLessThan(2 * LARGEST);
      expect(size).toBeLessThan(5 * MEBIBYTE);
      release();
      client.write(deflatedFrame('SEND\ndestination:/topic/x\nreceipt:last\n\n\0'));
      expect((await client.next()).text).toBe('RECEIPT\nreceipt-id:last\n\n\0');
      expect(receivedBytes(server) - before).toBeGreaterThan(count * 4 * 60_000);
      client.socket.destroy();
    });
  });

  it('lets 50 clients that send as much as they can be made of little wait for each other, and for others', () =>
    attacked(ON, async (server) => {
      const beats = deflatedFrame('\n'.repeat(LARGEST));
      const flood = Buffer.concat(Array.from({ length: 20 }, () => beats));
      const clients = await many(50, () => connected(server));
      const before = receivedBytes(server);
      for (const client of clients) client.write(flood, deflatedFrame('SEND\ndestination:/topic/x\nreceipt:r\n\n\0'));
      for (const client of clients) expect((await client.next()).text).toContain('receipt-id:r');
      expect(receivedBytes(server) - before).toBeGreaterThan(50 * 20 * LARGEST);
      for (const client of clients) client.socket.destroy();
    }));

  it('outlives clients that vanish while their messages are unfolded or wait for it', () =>
    attacked({ ...ON, application: () => new Promise((resolve) => setImmediate(resolve)) }, async (server) => {
      const send = deflatedFrame(`SEND\ndestination:/app/x\n\n${'a'.repeat(60_000)}\0`.repeat(4));
      await many(100, async (index) => {
        const client = await connected(server);
        client.write(...Array.from({ length: 20 }, () => send));
        if (index % 3 === 0) client.socket.end();
        else if (index % 3 === 1) client.socket.destroy();
        else client.socket.resetAndDestroy();
      });
    }));
});

it('Clients with compression and without get the same messages of a topic, in the same order', () =>
  attacked(ON, async (server) => {
    const raw = [await connected(server), await connected(server)];
    const subscribe = 'SUBSCRIBE\nid:s\ndestination:/topic/x\nreceipt:r\n\n\0';
    for (const client of raw) {
      client.write(deflatedFrame(subscribe));
      expect((await client.next()).text).toContain('RECEIPT');
    }
    const plain = await server.connect();
    await plain.subscribe('s', '/topic/x');
    const sender = await server.connect();
    const bodies = Array.from({ length: 200 }, (_, i) => `${i} ${'grün '.repeat((i * 37) % 1_000)}`);
    const send = (body: string) => sender.write(`SEND\ndestination:/topic/x\n\n${body}\0`);
    // The first half in turns of their own, which are all compressed if they are long enough; then as many at once as may be.
    for (const body of bodies.slice(0, 100)) {
      send(body);
      expect(await plain.body()).toBe(body);
    }
    for (const body of bodies.slice(100)) send(body);
    expect(await plain.bodies(100)).toEqual(bodies.slice(100));
    let compressed = 0;
    for (const client of raw) {
      for (const body of bodies) {
        const frame = await client.next();
        if (frame.isDeflated) compressed++;
        const { text } = frame;
        expect(text.slice(text.indexOf('\n\n') + 2, -1)).toBe(body);
      }
      client.socket.destroy();
    }
    expect(compressed).toBeGreaterThan(2 * 60);
    plain.terminate();
    sender.terminate();
  }));

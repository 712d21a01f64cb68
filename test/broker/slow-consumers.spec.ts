import type { SlowConsumerOptions } from '../../lib/interfaces/broker-options.interface.js';
import type { Message } from '../../lib/messaging/message.js';
import type { StompModuleOptions } from '../../lib/interfaces/stomp-module-options.interface.js';
import type { RawFrame, RawStompClient } from '../utils/raw-stomp-client.js';
import { SocketServer, type SocketServerOptions } from '../utils/socket-server.js';
import type { WireKind } from '../utils/wires.js';

const WIRES: readonly WireKind[] = ['websocket', 'sockjs-websocket', 'sockjs-xhr-streaming'];
/** One stream for all, and no end of the session while its client reads nothing. */
const ENDPOINTS = [{ path: '/ws', sockJs: { streamBytesLimit: 2 ** 30 } }];
const CONFLATE: SlowConsumerOptions = { destination: '/topic/prices.**', policy: 'conflate', key: 'symbol' };
const DROP: SlowConsumerOptions = { destination: '/topic/log', policy: 'drop-oldest' };
const LARGE = 'x'.repeat(20_000);

describe('A client that reads slowly', () => {
  let server: SocketServer;
  let sender: RawStompClient;
  let sent: string[];

  const start = async (
    slowConsumers: SlowConsumerOptions[],
    broker: StompModuleOptions['broker'] = {},
    transport: StompModuleOptions['transport'] = {},
    interceptors: SocketServerOptions['interceptors'] = {},
  ) => {
    server = await SocketServer.start({
      endpoints: ENDPOINTS,
      broker: { ...broker, slowConsumers },
      transport: { sendTimeLimit: 60_000, ...transport },
      interceptors,
    });
    sender = await server.connect();
    sent = [];
  };
  const stats = () => server.runtime.stats.snapshot().broker.slowConsumers!;
  const connect = (wire: WireKind = 'websocket') => server.connect('1.2', '', { wire });
  /** Numbered, so that order and completeness can be seen. */
  const publish = (destination: string, text = '', headers = '') => {
    sent.push(`${sent.length} ${text}`);
    return sender.receipt(`SEND\ndestination:${destination}\n${headers}\n${sent.at(-1)}\0`);
  };
  /** The operating system takes some megabytes before anything waits. */
  const publishUntil = async (condition: () => boolean, destination: string, headers = '') => {
    while (!condition()) await publish(destination, LARGE, headers);
  };
  /** Everything up to the answer to what is sent now. */
  const readAll = async (client: RawStompClient): Promise<RawFrame[]> => {
    await client.settled();
    return client.take('MESSAGE');
  };

  afterEach(async () => {
    sender.terminate();
    await server.stop();
    expect(server.errors).toEqual([]);
  });

  it.each(WIRES)('gets the newest of each key when it reads again, and others get everything (%s)', async (wire) => {
    await start([CONFLATE]);
    const [frozen, reader] = [await connect(wire), await connect(wire)];
    for (const client of [frozen, reader]) await client.subscribe('p', '/topic/prices.*');
    frozen.pause();
    await publishUntil(() => stats().messages > 0, '/topic/prices.x', 'symbol:FILL\n');
    for (let round = 0; round < 3; round++) {
      for (const symbol of ['NEST', 'RXJS']) await publish('/topic/prices.x', LARGE, `symbol:${symbol}\n`);
    }
    await publish('/topic/prices.y', LARGE, 'symbol:NEST\n');
    expect(stats()).toMatchObject({ sessions: 1, messages: 4, conflated: 4, dropped: 0 });

    frozen.resume();
    const got = await allOf(frozen, sent.at(-1)!);
    expect(got.slice(-4).map(symbolOf)).toEqual(['FILL', 'NEST', 'RXJS', 'NEST']);
    expect(got.slice(-4).map(({ text }) => text)).toEqual([-8, -3, -2, -1].map((index) => sent.at(index)));
    expectSubsequence(got);
    expect((await allOf(reader, sent.at(-1)!)).map(({ text }) => text)).toEqual(sent);
    expect(stats()).toMatchObject({ sessions: 0, messages: 0, bytes: 0 });
  });

  it.each(WIRES)('misses the oldest within the limit and is told how many (%s)', async (wire) => {
    await start([DROP], { slowConsumerSizeLimit: 200_000 });
    const [frozen, reader] = [await connect(wire), await connect(wire)];
    for (const client of [frozen, reader]) await client.subscribe('l', '/topic/log');
    frozen.pause();
    const sizes: number[] = [];
    await publishUntil(() => sizes.push(stats().bytes) > 0 && stats().dropped >= 10, '/topic/log');
    expect(Math.max(...sizes)).toBeLessThanOrEqual(200_000);
    const { dropped } = stats();
    frozen.write('SEND\ndestination:/topic/none\nreceipt:still-there\n\n\0');

    frozen.resume();
    await frozen.next((frame) => frame.header('receipt-id') === 'still-there');
    const got = await allOf(frozen, sent.at(-1)!);
    expectSubsequence(got);
    expect(got).toHaveLength(sent.length - dropped);
    const told = got.filter((frame) => frame.header('dropped') !== undefined);
    expect(told.map((frame) => frame.header('dropped'))).toEqual([`${dropped}`]);
    // They are missing right before the one that says so.
    const at = got.indexOf(told[0]!);
    expect(numberOf(told[0]!) - numberOf(got[at - 1]!)).toBe(dropped + 1);
    expect((await allOf(reader, sent.at(-1)!)).map(({ text }) => text)).toEqual(sent);
  });

  it('is sent what has waited through the interceptors, in order, though they wait themselves', async () => {
    const passed: string[] = [];
    const preSend = async (message: Message): Promise<Message> => {
      await new Promise((resolve) => setImmediate(resolve));
      passed.push(Buffer.from(message.payload).toString());
      return message;
    };
    await start([DROP], { slowConsumerLimit: 3 }, {}, { clientOutboundChannel: [{ preSend }] });
    const frozen = await connect();
    await frozen.subscribe('l', '/topic/log');
    frozen.pause();
    await publishUntil(() => stats().dropped >= 3, '/topic/log');
    frozen.resume();
    const got = await allOf(frozen, sent.at(-1)!);
    expectSubsequence(got);
    expect(got).toHaveLength(sent.length - stats().dropped);
    expect(passed).toEqual(got.map(({ text }) => text));
  });

  it('gets every message that has no key, be it that the function fails', async () => {
    const key = ({ headers }: Message): string | undefined => {
      if (headers.nativeHeaders.has('broken')) throw new Error('no key');
      return headers.nativeHeaders.get('symbol')?.toLowerCase();
    };
    await start([{ destination: '/topic/prices.*', policy: 'conflate', key }]);
    const frozen = await connect();
    await frozen.subscribe('p', '/topic/prices.*');
    frozen.pause();
    await publishUntil(() => stats().messages > 0, '/topic/prices.x', 'symbol:FILL\n');
    for (const symbol of ['nest', 'NEST', 'Nest']) await publish('/topic/prices.x', '', `symbol:${symbol}\n`);
    for (let i = 0; i < 2; i++) await publish('/topic/prices.x', 'none');
    for (let i = 0; i < 2; i++) await publish('/topic/prices.x', 'broken', 'broken:true\n');
    expect(stats()).toMatchObject({ messages: 6, conflated: 2 });
    expect(server.errors.splice(0)).toEqual([new Error('no key'), new Error('no key')]);
    frozen.terminate();
  });

  it('can recover what was dropped from the history', async () => {
    await start([DROP], { slowConsumerLimit: 5, history: [{ destination: '/topic/log', size: 2_000 }] });
    const frozen = await connect();
    await frozen.subscribe('l', '/topic/log');
    frozen.pause();
    await publishUntil(() => stats().dropped >= 3, '/topic/log');
    frozen.resume();
    const got = await allOf(frozen, sent.at(-1)!);
    const gap = got.findIndex((frame) => frame.header('dropped') !== undefined);
    const last = got[gap - 1]!;
    await frozen.receipt('UNSUBSCRIBE\nid:l\n\n\0');
    const position = `since:${last.header('offset')}\nepoch:${last.header('epoch')}\n`;
    await frozen.subscribe('again', '/topic/log', position);
    const missed = await readAll(frozen);
    expect(missed.map(({ text }) => text)).toEqual(sent.slice(numberOf(last) + 1));
  });

  it('is closed with 4500 where the first entry for the destination says so', async () => {
    await start([
      { destination: '/topic/log', policy: 'close' },
      { destination: '/topic/**', policy: 'drop-oldest' },
    ]);
    const frozen = await connect();
    await frozen.subscribe('l', '/topic/log');
    frozen.pause();
    await publishUntil(() => closed() > 0, '/topic/log');
    expect(stats()).toMatchObject({ sessions: 0, messages: 0, dropped: 0 });
    frozen.terminate();
  });

  it('is closed with 4500 when it takes nothing for too long, whatever the policy', async () => {
    await start([DROP], {}, { sendTimeLimit: 300 });
    const frozen = await connect();
    await frozen.subscribe('l', '/topic/log');
    frozen.pause();
    await publishUntil(() => closed() > 0, '/topic/log');
    expect(stats()).toMatchObject({ sessions: 0, messages: 0, bytes: 0 });
    frozen.terminate();
  });

  it('gets what has no policy behind what waits for the same subscription, and loses none of it', async () => {
    await start([DROP], { slowConsumerLimit: 4 });
    const frozen = await connect();
    await frozen.subscribe('all', '/topic/*');
    frozen.pause();
    await publishUntil(() => stats().messages === 2, '/topic/log');
    await publish('/topic/orders', 'order');
    await publish('/topic/log', LARGE);
    await publish('/topic/log', LARGE);
    expect(stats()).toMatchObject({ messages: 4, dropped: 1 });
    frozen.resume();
    const got = await allOf(frozen, sent.at(-1)!);
    expectSubsequence(got);
    expect(got.slice(-4).map(({ text }) => text)).toEqual([-4, -3, -2, -1].map((index) => sent.at(index)));
  });

  it('is closed with 4500 when what has no policy fills the limit', async () => {
    await start([DROP], { slowConsumerLimit: 4 }, { closeTimeout: 100 });
    const frozen = await connect();
    await frozen.subscribe('all', '/topic/*');
    frozen.pause();
    await publishUntil(() => stats().messages === 1, '/topic/log');
    for (let i = 0; i < 4; i++) await publish('/topic/orders');
    expect(stats()).toMatchObject({ messages: 4, dropped: 1 });
    await publish('/topic/orders');
    expect(stats()).toMatchObject({ sessions: 0, messages: 0, bytes: 0 });
    await publishUntil(() => closed() === 1, '/topic/none');
    frozen.terminate();
  });

  it('has nothing waiting any more when it has unsubscribed, or is gone', async () => {
    await start([DROP, CONFLATE]);
    const frozen = await connect();
    await frozen.subscribe('l', '/topic/log');
    await frozen.subscribe('p', '/topic/prices.*');
    frozen.pause();
    await publishUntil(() => stats().messages > 0, '/topic/log');
    await publish('/topic/prices.x');
    const before = stats().messages;
    frozen.write('UNSUBSCRIBE\nid:l\n\n\0');
    await publishUntil(() => stats().messages < before, '/topic/none');
    expect(stats()).toMatchObject({ sessions: 1, messages: 1 });
    frozen.terminate();
    await publishUntil(() => server.runtime.sessions.size === 1, '/topic/none');
    expect(stats()).toMatchObject({ sessions: 0, messages: 0, bytes: 0 });
  });

  it('is not told of messages that were not for it', async () => {
    await start([DROP], { slowConsumerLimit: 1, selector: true });
    const frozen = await connect();
    await frozen.subscribe('l', '/topic/log', "no-local:true\nselector:level = 'high'\n");
    frozen.pause();
    await publishUntil(() => stats().messages === 1, '/topic/log', 'level:high\n');
    for (let i = 0; i < 5; i++) await publish('/topic/log', '', 'level:low\n');
    frozen.write('SEND\ndestination:/topic/log\nlevel:high\n\nown\0');
    await publish('/topic/none');
    expect(stats()).toMatchObject({ messages: 1, dropped: 0 });
    frozen.terminate();
  });

  it('cannot be made to believe by a sender that something is missing', async () => {
    await start([DROP]);
    const reader = await connect();
    await reader.subscribe('l', '/topic/log');
    await publish('/topic/log', '', 'dropped:17\n');
    expect((await reader.next('MESSAGE')).header('dropped')).toBeUndefined();
  });

  it('misses nothing that fits, as others that are slow with it', async () => {
    await start([DROP], { slowConsumerSizeLimit: 10_000_000 });
    const frozen = [await connect(), await connect(), await connect()];
    for (const client of frozen) {
      await client.subscribe('l', '/topic/log');
      client.pause();
    }
    await publishUntil(() => stats().messages >= 9 && stats().sessions === 3, '/topic/log');
    for (const client of frozen) client.resume();
    for (const client of frozen) {
      const got = await allOf(client, sent.at(-1)!);
      expect(got.map(({ text }) => text)).toEqual(sent);
    }
    expect(stats()).toMatchObject({ sessions: 0, messages: 0, bytes: 0, dropped: 0 });
  });

  const closed = (): number => server.runtime.stats.snapshot().sessions.closed[4500]!;

  /** All MESSAGEs up to this one. */
  async function allOf(client: RawStompClient, last: string): Promise<RawFrame[]> {
    const frames: RawFrame[] = [];
    do frames.push(await client.next('MESSAGE'));
    while (frames.at(-1)!.text !== last);
    return frames;
  }

  function expectSubsequence(frames: readonly RawFrame[]): void {
    const numbers = frames.map(numberOf);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    for (const frame of frames) expect(frame.text).toBe(sent[numberOf(frame)]);
  }
});

function numberOf({ text }: RawFrame): number {
  return Number.parseInt(text, 10);
}

function symbolOf(frame: RawFrame): string | undefined {
  return frame.header('symbol');
}

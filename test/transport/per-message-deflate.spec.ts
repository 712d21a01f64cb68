import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deflateRawSync } from 'node:zlib';
import { PerMessageDeflate } from '../../lib/transport/per-message-deflate.js';
import {
  CONTINUATION,
  DEFLATED_TEXT,
  DEFLATED_TEXT_BEGINS,
  LAST_CONTINUATION,
  PING,
  RawWebSocket,
  TEXT,
  clientFrame,
  deflated,
  deflatedFrame,
} from '../utils/raw-web-socket.js';
import { until } from '../threats/support/attack.js';
import { binaryFrame, Messages, startServer, textFrame } from './transport-server.js';

const ON = { transport: { perMessageDeflate: true } } as const;
const AGREED = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
/** Text that becomes much smaller. */
const LONG = 'Hello, hello! '.repeat(200);

function turnEnd(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('An offer of compression', () => {
  it.each([
    ['permessage-deflate', AGREED],
    ['permessage-deflate; client_max_window_bits', AGREED],
    ['permessage-deflate; client_max_window_bits=8', AGREED],
    ['permessage-deflate; client_max_window_bits="12"; client_no_context_takeover', AGREED],
    ['permessage-deflate; server_no_context_takeover', AGREED],
    ['permessage-deflate; server_max_window_bits=15', `${AGREED}; server_max_window_bits=15`],
    ['permessage-deflate; server_max_window_bits=8, permessage-deflate', AGREED],
    ['permessage-deflate; unknown, x-webkit-deflate-frame, permessage-deflate; client_max_window_bits', AGREED],
    ['permessage-deflate, permessage-deflate; server_max_window_bits=15', AGREED],
  ])('is accepted, the first that can be kept: %s', async (offers, answer) => {
    const server = await startServer(ON);
    const client = await RawWebSocket.open(server.port, '/ws', offers);
    expect(client.extensions).toBe(answer);
    client.write(deflatedFrame(LONG));
    expect(await client.texts(1)).toEqual([LONG]);
  });

  it.each([
    ['permessage-deflate; server_max_window_bits=8'],
    ['permessage-deflate; server_max_window_bits=14'],
    ['permessage-deflate; server_max_window_bits'],
    ['permessage-deflate; server_max_window_bits=16'],
    ['permessage-deflate; client_max_window_bits=7'],
    ['permessage-deflate; client_max_window_bits=16'],
    ['permessage-deflate; client_max_window_bits=010'],
    ['permessage-deflate; client_max_window_bits=1e1'],
    ['permessage-deflate; client_max_window_bits; client_max_window_bits'],
    ['permessage-deflate; client_no_context_takeover=true'],
    ['permessage-deflate; server_no_context_takeover=1'],
    ['permessage-deflate; unknown'],
    ['permessage-deflate; __proto__'],
    ['permessage-deflate; constructor=1'],
    ['permessage-bzip2, x-webkit-deflate-frame'],
    ['__proto__'],
    ['Permessage-Deflate-2'],
  ])('is declined, and the client served without: %s', async (offers) => {
    const server = await startServer(ON);
    const client = await RawWebSocket.open(server.port, '/ws', offers);
    expect(client.extensions).toBeUndefined();
    client.write(clientFrame(TEXT, LONG));
    const answer = await client.next();
    expect([answer.isDeflated, answer.text]).toEqual([false, LONG]);
  });

  it.each([
    ['permessage-deflate;'],
    ['permessage-deflate; client_max_window_bits='],
    ['permessage-deflate; client_max_window_bits="10'],
    ['permessage-deflate,, permessage-deflate'],
    ['permessage deflate'],
    [';;,;'],
  ])('that is malformed is refused with 400: %s', async (offers) => {
    const server = await startServer(ON);
    const { status, text } = await server.upgrade('/ws', { 'Sec-WebSocket-Extensions': offers });
    expect([status, text]).toEqual([400, '"Sec-WebSocket-Extensions" is invalid.']);
  });

  it('costs no more than its length, however many there are and however long', () => {
    const deflate = new PerMessageDeflate({});
    const start = process.cpuUsage();
    expect(deflate.agree(`${'permessage-deflate; a=1, '.repeat(100_000)}permessage-deflate`)).toBe(AGREED);
    expect(deflate.agree(`permessage-deflate${'; client_max_window_bits'.repeat(100_000)}`)).toBeUndefined();
    expect(deflate.agree(`permessage-deflate; ${'a'.repeat(2_000_000)}`)).toBeUndefined();
    expect(process.cpuUsage(start).user).toBeLessThan(2_000_000);
  });

  it('is answered for the raw WebSocket beside SockJS, and declined for a SockJS session', async () => {
    const server = await startServer({ ...ON, endpoints: [{ path: '/ws', sockJs: true }] });
    expect((await RawWebSocket.open(server.port, '/ws/websocket')).extensions).toBe(AGREED);
    const session = await RawWebSocket.open(server.port, '/ws/000/session/websocket');
    expect(session.extensions).toBeUndefined();
    session.write(clientFrame(DEFLATED_TEXT, deflated('["a"]')));
    expect(await session.closed).toBe(1002);
  });
});

describe('A message to a client that has agreed to compression', () => {
  it('is compressed by itself: twice the same message is twice the same bytes', async () => {
    const server = await startServer(ON);
    const client = await RawWebSocket.open(server.port);
    client.write(clientFrame(TEXT, LONG), clientFrame(TEXT, LONG));
    const [first, second] = [await client.next(), await client.next()];
    expect(first.first).toBe(0xc1);
    expect(first.payload.length).toBeLessThan(LONG.length / 10);
    expect(first.text).toBe(LONG);
    expect(second.payload).toEqual(first.payload);
  });

  it('goes as it is below the threshold', async () => {
    const server = await startServer({ transport: { perMessageDeflate: { threshold: 100 } } });
    const client = await RawWebSocket.open(server.port);
    client.write(clientFrame(TEXT, 'a'.repeat(99)), clientFrame(TEXT, 'a'.repeat(100)));
    expect([(await client.next()).first, (await client.next()).first]).toEqual([0x81, 0xc1]);
  });

  it('goes as it is if compression does not make it smaller', () => {
    const frame = binaryFrame(randomBytes(10_000));
    expect(new PerMessageDeflate({}).frameOf(frame).subarray(0, 2)).toEqual(Buffer.from([0x82, 126]));
    expect(frame.deflatedFrame).toBe(frame.webSocketFrame);
  });

  it('is compressed once for all receivers, beside the plain one for the others', async () => {
    const server = await startServer(ON);
    const compressing = [await RawWebSocket.open(server.port), await RawWebSocket.open(server.port)];
    const plain = await RawWebSocket.open(server.port, '/ws', 'none');
    const frame = textFrame(LONG);
    const made = new Set<Buffer | undefined>();
    for (const { connection } of server.peers) {
      connection.send(frame);
      made.add(frame.deflatedFrame);
    }
    expect(made.size).toBe(1);
    for (const client of compressing) {
      const { isDeflated, text } = await client.next();
      expect([isDeflated, text]).toEqual([true, LONG]);
    }
    const { isDeflated, text } = await plain.next();
    expect([isDeflated, text]).toEqual([false, LONG]);
  });

  it('goes as it is once a turn has compressed 512 KiB, and in the next one is compressed again', async () => {
    const deflate = new PerMessageDeflate({});
    const isDeflated = (): boolean => deflate.frameOf(textFrame('a'.repeat(100_000)))[0] === 0xc1;
    const turn = Array.from({ length: 7 }, isDeflated);
    expect(turn).toEqual([...Array<boolean>(5).fill(true), false, false]);
    await turnEnd();
    expect(isDeflated()).toBe(true);
    expect(deflate.frameOf(textFrame('a'.repeat(2 ** 19)))[0]).toBe(0x81);
  });

  it('is smaller at a higher level', () => {
    const text = Array.from({ length: 2_000 }, (_, i) => Math.sin(i).toFixed(3)).join(',');
    const sizeAt = (level: number): number => new PerMessageDeflate({ level }).frameOf(textFrame(text)).length;
    expect(sizeAt(9)).toBeLessThan(sizeAt(1));
  });
});

describe('A message of a client that has agreed to compression', () => {
  it('is the same to the session, whether it is compressed, in fragments or neither, and in order', async () => {
    const server = await startServer(ON);
    const client = await RawWebSocket.open(server.port);
    const third = deflated('third');
    client.write(
      deflatedFrame('first'),
      clientFrame(TEXT, 'second'),
      clientFrame(DEFLATED_TEXT_BEGINS, third.subarray(0, 2)),
      clientFrame(PING, 'between'),
      clientFrame(CONTINUATION, ''),
      clientFrame(LAST_CONTINUATION, third.subarray(2)),
      deflatedFrame('fourth'),
      clientFrame(TEXT, 'fifth'),
    );
    expect(await client.texts(6)).toEqual(['first', 'second', 'between', 'third', 'fourth', 'fifth']);
  });

  it('may come in a stream that has an end, as RFC 7692 section 7.2.3.4 has it', async () => {
    const server = await startServer(ON);
    const client = await RawWebSocket.open(server.port);
    client.write(
      clientFrame(DEFLATED_TEXT, Buffer.concat([deflateRawSync(LONG), Buffer.from([0])])),
      deflatedFrame(''),
    );
    client.write(deflatedFrame('after it'));
    expect(await client.texts(2)).toEqual([LONG, 'after it']);
  });

  it('comes in order, however much is sent at once, and a client that speaks `ws` is understood', async () => {
    const server = await startServer(ON);
    const client = await server.open('/ws', [], { perMessageDeflate: { threshold: 0 } });
    expect(client.extensions).toBe('permessage-deflate');
    const messages = new Messages(client);
    const texts = Array.from({ length: 500 }, (_, i) => `${i} ${'x'.repeat((i * 97) % 5_000)}`);
    for (const text of texts) client.send(text, { compress: text.length % 3 > 0 });
    expect(await messages.take(texts.length)).toEqual(texts);
  });

  it('is not unfolded while the client is made to wait, and comes in its turn afterwards', async () => {
    const server = await startServer({
      ...ON,
      onText: (text, { connection }) => text === 'wait' && connection.pause(),
    });
    const client = await RawWebSocket.open(server.port);
    const peer = server.peers[0]!;
    client.write(deflatedFrame('wait'), deflatedFrame(LONG), clientFrame(TEXT, 'end'));
    await until(() => peer.received.length === 1);
    for (let turn = 0; turn < 20; turn++) await turnEnd();
    expect(peer.received).toEqual(['wait']);
    peer.connection.resume();
    await until(() => peer.received.length === 3);
    expect(peer.received).toEqual(['wait', LONG, 'end']);
  });

  it('has its share of a turn, however small it was on its way', async () => {
    const turns: number[] = [];
    let turn = 0;
    const server = await startServer({ ...ON, onText: () => void turns.push(turn) });
    const client = await RawWebSocket.open(server.port);
    client.write(...Array.from({ length: 6 }, () => deflatedFrame('\n'.repeat(50_000))));
    while (turns.length < 6) {
      await turnEnd();
      turn++;
    }
    const busiest = Math.max(...turns.map((one) => turns.filter((other) => other === one).length));
    expect(busiest).toBeLessThanOrEqual(2);
  });

  it('that was read before the client closed is heard, and before the close', async () => {
    const server = await startServer({ ...ON, onText: () => {} });
    const client = await RawWebSocket.open(server.port);
    const texts = Array.from({ length: 20 }, (_, i) => `${i}`.padEnd(20_000));
    client.socket.end(Buffer.concat(texts.map(deflatedFrame)));
    const peer = server.peers[0]!;
    expect((await peer.closed).code).toBe(1006);
    expect(peer.received).toEqual(texts);
  });

  it('is dropped if the client was made to wait and its line is gone, which the session hears at once', async () => {
    const server = await startServer({
      ...ON,
      onText: (text, { connection }) => text === 'wait' && connection.pause(),
    });
    for (const goes of ['before', 'after'] as const) {
      const client = await RawWebSocket.open(server.port);
      const peer = server.peers.at(-1)!;
      client.write(deflatedFrame('wait'), deflatedFrame('more'), deflatedFrame('more'));
      await until(() => peer.received.length === 1);
      if (goes === 'before') peer.connection.terminate();
      else client.socket.resetAndDestroy();
      peer.connection.pause();
      if (goes === 'after') peer.connection.terminate();
      await peer.closed;
      expect(peer.received).toEqual(['wait']);
    }
  });

  it('that waits does not hold up the goodbye', async () => {
    const server = await startServer({ ...ON, onText: (_, { connection }) => connection.pause() });
    const client = await server.open('/ws', [], { perMessageDeflate: { threshold: 0 } });
    const messages = new Messages(client);
    const peer = server.peers[0]!;
    for (const text of ['wait', 'a', 'b', 'c']) client.send(text);
    await until(() => peer.received.length === 1);
    peer.connection.close(4000, 'enough');
    expect(await messages.closed).toEqual({ code: 4000, reason: 'enough' });
    expect(await peer.closed).toEqual({ code: 4000, reason: 'enough' });
    expect(peer.received).toEqual(['wait']);
  });

  it('keeps nothing of its compression for the connection', async () => {
    const server = await startServer({ ...ON, onText: () => {} });
    const clients = await Promise.all(Array.from({ length: 200 }, () => RawWebSocket.open(server.port)));
    setFlagsFromString('--expose_gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    // What zlib holds goes with the turn after its object.
    const held = async (): Promise<number> => {
      collectGarbage();
      await turnEnd();
      collectGarbage();
      return process.memoryUsage().external;
    };
    const before = await held();
    for (const client of clients) client.write(deflatedFrame(LONG));
    await until(() => server.peers.every(({ received }) => received.length === 1));
    // A window alone would have 32 KiB for each of them.
    expect((await held()) - before).toBeLessThan(200 * 8_192);
  });
});

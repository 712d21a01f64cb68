import { createHash } from 'node:crypto';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';

// What measures must be trusted: these see to it that it reads whatever a server may send, and notices what a server does wrong.
const LOAD = join(import.meta.dirname, '../../bench/compare/load');
const { Histogram } = await import(`${LOAD}/histogram.mjs`);
const { WsConnection, encodeFrame }: WsClientModule = await import(`${LOAD}/ws-client.mjs`);
const { Endpoint } = await import(`${LOAD}/endpoint.mjs`);
const { atRate }: AtRateModule = await import(`${LOAD}/at-rate.mjs`);
const { Meter } = await import(`${LOAD}/meter.mjs`);
const { scenarios } = await import(`${LOAD}/scenarios/index.mjs`);

interface WsClientModule {
  WsConnection: new (
    address: object,
    options?: { isStream: boolean },
  ) => { open(): void; write(frame: Buffer): void; close(): void };
  encodeFrame(payload: Buffer): Buffer;
}

interface AtRateModule {
  atRate(rate: number, tick: (i: number) => void): () => number;
}

describe('A histogram', () => {
  it('has percentiles within two percent of the exact ones', () => {
    const histogram = new Histogram();
    const values = Array.from({ length: 50_000 }, (_, i) =>
      Math.floor(Math.exp((((i * 7_919) % 50_000) / 50_000) * 15)),
    );
    for (const value of values) histogram.record(value);
    const sorted = values.toSorted((a, b) => a - b);
    for (const share of [1, 25, 50, 90, 99, 99.9]) {
      const exact = sorted[Math.ceil((share / 100) * sorted.length) - 1]!;
      expect(Math.abs(histogram.percentile(share) - exact)).toBeLessThanOrEqual(exact * 0.02 + 1);
    }
    expect(histogram.summary()).toMatchObject({ samples: 50_000, max: sorted.at(-1) });
  });
});

describe('A fixed rate', () => {
  it('is kept while the thread is busy, and ends when it is told to', async () => {
    const ticks: number[] = [];
    let stop = (): number => 0;
    const done = await new Promise<number>((resolve) => {
      stop = atRate(1_000, (i) => {
        ticks.push(i);
        // What waits meanwhile comes in one turn: none of it may be called once the rate has ended.
        if (i === 5) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
        if (i === 10) resolve(stop());
      });
    });
    await new Promise(setImmediate);
    expect(ticks).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(done).toBe(11);
  });
});

describe('The WebSocket client of the load', () => {
  const long = 'L'.repeat(3_000);
  const sent = Buffer.concat([
    serverFrame('one'),
    serverFrame('two', 1, false),
    serverFrame('ping', 9),
    serverFrame('-and', 0, false),
    serverFrame('-three', 0),
    serverFrame(''),
    serverFrame(long),
    serverFrame('last'),
  ]);
  const messages = ['one', 'two-and-three', '', long, 'last'];

  it.each([1_000_000, 1_000, 7, 2])('reads messages whole whose bytes come in pieces of %i', async (piece) => {
    const heard = await hear(sent, piece, false);
    expect(heard.map(({ total }) => total)).toEqual(messages.map(({ length }) => length));
    heard.forEach(({ text }, i) => {
      expect(messages[i]!.startsWith(text)).toBe(true);
      expect(text.length).toBeGreaterThanOrEqual(Math.min(1_024, messages[i]!.length));
    });
  });

  it('reads the bytes alone of a stream', async () => {
    const heard = await hear(sent, 5, true);
    expect(heard.map(({ text }) => text).join('')).toBe(messages.join(''));
  });

  it('is understood by `ws`, whatever the size of a message', async () => {
    const got: string[] = [];
    const server = await listen((webSocket) =>
      webSocket.on('message', (data) => got.push((data as Buffer).toString())),
    );
    const texts = ['short', 'm'.repeat(300), 'x'.repeat(70_000)];
    const code = new Promise((resolve) => server.on('connection', (webSocket) => webSocket.on('close', resolve)));
    class Talker extends WsConnection {
      onOpen(): void {
        for (const text of texts) this.write(encodeFrame(Buffer.from(text)));
        this.close();
      }
      onMessage(): void {}
      onClose(): void {}
    }
    new Talker(addressOf(server)).open();
    expect(await code).toBe(1000);
    expect(got).toEqual(texts);
    server.close();
  });
});

describe('A scenario', () => {
  it.each(['fanout', 'topics'])('finds nothing wrong with a server that does it right: %s', async (name) => {
    const result = await measure(name, () => (webSocket, body) => webSocket.send(`M${body}`));
    expect(result.count).toBeGreaterThan(0);
    expect(result.incomplete).toBe(0);
  });

  it('sees that deliveries are lost', async () => {
    const result = await measure('fanout-latency', () => {
      let count = 0;
      return (webSocket, body) => {
        if (++count % 50 > 0) webSocket.send(`M${body}`);
      };
    });
    expect(result.incomplete).toBeGreaterThan(0);
    expect(result.disordered).toBeGreaterThan(0);
  });

  it('sees that deliveries come in another order', async () => {
    const result = await measure('fanout-latency', () => {
      let count = 0;
      const held = new Map<WebSocket, string>();
      return (webSocket, body) => {
        if (++count % 50 === 0 && !held.has(webSocket)) return void held.set(webSocket, body);
        webSocket.send(`M${body}`);
        if (held.has(webSocket)) webSocket.send(`M${held.get(webSocket)}`);
        held.delete(webSocket);
      };
    });
    expect(result.disordered).toBeGreaterThan(0);
  });
});

type Deliver = (webSocket: WebSocket, body: string) => void;

/** Runs a scenario for a moment against a server of the line protocol that delivers in a way of its own. */
async function measure(name: string, deliverer: () => Deliver) {
  const deliver = deliverer();
  const members = new Map<string, WebSocket[]>();
  const server = await listen((webSocket) =>
    webSocket.on('message', (data) => {
      const text = (data as Buffer).toString();
      const [topic, body] = text.slice(1).split('\n') as [string, string];
      if (text[0] === 'S') members.set(topic, [...(members.get(topic) ?? []), webSocket]);
      else for (const member of members.get(topic) ?? []) deliver(member, body);
    }),
  );
  const { host, port } = addressOf(server);
  const scenario = scenarios[name];
  const own = { cpu: () => ({ user: performance.now() / 1_000, system: 0 }), rss: () => process.memoryUsage.rss() };
  const result = await scenario.run({
    endpoint: new Endpoint({ driver: 'raw', url: `ws://${host}:${port}/` }),
    params: { ...scenario.defaults, n: 5, rate: 1_000, seconds: 0.4, warmup: 0.1 },
    meter: new Meter(own),
    server: own,
  });
  server.close();
  return result;
}

async function listen(onConnection: (webSocket: WebSocket) => void): Promise<WebSocketServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', onConnection);
  await new Promise((resolve) => server.once('listening', resolve));
  return server;
}

function addressOf(server: WebSocketServer) {
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, path: '/' };
}

/** What the client tells of bytes that come in pieces. */
async function hear(bytes: Buffer, piece: number, isStream: boolean): Promise<{ text: string; total: number }[]> {
  const heard: { text: string; total: number }[] = [];
  const server = createServer((socket) => void answer(socket, bytes, piece));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => {
    class Listener extends WsConnection {
      onOpen(): void {}
      onMessage(buffer: Buffer, start: number, end: number, total: number): void {
        heard.push({ text: buffer.toString('latin1', start, end), total });
      }
      onData(buffer: Buffer, start: number, end: number): void {
        heard.push({ text: buffer.toString('latin1', start, end), total: end - start });
      }
      onClose(): void {
        resolve();
      }
    }
    new Listener({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, path: '/' }, { isStream }).open();
  });
  server.close();
  return heard;
}

/** A server that accepts the handshake, then writes the bytes, each piece when the one before is on its way, and ends. */
async function answer(socket: Socket, bytes: Buffer, piece: number): Promise<void> {
  socket.on('error', () => {});
  const request = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  const [, key] = /Sec-WebSocket-Key: (.*)\r\n/.exec(request.toString())!;
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.setNoDelay(true);
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  for (let at = 0; at < bytes.length; at += piece) {
    await new Promise((resolve) => socket.write(bytes.subarray(at, at + piece), resolve));
    await new Promise(setImmediate);
  }
  socket.resume().end();
}

function serverFrame(text: string, opcode = 1, isFinal = true): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.alloc(payload.length < 126 ? 2 : 4);
  head[0] = (isFinal ? 0x80 : 0) | opcode;
  head[1] = payload.length < 126 ? payload.length : 126;
  if (head.length === 4) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

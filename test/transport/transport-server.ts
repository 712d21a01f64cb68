import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { WebSocket, type ClientOptions } from 'ws';
import type { EndpointOptions } from '../../lib/interfaces/endpoint-options.interface.js';
import type { ClientConnection, ConnectionListener, OutboundFrame } from '../../lib/transport/client-connection.js';
import { StompServer, type TransportLimits } from '../../lib/transport/stomp-server.js';

export const LIMITS: TransportLimits = {
  messageSizeLimit: 65_536,
  sendBufferSizeLimit: 524_288,
  sendTimeLimit: 10_000,
  closeTimeout: 500,
  handshakeLimit: 1_000,
  handshakeTimeout: 10_000,
  sessionsPerAddressLimit: 0,
  connectingLimit: 5_000,
  connectionRateLimit: 0,
  rateLimitKeyLimit: 100,
  trustedProxies: [],
  pingInterval: 0,
  perMessageDeflate: false,
};

export function textFrame(text: string): OutboundFrame {
  return { bytes: Buffer.from(text), length: Buffer.byteLength(text), isText: true };
}

export function binaryFrame(bytes: Buffer): OutboundFrame {
  return { bytes, length: bytes.length, isText: false };
}

/** A connection as the session would see it, with everything that came. */
export class Peer implements ConnectionListener {
  readonly received: string[] = [];
  tooBig: number | undefined;
  drains = 0;
  readonly closed: Promise<{ code: number; reason: string }>;
  #resolveClosed!: (end: { code: number; reason: string }) => void;

  constructor(
    readonly connection: ClientConnection,
    private readonly onText: (text: string, peer: Peer) => void,
  ) {
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    connection.listen(this);
  }

  onBytes(bytes: Buffer): void {
    this.received.push(bytes.toString());
    this.onText(bytes.toString(), this);
  }

  onTooBig(limit: number): void {
    this.tooBig = limit;
    this.connection.send(textFrame('ERROR'));
    this.connection.close(1009, 'too big');
  }

  onDrain(): void {
    this.drains++;
  }

  onClose(code: number, reason: string): void {
    this.#resolveClosed({ code, reason });
  }
}

export interface TestServerOptions {
  endpoints?: EndpointOptions[];
  transport?: Partial<TransportLimits>;
  /** What the server does with a text; it sends it back if nothing else is said. */
  onText?: (text: string, peer: Peer) => void;
  onConnection?: (peer: Peer) => void;
  server?: Server;
}

const running: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((stop) => stop()));
});

/** A listening server, which ends with the test. */
export async function startServer(options: TestServerOptions = {}) {
  const server = options.server ?? createServer();
  const peers: Peer[] = [];
  const errors: unknown[] = [];
  const waiting: ((peer: Peer) => void)[] = [];
  const echo = (text: string, peer: Peer): void => peer.connection.send(textFrame(text));
  const stomp = new StompServer({
    endpoints: options.endpoints ?? [{ path: '/ws' }],
    transport: { ...LIMITS, ...options.transport },
    log: { debug: () => {}, warn: () => {}, error: (message, error) => errors.push(error ?? message) },
    onConnection: (connection) => {
      const peer = new Peer(connection, options.onText ?? echo);
      options.onConnection?.(peer);
      peers.push(peer);
      waiting.shift()?.(peer);
    },
  });
  stomp.attach(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const clients: WebSocket[] = [];
  running.push(async () => {
    for (const { connection } of peers) connection.terminate();
    for (const client of clients) client.terminate();
    server.closeAllConnections();
    server.close();
    if (server.listening) await once(server, 'close');
  });
  return {
    server,
    stomp,
    port,
    peers,
    errors,
    nextPeer: () => new Promise<Peer>((resolve) => waiting.push(resolve)),
    /** A WebSocket that is open. */
    async open(path = '/ws', protocols: string[] = [], clientOptions: ClientOptions = {}) {
      const client = this.dial(path, protocols, clientOptions);
      await once(client, 'open');
      return client;
    },
    dial(path = '/ws', protocols: string[] = [], clientOptions: ClientOptions = {}) {
      const client = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, clientOptions);
      client.on('error', () => {});
      clients.push(client);
      return client;
    },
    /** The status with which an upgrade is answered, and what else the server says before it closes. */
    upgrade: (path = '/ws', headers: Record<string, string> = {}, method = 'GET') =>
      rawExchange(port, upgradeRequest(path, headers, method)),
    http: (method: string, path: string, body?: string | Buffer, headers?: Record<string, string>) =>
      exchange(port, method, path, body, headers),
    stream: (method: string, path: string, headers?: Record<string, string>) =>
      ResponseStream.open(port, method, path, headers),
  };
}

export type TestServer = Awaited<ReturnType<typeof startServer>>;

export function upgradeRequest(path: string, headers: Record<string, string> = {}, method = 'GET'): string {
  const all: Record<string, string> = {
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': 'x3JJHMbDL1EzLkh9GBhXDw==',
    'Sec-WebSocket-Version': '13',
    ...headers,
  };
  const lines = Object.entries(all).filter(([, value]) => value !== '');
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

export interface RawAnswer {
  status: number;
  head: string;
  text: string;
  socket: Socket;
}

/** Sends bytes over a plain socket and reads the head of the answer, and all of it if the server closes. */
export function rawExchange(port: number, bytes: string | Buffer): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  running.push(async () => void socket.destroy());
  return new Promise((resolve) => {
    let answer = '';
    const done = (): void => {
      const [head = '', ...rest] = answer.split('\r\n\r\n');
      resolve({ status: Number(head.split(' ')[1] ?? 0), head, text: rest.join('\r\n\r\n'), socket });
    };
    socket.on('data', (data) => {
      answer += data.toString('latin1');
      if (answer.startsWith('HTTP/1.1 101') && answer.includes('\r\n\r\n')) done();
    });
    socket.on('error', () => {});
    socket.on('close', done);
    socket.write(bytes);
  });
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export function exchange(
  port: number,
  method: string,
  path: string,
  body: string | Buffer = '',
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const length = method === 'POST' ? { 'Content-Length': String(Buffer.byteLength(body)) } : {};
    const request = httpRequest({ port, host: '127.0.0.1', method, path, headers: { ...length, ...headers } });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.end(body);
  });
}

/** A response that is read while it grows. */
export class ResponseStream {
  #text = '';
  #isEnded = false;
  #wake: () => void = () => {};

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      this.#text += text;
      this.#wake();
    });
    response.on('end', () => this.#end());
    response.on('close', () => this.#end());
    response.on('error', () => this.#end());
  }

  static open(
    port: number,
    method: string,
    path: string,
    headers: Record<string, string> = {},
  ): Promise<ResponseStream> {
    return new Promise((resolve, reject) => {
      const length = method === 'POST' ? { 'Content-Length': '0' } : {};
      const request = httpRequest({
        port,
        host: '127.0.0.1',
        method,
        path,
        headers: { ...length, ...headers },
        agent: false,
      });
      request.on('error', reject);
      request.on('response', (response) => resolve(new ResponseStream(response)));
      request.end();
    });
  }

  get status(): number {
    return this.response.statusCode!;
  }

  get headers(): IncomingHttpHeaders {
    return this.response.headers;
  }

  /** The text up to and with the delimiter; '' if the response ends before. */
  async until(delimiter: string): Promise<string> {
    for (;;) {
      const at = this.#text.indexOf(delimiter);
      if (at >= 0) {
        const text = this.#text.slice(0, at + delimiter.length);
        this.#text = this.#text.slice(text.length);
        return text;
      }
      if (this.#isEnded) return '';
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  line(): Promise<string> {
    return this.until('\n');
  }

  async isEnded(): Promise<boolean> {
    while (!this.#isEnded) await new Promise<void>((resolve) => (this.#wake = resolve));
    return true;
  }

  abort(): void {
    this.response.destroy();
  }

  #end(): void {
    this.#isEnded = true;
    this.#wake();
  }
}

/** Everything that a WebSocket receives, one after another. */
export class Messages {
  readonly #came: { text: string; isBinary: boolean }[] = [];
  readonly #waiting: ((message: { text: string; isBinary: boolean }) => void)[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(client: WebSocket) {
    client.on('message', (data: Buffer, isBinary) => {
      const message = { text: data.toString(), isBinary };
      const next = this.#waiting.shift();
      if (next) next(message);
      else this.#came.push(message);
    });
    this.closed = new Promise((resolve) =>
      client.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
  }

  next(): Promise<{ text: string; isBinary: boolean }> {
    const came = this.#came.shift();
    return came ? Promise.resolve(came) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  async text(): Promise<string> {
    return (await this.next()).text;
  }

  async take(count: number): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) texts.push(await this.text());
    return texts;
  }
}

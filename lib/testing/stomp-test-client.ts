import { StompDecoder } from '../frame/stomp-decoder.js';
import { encode } from '../frame/stomp-encoder.js';
import { StompFrame } from '../frame/stomp-frame.js';
import type { StompCommand } from '../frame/stomp-command.js';
import type { PrincipalLike } from '../interfaces/principal.interface.js';
import type { StompSessionRegistry } from '../session/stomp-session.registry.js';
import { StompRuntime } from '../stomp.runtime.js';
import { HeaderList, type HeaderInit } from '../utils/header-list.js';
import { FrameInbox, type FrameMatcher } from './frame-inbox.js';
import { InMemoryConnection } from './in-memory.connection.js';

/** What the test client needs of a Nest application. */
export interface StompTestApplication {
  get(token: typeof StompRuntime, options?: { strict: boolean }): StompRuntime;
}

export interface StompTestClientOptions {
  /** Who the handshake says the client is. @default nobody */
  user?: PrincipalLike;
  /** Headers of the CONNECT frame, `login` and `passcode` for example. @default accept-version 1.2 */
  headers?: HeaderInit;
  /** How long `next` and `receipt` wait, in milliseconds. @default 5_000 */
  timeout?: number;
}

/**
 * A STOMP client that talks to an application in the same process, without sockets and without a listening server.
 *
 * @example
 * const client = await StompTestClient.connect(app, { user: { name: 'alice' } });
 * await client.subscribe('/topic/broadcast');
 * await client.send('/app/broadcast', { body: 'hi' });
 * expect((await client.next('MESSAGE')).body.toString()).toBe('server:hi');
 */
export class StompTestClient {
  readonly #inbox = new FrameInbox();
  readonly #connection: InMemoryConnection;
  readonly #decoder = new StompDecoder({ frame: 2 ** 30, headerCount: 10_000, headerLength: 2 ** 20 });
  readonly #timeout: number;
  #count = 0;

  private constructor(sessions: StompSessionRegistry, options: StompTestClientOptions) {
    this.#timeout = options.timeout ?? 5_000;
    this.#connection = new InMemoryConnection(
      {
        onFrame: ({ bytes }) => this.#received(bytes),
        onClose: (code, reason) => this.#inbox.end(new Error(`The session was closed: ${code} ${reason}`)),
      },
      options.user,
    );
    sessions.open(this.#connection);
  }

  /** Opens a session and waits for CONNECTED. The application must have been initialised (`app.init()`). */
  static async connect(app: StompTestApplication, options: StompTestClientOptions = {}): Promise<StompTestClient> {
    const client = this.open(app, options);
    client.transmit('CONNECT', options.headers ?? { 'accept-version': '1.2', host: 'localhost' });
    await client.next('CONNECTED');
    return client;
  }

  /** Opens a connection on which nothing has been said yet. */
  static open(app: StompTestApplication, options: StompTestClientOptions = {}): StompTestClient {
    return new StompTestClient(app.get(StompRuntime, { strict: false }).sessions, options);
  }

  /** Sends any frame as it is. */
  transmit(command: StompCommand, headers?: HeaderInit, body: string | Uint8Array = ''): void {
    const frame = new StompFrame(command, HeaderList.from(headers), Buffer.from(body));
    this.#connection.deliver(encode(frame, '1.2').bytes);
  }

  /** SUBSCRIBE, and the wait for its RECEIPT. @returns the subscription's id */
  async subscribe(destination: string, headers?: HeaderInit): Promise<string> {
    const id = `sub-${this.#count++}`;
    await this.receipt('SUBSCRIBE', [['id', id], ['destination', destination], ...HeaderList.from(headers)]);
    return id;
  }

  /** SEND, and the wait for its RECEIPT. A string goes as text, bytes as they are, everything else as JSON. */
  async send(destination: string, payload: unknown = '', headers?: HeaderInit): Promise<StompFrame> {
    const list = HeaderList.from(headers);
    const isRaw = typeof payload === 'string' || payload instanceof Uint8Array;
    if (!isRaw && !list.has('content-type')) list.append('content-type', 'application/json');
    return this.receipt('SEND', [['destination', destination], ...list], isRaw ? payload : JSON.stringify(payload));
  }

  /** Sends a frame with a receipt header and waits for the RECEIPT. @throws Error when an ERROR comes or the session ends */
  async receipt(command: StompCommand, headers: HeaderInit, body?: string | Uint8Array): Promise<StompFrame> {
    const receipt = `receipt-${this.#count++}`;
    this.transmit(command, [...HeaderList.from(headers), ['receipt', receipt]], body);
    const answer = await this.next((frame) => frame.headers.get('receipt-id') === receipt);
    if (answer.command === 'RECEIPT') return answer;
    throw new Error(answer.headers.get('message') ?? answer.body.toString());
  }

  /** The next frame of a command, or that matches, which has not been given out yet. */
  next(what: StompCommand | FrameMatcher): Promise<StompFrame> {
    return this.#inbox.next(asMatcher(what), this.#timeout);
  }

  /** All frames of a command, or that match, which have come and have not been given out. */
  take(what: StompCommand | FrameMatcher): StompFrame[] {
    return this.#inbox.take(asMatcher(what));
  }

  /** Sends bytes as they are, well-formed or not. */
  write(bytes: string | Uint8Array): void {
    this.#connection.deliver(Buffer.from(bytes));
  }

  /** Why and how the server ended the session, once it has. */
  get closed(): Promise<{ code: number; reason: string }> {
    return this.#connection.closed;
  }

  /** Says goodbye and waits for the RECEIPT. */
  async disconnect(): Promise<void> {
    await this.receipt('DISCONNECT', {});
  }

  /** Breaks the line without a word. */
  drop(): void {
    this.#connection.terminate();
  }

  #received(bytes: Buffer): void {
    this.#decoder.push(bytes);
    for (let frame = this.#decoder.read(); frame !== null; frame = this.#decoder.read()) this.#inbox.push(frame);
  }
}

function asMatcher(what: StompCommand | FrameMatcher): FrameMatcher {
  return typeof what === 'string' ? ({ command }) => command === what : what;
}

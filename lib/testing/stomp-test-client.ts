import { StompDecoder } from '../frame/stomp-decoder.js';
import { encode } from '../frame/stomp-encoder.js';
import { StompFrame } from '../frame/stomp-frame.js';
import type { StompCommand } from '../frame/stomp-command.js';
import type { PrincipalLike } from '../interfaces/principal.interface.js';
import { StompRuntime } from '../stomp.runtime.js';
import { HeaderList, type HeaderInit } from '../utils/header-list.js';
import { bodyOf } from './body-of.js';
import { FailedFrameError, type ErrorBody } from './failed-frame.error.js';
import { FrameInbox, type FrameMatcher } from './frame-inbox.js';
import { showFrame } from './show-frame.js';
import { InMemoryConnection, type InMemoryHandshake } from './in-memory.connection.js';

/** What the test client needs of a Nest application. */
export interface StompTestApplication {
  get(token: typeof StompRuntime, options?: { strict: boolean }): StompRuntime;
}

export interface StompTestClientOptions {
  /** Who the handshake says the client is: a name, or a principal with whatever else the application's have. @default nobody */
  user?: string | (PrincipalLike & Record<string, any>);
  /** What else is known of the handshake: `{ url, headers, query, ip, attributes }`. @default an empty GET /memory */
  handshake?: InMemoryHandshake;
  /** Headers of the CONNECT frame, `login` and `passcode` for example. @default accept-version 1.2 */
  headers?: HeaderInit;
  /** How long `next` and `receipt` wait, in milliseconds. @default 5_000 */
  timeout?: number;
}

/**
 * A STOMP client that talks to an application in the same process, without sockets, heart-beats and a listening server. Each frame that
 * has come is given out once, to the first that asks for one like it.
 *
 * @example
 * const client = await StompTestClient.connect(app, { user: 'alice' });
 * await client.subscribe('/topic/broadcast');
 * await client.send('/app/broadcast', { body: 'hi' });
 * expect(await client.nextBody('/topic/broadcast')).toBe('server:hi');
 */
export class StompTestClient {
  readonly #inbox = new FrameInbox();
  readonly #connection: InMemoryConnection;
  readonly #decoder = new StompDecoder({ frame: 2 ** 30, headerCount: 10_000, headerLength: 2 ** 20 });
  readonly #timeout: number;
  /** Where a client hears of its frames that failed, `/user/queue/errors` for example; it must subscribe to it first. */
  readonly errorDestination: string;
  #count = 0;

  private constructor(
    { sessions, options: { userDestinationPrefix, errorDestination } }: StompRuntime,
    { user, handshake, timeout = 5_000 }: StompTestClientOptions,
  ) {
    this.#timeout = timeout;
    this.errorDestination = userDestinationPrefix + errorDestination;
    this.#connection = new InMemoryConnection(
      {
        onFrame: ({ bytes }) => this.#received(bytes),
        onClose: (code, reason) => this.#inbox.end(new Error(`The session was closed: ${code} ${reason}`)),
      },
      typeof user === 'string' ? { name: user } : user,
      handshake,
    );
    sessions.open(this.#connection);
  }

  /**
   * Opens a session and waits for CONNECTED. The application must have been initialised (`app.init()`).
   * @throws FailedFrameError when the client is refused
   */
  static async connect(app: StompTestApplication, options: StompTestClientOptions = {}): Promise<StompTestClient> {
    const client = this.open(app, options);
    client.transmit('CONNECT', options.headers ?? { 'accept-version': '1.2', host: 'localhost' });
    const answer = await client.next(({ command }) => command === 'CONNECTED' || command === 'ERROR');
    if (answer.command === 'ERROR') throw new FailedFrameError(answer);
    return client;
  }

  /** Opens a connection on which nothing has been said yet. */
  static open(app: StompTestApplication, options: StompTestClientOptions = {}): StompTestClient {
    return new StompTestClient(app.get(StompRuntime, { strict: false }), options);
  }

  /** The id of the session, as the application knows it. */
  get sessionId(): string {
    return this.#connection.id;
  }

  /** Frames that have come and have not been given out, without giving them out. */
  get frames(): readonly StompFrame[] {
    return this.#inbox.frames;
  }

  /** Sends any frame as it is, and does not wait for anything. */
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

  /** UNSUBSCRIBE, and the wait for its RECEIPT. */
  async unsubscribe(id: string): Promise<void> {
    await this.receipt('UNSUBSCRIBE', { id });
  }

  /** ACK of a MESSAGE, of all before it as well with `ack:client`, and the wait for its RECEIPT. */
  async ack(message: StompFrame, headers?: HeaderInit): Promise<void> {
    await this.receipt('ACK', [['id', ackIdOf(message)], ...HeaderList.from(headers)]);
  }

  /** NACK of a MESSAGE, and the wait for its RECEIPT. */
  async nack(message: StompFrame, headers?: HeaderInit): Promise<void> {
    await this.receipt('NACK', [['id', ackIdOf(message)], ...HeaderList.from(headers)]);
  }

  /**
   * Sends a frame with a receipt header and waits for the RECEIPT.
   * @throws FailedFrameError when the frame fails: by an ERROR, or by a MESSAGE that names it in `failed-receipt`
   * @throws Error when the session ends, or when there is no answer in time: where an exception handler answers on a topic, or all
   * sessions of a user, nothing says which frame it was. Send such a frame by `transmit` and wait for the answer.
   */
  async receipt(command: StompCommand, headers: HeaderInit, body?: string | Uint8Array): Promise<StompFrame> {
    const receipt = `receipt-${this.#count++}`;
    this.transmit(command, [...HeaderList.from(headers), ['receipt', receipt]], body);
    const answer = await this.next(
      ({ headers }) => headers.get('receipt-id') === receipt || headers.get('failed-receipt') === receipt,
    );
    if (answer.command === 'RECEIPT') return answer;
    throw new FailedFrameError(answer);
  }

  /**
   * Waits until the server has handled all that this client has sent, and what came of it is here; not for the items of streams. With it
   * nothing needs to be slept for that does not come.
   */
  async settled(): Promise<void> {
    // No handler and no interceptor sees a transaction of nothing.
    const transaction = `settled-${this.#count++}`;
    this.transmit('BEGIN', { transaction });
    await this.receipt('ABORT', { transaction });
  }

  /**
   * The next frame of a command, or that matches, which has not been given out yet.
   * @throws Error when the session ends, or when none comes in time; it shows what came instead
   */
  next(what: StompCommand | FrameMatcher): Promise<StompFrame> {
    return this.#inbox.next(asMatcher(what), this.#timeout);
  }

  /** The next MESSAGE, to a destination if one is given. */
  nextMessage(destination?: string): Promise<StompFrame> {
    return this.next((frame) => frame.command === 'MESSAGE' && this.#isTo(destination, frame));
  }

  /** The body of the next MESSAGE: a value if it is JSON, text, or bytes. */
  async nextBody<T = unknown>(destination?: string): Promise<T> {
    return bodyOf<T>(await this.nextMessage(destination));
  }

  /** The next error that the client is told, once it has subscribed to `errorDestination`. */
  nextError(): Promise<ErrorBody> {
    return this.nextBody<ErrorBody>(this.errorDestination);
  }

  /** All frames which have come and have not been given out: of a command, or that match. */
  take(what?: StompCommand | FrameMatcher): StompFrame[] {
    return this.#inbox.take(what === undefined ? () => true : asMatcher(what));
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

  #isTo(destination: string | undefined, { headers }: StompFrame): boolean {
    return destination === undefined || headers.get('destination') === destination;
  }

  #received(bytes: Buffer): void {
    this.#decoder.push(bytes);
    for (let frame = this.#decoder.read(); frame !== null; frame = this.#decoder.read()) this.#inbox.push(frame);
  }
}

function asMatcher(what: StompCommand | FrameMatcher): FrameMatcher {
  return typeof what === 'string' ? ({ command }) => command === what : what;
}

function ackIdOf(message: StompFrame): string {
  const id = message.headers.get('ack');
  if (id !== undefined) return id;
  throw new Error(`This frame need not be acknowledged: its subscription has ack:auto.\n\n${showFrame(message)}`);
}

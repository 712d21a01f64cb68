import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import {
  BrokerRefusedException,
  BrokerUnavailableException,
  MessageDeliveryException,
} from '../../exceptions/messaging.exception.js';
import { StompException, quote } from '../../exceptions/stomp.exception.js';
import { negotiateHeartBeat } from '../../frame/heart-beat.js';
import { HeartBeats } from '../../frame/heart-beats.js';
import type { StompCommand } from '../../frame/stomp-command.js';
import { StompDecoder } from '../../frame/stomp-decoder.js';
import { HEART_BEAT } from '../../frame/encoded-frame.js';
import { encode } from '../../frame/stomp-encoder.js';
import { StompFrame } from '../../frame/stomp-frame.js';
import type { RelayAddress } from '../../interfaces/broker-relay-options.interface.js';
import { HeaderList } from '../../utils/header-list.js';
import { isPromise, type MaybePromise } from '../../utils/maybe-promise.js';
import type { TimerWheel, WheelTimer } from '../../utils/timer-wheel.js';
import { dialectOf, type BrokerDialect } from './broker-dialect.js';
import { RelayReceipts } from './relay-receipts.js';

export enum RelayConnectionState {
  /** The line is not there yet. */
  Opening,
  /** CONNECT has been sent. */
  Connecting,
  Connected,
  /** DISCONNECT has been sent. */
  Closing,
  Closed,
}

/** What a broker may send in each state. */
const ACCEPTED: Record<RelayConnectionState, readonly StompCommand[]> = {
  [RelayConnectionState.Opening]: [],
  [RelayConnectionState.Connecting]: ['CONNECTED', 'ERROR'],
  [RelayConnectionState.Connected]: ['MESSAGE', 'RECEIPT', 'ERROR'],
  [RelayConnectionState.Closing]: ['MESSAGE', 'RECEIPT', 'ERROR'],
  [RelayConnectionState.Closed]: [],
};

/** Of twice the heart-beat nothing was heard: the broker is given up. Spring waits for three. */
const SILENCE_MARGIN = 2;
/** How long a broker may take to answer DISCONNECT, in milliseconds. */
const GOODBYE_TIME = 2_000;

export interface RelayConnectionSettings {
  readonly tls: boolean | ConnectionOptions;
  readonly virtualHost: string;
  readonly login: string;
  readonly passcode: string;
  /** More of CONNECT. */
  readonly connectHeaders?: HeaderList;
  readonly systemHeartbeat: readonly [send: number, receive: number];
  readonly connectTimeout: number;
  readonly receiptTimeout: number;
  readonly unconfirmedLimit: number;
  readonly sendBufferSizeLimit: number;
  readonly frameSizeLimit: number;
  readonly wheel: TimerWheel;
}

export interface RelayConnectionListener {
  onMessage(frame: StompFrame, connection: RelayConnection): void;
  /** The broker has ended a subscription of its own accord; the connection goes on. */
  onCancelled?(subscriptionId: string): void;
  /** An ERROR about something that nobody waits for; the connection goes on. */
  onRemark?(reason: string): void;
  /** A connection that had been CONNECTED is over, and nobody had asked for it. */
  onLost(error: BrokerUnavailableException): void;
}

/**
 * One STOMP connection to a broker, with this server as the client: CONNECT, heart-beats both ways, receipts, and an end that nobody can miss. It is
 * never opened again; `RelayLine` makes another.
 */
export class RelayConnection {
  readonly #socket: Socket;
  readonly #decoder: StompDecoder;
  readonly #heartBeats: HeartBeats;
  readonly #receipts: RelayReceipts;
  readonly #closed: Promise<void>;
  readonly #aborted = (): void => this.#lose('was not waited for');
  #state = RelayConnectionState.Opening;
  #dialect: BrokerDialect | undefined;
  #connectTimer: WheelTimer | undefined;
  #isPaused = false;
  #isCorked = false;
  /** Who waits until the broker has read what was sent before, in order. */
  readonly #waiting = new Set<{ readonly resolve: () => void; readonly reject: (error: Error) => void }>();
  readonly #opened: Promise<RelayConnection>;
  #tellOpened: (connection: RelayConnection) => void = () => {};
  #tellFailed: (error: Error) => void = () => {};

  private constructor(
    private readonly address: RelayAddress,
    private readonly settings: RelayConnectionSettings,
    private readonly listener: RelayConnectionListener,
    private readonly signal: AbortSignal,
  ) {
    const { wheel, receiptTimeout, unconfirmedLimit, frameSizeLimit, connectTimeout } = settings;
    this.#opened = new Promise((resolve, reject) => {
      this.#tellOpened = resolve;
      this.#tellFailed = reject;
    });
    this.#receipts = new RelayReceipts(wheel, receiptTimeout, unconfirmedLimit);
    const limits = { frame: frameSizeLimit, headerCount: 10_000, headerLength: frameSizeLimit };
    // What another application of the broker has put into a header is not worth the connection.
    this.#decoder = new StompDecoder(limits, { isLenient: true });
    this.#heartBeats = new HeartBeats(
      wheel,
      {
        beat: () => this.#writeBytes(HEART_BEAT.bytes),
        isWaitedFor: () => this.#isPaused,
        silence: () => this.#lose('has not been heard for twice the agreed heart-beat'),
      },
      SILENCE_MARGIN,
    );
    this.#connectTimer = wheel.after(connectTimeout, () => this.#lose(`has not answered within ${connectTimeout} ms`));
    this.#socket = this.#open();
    signal.addEventListener('abort', this.#aborted, { once: true });
    this.#closed = new Promise((resolve) => this.#socket.once('close', () => resolve()));
  }

  /**
   * @param signal gives the opening up; without meaning later
   * @throws BrokerRefusedException when the broker says no to CONNECT
   * @throws BrokerUnavailableException when it cannot be reached
   */
  static open(
    address: RelayAddress,
    settings: RelayConnectionSettings,
    listener: RelayConnectionListener,
    signal: AbortSignal,
  ): Promise<RelayConnection> {
    return new RelayConnection(address, settings, listener, signal).#opened;
  }

  get isConnected(): boolean {
    return this.#state === RelayConnectionState.Connected;
  }

  /** Frames that the broker has not confirmed yet. */
  get unconfirmed(): number {
    return this.#receipts.size;
  }

  /** What waits to be read by the broker. */
  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  /** What the broker makes of frames; from CONNECTED on. */
  get dialect(): BrokerDialect {
    return this.#dialect!;
  }

  get name(): string {
    return `${this.address.host}:${this.address.port}`;
  }

  /** Sends the frames, nothing between them; when the broker is slow, not before it has read what was sent before. */
  send(...frames: StompFrame[]): MaybePromise<void> {
    this.#checkConnected();
    if (this.#isRoomy) return this.#writeAll(frames);
    return this.#whenRoomy().then(() => this.#writeAll(frames));
  }

  /** The same for what nobody can be told of: what cannot be sent any more is no longer needed. */
  post(frame: StompFrame): void {
    if (!this.isConnected) return;
    const sent = this.send(frame);
    if (isPromise(sent)) sent.catch(() => undefined);
  }

  /**
   * Sends the frames, nothing between them, and settles with all their RECEIPTs.
   * @throws BrokerUnavailableException when one does not come: the broker may have carried it out all the same
   */
  async request(...frames: StompFrame[]): Promise<void> {
    this.#checkConnected();
    if (!this.#isRoomy) await this.#whenRoomy(this.settings.receiptTimeout);
    this.#checkConnected();
    const receipts = this.#receipts.expect(frames.length);
    frames.forEach((frame, index) => frame.headers.append('receipt', receipts[index]!.id));
    this.#writeAll(frames);
    await Promise.all(receipts.map(({ confirmed }) => confirmed));
  }

  /** Reads nothing more, so that the broker waits. */
  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#heartBeats.heard();
    this.#readFrames();
    if (!this.#isPaused) this.#socket.resume();
  }

  /** Says goodbye behind all that has been sent. Settles when the line is closed. */
  async close(): Promise<void> {
    if (this.#state === RelayConnectionState.Connected) {
      this.#state = RelayConnectionState.Closing;
      this.resume();
      const timer = this.settings.wheel.after(GOODBYE_TIME, () => this.#socket.destroy());
      const headers = HeaderList.from({ receipt: 'goodbye' });
      this.#write(new StompFrame('DISCONNECT', headers));
      await this.#closed;
      timer.cancel();
    }
    this.#end(new BrokerUnavailableException('The connection to the broker has been closed.'));
    await this.#closed;
  }

  /** Gives the connection up, as if the broker had been lost. */
  abandon(reason: string): void {
    this.#lose(reason);
  }

  #open(): Socket {
    const { host, port } = this.address;
    const { tls } = this.settings;
    const servername = isIP(host) ? undefined : host;
    const options = {
      host,
      port,
      ...(servername !== undefined && { servername }),
      ...(typeof tls === 'object' && tls),
    };
    const socket = tls === false ? connectTcp({ host, port }) : connectTls(options);
    socket.setNoDelay(true);
    socket.once(tls === false ? 'connect' : 'secureConnect', () => this.#connect());
    socket.on('data', (bytes) => this.#received(bytes));
    socket.on('drain', () => this.#goOn());
    socket.on('error', (error: NodeJS.ErrnoException) =>
      this.#lose(`cannot be reached (${error.code ?? error.message})`),
    );
    socket.on('end', () => this.#lose('has closed the connection'));
    socket.on('close', () => this.#lose('has closed the connection'));
    return socket;
  }

  #connect(): void {
    const { virtualHost, login, passcode, systemHeartbeat, connectHeaders } = this.settings;
    this.#state = RelayConnectionState.Connecting;
    const headers = HeaderList.from([
      ['accept-version', '1.2'],
      ['host', virtualHost],
      ['login', login],
      ['passcode', passcode],
      ['heart-beat', systemHeartbeat.join(',')],
      ...(connectHeaders ?? []),
    ]);
    this.#write(new StompFrame('CONNECT', headers));
  }

  #connected({ headers }: StompFrame): void {
    const version = headers.get('version');
    if (version !== '1.2') return this.#lose(`speaks STOMP ${version ?? '1.0'}, which is not 1.2`);
    this.#connectTimer?.cancel();
    this.signal.removeEventListener('abort', this.#aborted);
    this.#state = RelayConnectionState.Connected;
    this.#dialect = dialectOf(headers);
    this.#heartBeats.start(negotiateHeartBeat(headers.get('heart-beat'), this.settings.systemHeartbeat));
    this.#tellOpened(this);
  }

  #received(bytes: Buffer): void {
    this.#heartBeats.heard();
    this.#decoder.push(bytes);
    this.#readFrames();
  }

  #readFrames(): void {
    try {
      while (!this.#isPaused && this.#state !== RelayConnectionState.Closed) {
        const frame = this.#decoder.read();
        if (frame === null) return;
        this.#handle(frame);
      }
    } catch (error) {
      const isMalformed = error instanceof StompException;
      this.#lose(`has sent what ${isMalformed ? 'is no STOMP' : 'cannot be handled'}: ${(error as Error).message}`);
    }
  }

  #handle(frame: StompFrame): void {
    const { command, headers } = frame;
    if (!ACCEPTED[this.#state].includes(command)) return this.#lose(`has sent ${command} where it may not`);
    if (command === 'CONNECTED') this.#connected(frame);
    else if (command === 'MESSAGE') this.listener.onMessage(frame, this);
    else if (command === 'ERROR') this.#refused(frame);
    else if (this.#state === RelayConnectionState.Closing && headers.get('receipt-id') === 'goodbye')
      this.#socket.end();
    else this.#receipts.confirm(headers.get('receipt-id'));
  }

  /** Some brokers close after an ERROR, others do not; only one that says what it is for, or is known for no end, leaves the others in peace. */
  #refused(frame: StompFrame): void {
    const { headers, body } = frame;
    const reason = quote([headers.get('message'), firstLine(body)].filter(Boolean).join(': '), 200);
    const error = new BrokerRefusedException(`The broker at ${this.name} has refused: ${reason}.`);
    const cancelled = headers.get('subscription');
    if (cancelled !== undefined && this.listener.onCancelled) return this.listener.onCancelled(cancelled);
    const receipt = headers.get('receipt-id');
    // Who asked may have stopped waiting.
    if (receipt !== undefined && this.isConnected) this.#receipts.fail(receipt, error);
    else if (this.#dialect?.isRemark(frame)) this.listener.onRemark?.(reason);
    else this.#end(error);
  }

  #lose(reason: string): void {
    this.#end(new BrokerUnavailableException(`The broker at ${this.name} ${reason}.`));
  }

  #end(error: BrokerUnavailableException): void {
    if (this.#state === RelayConnectionState.Closed) return;
    const before = this.#state;
    this.#state = RelayConnectionState.Closed;
    this.#connectTimer?.cancel();
    this.signal.removeEventListener('abort', this.#aborted);
    this.#heartBeats.stop();
    this.#socket.destroy();
    this.#receipts.failAll(error);
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting.clear();
    this.#tellFailed(error);
    if (before === RelayConnectionState.Connected) this.listener.onLost(error);
  }

  #checkConnected(): void {
    if (this.isConnected) return;
    throw new BrokerUnavailableException(`There is no connection to the broker at ${this.name}.`);
  }

  #writeAll(frames: readonly StompFrame[]): void {
    for (const frame of frames) this.#write(frame);
  }

  #write(frame: StompFrame): void {
    this.#writeBytes(encode(frame, '1.2').bytes);
    this.#heartBeats.wrote();
  }

  /** What is written in one turn goes out together. */
  #writeBytes(bytes: Buffer): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      setImmediate(() => {
        this.#isCorked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(bytes);
  }

  get #isRoomy(): boolean {
    return this.#socket.writableLength < this.settings.sendBufferSizeLimit;
  }

  /** @param patience in milliseconds; undefined: whoever waits keeps others from sending more, and has time */
  async #whenRoomy(patience?: number): Promise<void> {
    const { wheel, unconfirmedLimit, sendBufferSizeLimit } = this.settings;
    while (!this.#isRoomy) {
      if (this.#waiting.size >= unconfirmedLimit) {
        throw new MessageDeliveryException(`The broker has let ${unconfirmedLimit} frames of a connection wait.`);
      }
      let timer: WheelTimer | undefined;
      await new Promise<void>((resolve, reject) => {
        const waiting = { resolve, reject };
        this.#waiting.add(waiting);
        timer =
          patience === undefined
            ? undefined
            : wheel.after(patience, () => {
                this.#waiting.delete(waiting);
                const sentence = `The broker has not read the ${sendBufferSizeLimit} bytes before it within ${patience} ms.`;
                reject(new BrokerUnavailableException(sentence));
              });
      }).finally(() => timer?.cancel());
    }
    this.#checkConnected();
  }

  #goOn(): void {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const { resolve } of all) resolve();
  }
}

function firstLine(body: Buffer): string {
  return body.toString('utf8', 0, 500).trim().split('\n')[0]!;
}

import { randomUUID } from 'node:crypto';
import { CloseCode } from '../../exceptions/stomp.exception.js';
import type { Handshake } from '../../interfaces/handshake.interface.js';
import type { PrincipalLike } from '../../interfaces/principal.interface.js';
import { destinationUserName } from '../../utils/principal.js';
import { Fifo } from '../../utils/fifo.js';
import type { TimerWheel, WheelTimer } from '../../utils/timer-wheel.js';
import type { ClientConnection, ConnectedHeartBeat, ConnectionListener, OutboundFrame } from '../client-connection.js';
import type { ConnectionPlace } from '../connection-limits.js';
import { HandshakeRefusal } from '../handshake-refusal.js';
import type { SendBuffer, SendBufferMonitor } from '../send-buffer.js';
import { atTurnEnd, type TurnEndListener } from '../turn-end.js';
import type { HttpReceiver, HttpReceiverListener } from './http-receiver.js';
import { closeFrame, HEARTBEAT_FRAME, joinedArrayFrame, OPEN_FRAME } from './sock-js-frame.js';

export enum SockJsSessionState {
  Open = 'Open',
  /** Requests are answered with the close frame. */
  Closed = 'Closed',
  /** Nobody knows of it any more. */
  Gone = 'Gone',
}

export interface SockJsSessionContext {
  readonly wheel: TimerWheel;
  readonly monitor: SendBufferMonitor;
  readonly heartbeatTime: number;
  readonly disconnectDelay: number;
  readonly closeTimeout: number;
}

/** Requests with messages of one client that may be under way; a client sends the next one when it has the answer. */
const SENDING_LIMIT = 16;
/** Bytes of messages that are joined into one frame. */
const CHUNK = 65_536;

/**
 * A conversation over many HTTP requests: some bring messages, at most one at a time, the receiver, waits for them. What is sent while
 * there is none waits in the session.
 */
export class SockJsSession implements ClientConnection, SendBuffer, TurnEndListener, HttpReceiverListener {
  readonly id = randomUUID();
  readonly protocol = '';
  #state = SockJsSessionState.Open;
  #listener: ConnectionListener | undefined;
  #receiver: HttpReceiver | undefined;
  /** The receiver and those before it whose last bytes are still on their way. */
  readonly #unfinished = new Set<HttpReceiver>();
  #hasOpened = false;
  #hasSaidGoodbye = false;
  readonly #queue = new Fifo<OutboundFrame>();
  #queuedBytes = 0;
  #takenFrames = 0;
  #isWaitingForTurnEnd = false;
  /** Something has been written since the listener was told that nothing waits. */
  #owesDrain = false;
  #isPaused = false;
  #sending = 0;
  readonly #waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  #heartbeatTime: number;
  #lastWritten = 0;
  #heartbeat: WheelTimer | undefined;
  #disconnect: WheelTimer | undefined;
  #goodbye: WheelTimer | undefined;
  #end = { code: 1006, reason: '' };

  constructor(
    readonly handshake: Handshake,
    readonly transport: string,
    private readonly place: ConnectionPlace,
    private readonly context: SockJsSessionContext,
    /** Called once, when requests for this session need not be answered any more. */
    private readonly onForgotten: () => void,
  ) {
    this.#heartbeatTime = context.heartbeatTime;
    this.#planDisconnect();
  }

  get state(): SockJsSessionState {
    return this.#state;
  }

  get bufferedBytes(): number {
    let bytes = this.#queuedBytes;
    for (const receiver of this.#unfinished) bytes += receiver.bufferedBytes;
    return bytes;
  }

  get progress(): number {
    let progress = this.#takenFrames;
    for (const receiver of this.#unfinished) progress += receiver.progress;
    return progress;
  }

  /** Whether a request comes from the one who opened the session: the same user or, for strangers, the same host. */
  belongsTo(user: PrincipalLike | undefined, address: string): boolean {
    const { principal, ip } = this.handshake;
    if (!principal || !user) return !principal && !user && ip === address;
    return destinationUserName(principal) === destinationUserName(user);
  }

  listen(listener: ConnectionListener): void {
    this.#listener = listener;
  }

  send(frame: OutboundFrame): void {
    if (this.#state !== SockJsSessionState.Open) return;
    const { monitor } = this.context;
    if (monitor.isOverfull(this.bufferedBytes)) return this.onTooSlow(monitor.tooMuch);
    this.#queue.push(frame);
    this.#queuedBytes += frame.bytes.length;
    if (this.#isWaitingForTurnEnd) return;
    this.#isWaitingForTurnEnd = true;
    atTurnEnd(this);
  }

  close(code: number, reason: string): void {
    if (this.#state !== SockJsSessionState.Open) return;
    this.#state = SockJsSessionState.Closed;
    this.#end = { code, reason };
    this.#goodbye = this.context.wheel.after(this.context.closeTimeout, () => this.#sayGoodbyeNoLonger());
    this.#releaseWaiting();
    this.#flush();
  }

  terminate(): void {
    this.#forget();
    this.#cutReceivers();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#releaseWaiting();
  }

  connected({ send }: ConnectedHeartBeat): void {
    this.place.connected();
    if (send === 0) return;
    this.#heartbeatTime = 0;
    this.#heartbeat?.cancel();
  }

  // What the requests of the client do.

  /** A response to write to; refused with a frame if there is another. */
  attach(receiver: HttpReceiver): void {
    if (this.#receiver) {
      receiver.end(closeFrame(2010, 'Another connection still open'));
      return;
    }
    this.#disconnect?.cancel();
    this.#receiver = receiver;
    this.#unfinished.add(receiver);
    receiver.listen(this);
    if (!this.#hasOpened) {
      this.#hasOpened = true;
      this.#write(OPEN_FRAME);
    }
    this.#flush();
    if (this.#receiver) this.#planHeartbeat(this.#heartbeatTime);
  }

  /** A request with messages comes. @returns what to call when it has been answered. @throws HandshakeRefusal when there are too many */
  beginSending(): () => void {
    if (this.#sending >= SENDING_LIMIT) throw new HandshakeRefusal(429);
    this.#sending++;
    return () => this.#sending--;
  }

  /** @throws HandshakeRefusal (as a rejection) when the session ends meanwhile */
  async whenReady(): Promise<void> {
    if (this.#isPaused && this.#state === SockJsSessionState.Open) {
      await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    }
  }

  receive(messages: readonly string[]): void {
    for (const message of messages) {
      if (this.#state !== SockJsSessionState.Open) return;
      if (message !== '') this.#listener?.onBytes(Buffer.from(message));
    }
  }

  tooBig(limit: number): void {
    if (this.#state === SockJsSessionState.Open) this.#listener?.onTooBig(limit);
    this.close(CloseCode.TooBig, '');
  }

  // What the current response tells.

  onReceiverDrain(): void {
    this.#flush();
  }

  onReceiverEnd(receiver: HttpReceiver): void {
    if (receiver !== this.#receiver) return;
    this.#receiver = undefined;
    this.#heartbeat?.cancel();
    this.#planDisconnect();
  }

  onReceiverFinish(receiver: HttpReceiver): void {
    this.#unfinished.delete(receiver);
    if (this.#hasSaidGoodbye) this.#tell();
    else if (this.#queue.size === 0) this.#tellDrain();
  }

  /** Some of what was written is lost, nobody knows what: such a stream cannot go on. */
  onReceiverBroken(receiver: HttpReceiver): void {
    this.#unfinished.delete(receiver);
    this.#forget();
  }

  // What the monitor and the turn's end tell.

  onTurnEnd(): void {
    this.#isWaitingForTurnEnd = false;
    this.#flush();
  }

  onTooSlow(reason: string): void {
    if (this.#state === SockJsSessionState.Gone) return;
    this.#dropQueue();
    this.close(CloseCode.SlowConsumer, reason);
    this.context.wheel.after(this.context.closeTimeout, () => this.#cutReceivers());
    this.#tell();
  }

  #sayGoodbye(): void {
    if (!this.#receiver) return;
    this.#hasSaidGoodbye = true;
    this.#receiver.end(closeFrame(this.#end.code, this.#end.reason));
  }

  #write(frame: string): void {
    this.#lastWritten = this.context.wheel.now;
    this.#receiver?.write(frame);
  }

  #flush(): void {
    while (this.#queue.size > 0 && this.#receiver?.canWrite) {
      this.#owesDrain = true;
      this.#write(joinedArrayFrame(this.#take(Math.min(this.#receiver.room, CHUNK))));
    }
    if (this.bufferedBytes > 0 && this.#listener) this.context.monitor.watch(this);
    if (this.#queue.size > 0) return;
    if (this.#state === SockJsSessionState.Closed) this.#sayGoodbye();
    else this.#tellDrain();
  }

  /** A response that is full, or that has been ended and is not finished, calls again. */
  #tellDrain(): void {
    const unfinished = this.#receiver ? 1 : 0;
    if (!this.#owesDrain || this.#unfinished.size > unfinished || this.#receiver?.canWrite === false) return;
    this.#owesDrain = false;
    this.#listener?.onDrain();
  }

  /** The next frames, at least one. */
  #take(room: number): OutboundFrame[] {
    const frames: OutboundFrame[] = [];
    let bytes = 0;
    do {
      const frame = this.#queue.shift()!;
      frames.push(frame);
      bytes += frame.bytes.length;
    } while (this.#queue.size > 0 && bytes < room);
    this.#queuedBytes -= bytes;
    this.#takenFrames += frames.length;
    return frames;
  }

  #cutReceivers(): void {
    for (const receiver of this.#unfinished) receiver.cut();
    this.#unfinished.clear();
  }

  #dropQueue(): void {
    this.#queue.clear();
    this.#queuedBytes = 0;
  }

  #planHeartbeat(delay: number): void {
    if (this.#heartbeatTime === 0) return;
    const { wheel } = this.context;
    this.#heartbeat?.cancel();
    this.#heartbeat = wheel.after(delay, () => {
      const remaining = this.#lastWritten + this.#heartbeatTime - wheel.now;
      if (remaining > 0) return this.#planHeartbeat(remaining);
      if (this.#receiver?.canWrite) this.#write(HEARTBEAT_FRAME);
      if (this.#receiver) this.#planHeartbeat(this.#heartbeatTime);
    });
  }

  #planDisconnect(): void {
    if (this.#state === SockJsSessionState.Gone) return;
    const { wheel, disconnectDelay } = this.context;
    this.#disconnect?.cancel();
    this.#disconnect = wheel.after(disconnectDelay, () => this.#forget());
  }

  #releaseWaiting(): void {
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (this.#state === SockJsSessionState.Open) resolve();
      else reject(new HandshakeRefusal(404));
    }
  }

  /** The client has not fetched the close frame in time. */
  #sayGoodbyeNoLonger(): void {
    this.#cutReceivers();
    this.#tell();
  }

  #forget(): void {
    if (this.#state === SockJsSessionState.Gone) return;
    this.#state = SockJsSessionState.Gone;
    this.#heartbeat?.cancel();
    this.#disconnect?.cancel();
    this.#receiver = undefined;
    this.#dropQueue();
    this.#releaseWaiting();
    this.#tell();
    this.place.leave();
    this.onForgotten();
  }

  #tell(): void {
    this.#goodbye?.cancel();
    this.context.monitor.forget(this);
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.onClose(this.#end.code, this.#end.reason);
  }
}

import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { CloseCode } from '../exceptions/stomp.exception.js';
import type { Handshake } from '../interfaces/handshake.interface.js';
import type { ConnectionPlace } from './connection-limits.js';
import type { ClientConnection, ConnectedHeartBeat, ConnectionListener, OutboundFrame } from './client-connection.js';
import { SocketWriter } from './socket-writer.js';
import type { TimerWheel } from '../utils/timer-wheel.js';
import type { PerMessageDeflate } from './per-message-deflate.js';
import type { SendBuffer, SendBufferMonitor } from './send-buffer.js';
import type { TransportLog } from './transport-log.js';
import { closeCode, closeReason, plainFrame } from './web-socket-frame.js';
import { WebSocketPing } from './web-socket-ping.js';
import type { ClosingWebSocket, WebSocketWriter } from './web-socket.upgrade.js';

/** What the connections of a server share. */
export interface ConnectionContext {
  readonly monitor: SendBufferMonitor;
  readonly log: TransportLog;
  /** The largest message that a client may send, in bytes. */
  readonly maxPayload: number;
  readonly wheel: TimerWheel;
  /** Undefined if nothing is ever compressed. */
  readonly deflate: PerMessageDeflate | undefined;
  /** How often clients without heart-beats are asked for a sign of life, in milliseconds; 0: never. */
  readonly pingInterval: number;
}

/**
 * A connection over `ws`. What `ws` is good at it does: the handshake, reading, control frames, closing. Messages are written past it,
 * straight to the socket: the same bytes go to every receiver, and all of one turn in one write.
 */
export class WebSocketConnection implements ClientConnection, SendBuffer, WebSocketWriter {
  readonly id = randomUUID();
  readonly transport: string = 'websocket';
  readonly protocol: string;
  protected listener: ConnectionListener | undefined;
  readonly #writer: SocketWriter;
  /** Why `ws` has closed the connection; it does not read the client's answer then. */
  #errorCode: number | undefined;
  #ping: WebSocketPing | undefined;
  /** Whether messages to this client may be compressed. */
  readonly #isDeflated: boolean;
  /** The close frame has been sent, or the line has been cut. */
  #isClosing = false;
  #isGone = false;

  constructor(
    private readonly webSocket: ClosingWebSocket,
    socket: Socket,
    readonly handshake: Handshake,
    private readonly place: ConnectionPlace,
    protected readonly context: ConnectionContext,
  ) {
    this.protocol = webSocket.protocol;
    this.#isDeflated = webSocket.inflater !== undefined;
    this.#writer = new SocketWriter(socket, () => this.#behind());
    webSocket.pause();
    webSocket.on('message', (message: Buffer) => this.onMessage(message));
    const drained = (): void => this.listener?.onDrain();
    socket.on('drain', drained);
    webSocket.on('close', (code, reason) => {
      // Node lets go of a closed socket late: with the listener it would keep the whole session as long.
      socket.off('drain', drained);
      place.leave();
      this.#gone(this.#errorCode ?? code, reason.toString());
    });
    webSocket.on('error', (error) => context.log.debug(`WebSocket ${this.id}: ${error.message}`));
    webSocket.writer = this;
    if (webSocket.inflater) socket.once('close', () => webSocket.inflater?.cut());
  }

  get bufferedBytes(): number {
    return this.#writer.bufferedBytes;
  }

  get progress(): number {
    return this.#writer.progress;
  }

  listen(listener: ConnectionListener): void {
    this.listener = listener;
    this.webSocket.resume();
  }

  send(frame: OutboundFrame): void {
    if (this.#isClosing) return;
    const { monitor } = this.context;
    if (monitor.isOverfull(this.bufferedBytes)) this.onTooSlow(monitor.tooMuch);
    else this.write(this.toWebSocketFrame(frame));
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    // A client that was made to wait must be heard again, or its answer to the close frame would not be.
    this.webSocket.resume();
    this.webSocket.close(closeCode(code), closeReason(reason));
  }

  terminate(): void {
    this.#isClosing = true;
    this.webSocket.terminate();
  }

  pause(): void {
    if (this.isOpen) this.webSocket.pause();
    this.webSocket.inflater?.pause();
  }

  resume(): void {
    this.#ping?.excuse();
    this.webSocket.resume();
    this.webSocket.inflater?.resume();
  }

  connected({ receive }: ConnectedHeartBeat): void {
    this.place.connected();
    const { wheel, pingInterval } = this.context;
    if (receive > 0 || pingInterval === 0) return;
    const silent = (): void => this.#giveUp(CloseCode.HeartBeatTimeout, 'No answer to a ping');
    this.#ping = new WebSocketPing(this.webSocket, this.#writer.socket, wheel, pingInterval, silent);
    this.#ping.start();
  }

  onTooSlow(reason: string): void {
    this.#giveUp(CloseCode.SlowConsumer, reason);
  }

  beforePong(): void {
    this.#writer.makeWay();
  }

  beforeClose(code: number | undefined, reason: string | Buffer | undefined): void {
    if (reason === undefined) this.#errorCode = code;
    this.onClosing(code, reason);
    this.#isClosing = true;
    this.#writer.makeWay();
  }

  protected get isOpen(): boolean {
    return this.webSocket.readyState === this.webSocket.OPEN;
  }

  protected write(bytes: Buffer): void {
    this.#writer.write(bytes);
  }

  protected toWebSocketFrame(frame: OutboundFrame): Buffer {
    return this.#isDeflated ? this.context.deflate!.frameOf(frame) : plainFrame(frame);
  }

  protected onMessage(message: Buffer): void {
    // What is dropped comes as nothing, too.
    if (message.length > 0) this.listener?.onBytes(message);
  }

  /** The last moment to write. The reason is undefined when an error of the client's closes the connection. */
  protected onClosing(code: number | undefined, reason: string | Buffer | undefined): void {
    if (code === CloseCode.TooBig && reason === undefined) this.listener?.onTooBig(this.context.maxPayload);
  }

  protected onGone(): void {}

  #behind(): void {
    if (!this.#isGone) this.context.monitor.watch(this);
  }

  /** `ws` cuts the line after `closeTimeout`, for a client that does not read will not read this either. */
  #giveUp(code: CloseCode, reason: string): void {
    this.close(code, reason);
    this.#gone(code, reason);
  }

  #gone(code: number, reason: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.context.monitor.forget(this);
    this.#ping?.stop();
    this.onGone();
    const { listener } = this;
    this.listener = undefined;
    listener?.onClose(code, reason);
  }
}

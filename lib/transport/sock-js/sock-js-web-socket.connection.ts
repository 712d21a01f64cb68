import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import type { Handshake } from '../../interfaces/handshake.interface.js';
import type { WheelTimer } from '../../utils/timer-wheel.js';
import type { ConnectedHeartBeat, ConnectionListener, OutboundFrame } from '../client-connection.js';
import type { ConnectionPlace } from '../connection-limits.js';
import { webSocketFrame } from '../web-socket-frame.js';
import { WebSocketConnection, type ConnectionContext } from '../web-socket.connection.js';
import type { ClosingWebSocket } from '../web-socket.upgrade.js';
import { arrayFrame, closeFrame, HEARTBEAT_FRAME, OPEN_FRAME, parseMessages } from './sock-js-frame.js';

export interface SockJsWebSocketContext extends ConnectionContext {
  readonly heartbeatTime: number;
  readonly webSocketFrames: SockJsWebSocketFrames;
}

/** Remembers the frame that was wrapped last: a fan-out writes it to one connection after another. */
export class SockJsWebSocketFrames {
  #frame: OutboundFrame | undefined;
  #bytes: Buffer | undefined;

  wrap(frame: OutboundFrame): Buffer {
    if (frame !== this.#frame || this.#bytes === undefined) {
      this.#frame = frame;
      this.#bytes = textFrame(arrayFrame(frame));
    }
    return this.#bytes;
  }
}

/** SockJS frames over a WebSocket: the transport that sockjs-client prefers. */
export class SockJsWebSocketConnection extends WebSocketConnection {
  readonly #context: SockJsWebSocketContext;
  #lastWritten = 0;
  #heartbeat: WheelTimer | undefined;
  #mayBeat: boolean;

  constructor(
    webSocket: ClosingWebSocket,
    socket: Socket,
    handshake: Handshake,
    place: ConnectionPlace,
    context: SockJsWebSocketContext,
  ) {
    super(webSocket, socket, handshake, place, context);
    this.#context = context;
    this.#mayBeat = context.heartbeatTime > 0;
    this.write(textFrame(OPEN_FRAME));
  }

  override listen(listener: ConnectionListener): void {
    super.listen(listener);
    this.#planHeartbeat(this.#context.heartbeatTime);
  }

  override connected(heartBeat: ConnectedHeartBeat): void {
    super.connected(heartBeat);
    if (heartBeat.send > 0) this.#disableHeartbeat();
  }

  protected override write(bytes: Buffer): void {
    super.write(bytes);
    this.#lastWritten = this.#context.wheel.now;
  }

  protected override toWebSocketFrame(frame: OutboundFrame): Buffer {
    return this.#context.webSocketFrames.wrap(frame);
  }

  protected override onMessage(message: Buffer): void {
    if (message.length === 0) return;
    const messages = isUtf8(message) ? parseMessages(message.toString()) : undefined;
    if (messages === undefined) return this.close(3000, 'Broken framing.');
    for (const text of messages) {
      if (text !== '') this.listener?.onBytes(Buffer.from(text));
    }
  }

  protected override onClosing(code: number | undefined, reason: string | Buffer | undefined): void {
    super.onClosing(code, reason);
    // The client's own goodbye is a Buffer; a string is ours.
    if (this.isOpen && code !== undefined && typeof reason === 'string')
      this.write(textFrame(closeFrame(code, reason)));
  }

  protected override onGone(): void {
    this.#disableHeartbeat();
  }

  #disableHeartbeat(): void {
    this.#mayBeat = false;
    this.#heartbeat?.cancel();
  }

  #planHeartbeat(delay: number): void {
    if (!this.#mayBeat) return;
    const { wheel, heartbeatTime } = this.#context;
    this.#heartbeat = wheel.after(delay, () => {
      const remaining = this.#lastWritten + heartbeatTime - wheel.now;
      if (remaining > 0) return this.#planHeartbeat(remaining);
      if (this.isOpen) this.write(textFrame(HEARTBEAT_FRAME));
      this.#planHeartbeat(heartbeatTime);
    });
  }
}

function textFrame(text: string): Buffer {
  return webSocketFrame(Buffer.from(text), true);
}

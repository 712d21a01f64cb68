import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Writable, type Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { WebSocket, WebSocketServer, type ServerOptions } from 'ws';
import { MessageInflater } from './message-inflater.js';
import { PER_MESSAGE_DEFLATE } from './per-message-deflate.js';
import { selectSubProtocol } from './sub-protocol.js';
import { corkThisTurn } from './turn-end.js';

/** Pieces that a client may cut one message into, and chunks that it may dribble one piece in. */
const PIECES = { maxFragments: 1_024, maxBufferedChunks: 4_096 };

/** Who writes to the socket of a WebSocket, too: what `ws` writes of its own must come behind. */
export interface WebSocketWriter {
  /** `ws` is about to answer a ping. */
  beforePong(): void;
  /** Whoever closes: we, the client, or `ws` because of what the client sent; then the reason is undefined. */
  beforeClose(code: number | undefined, reason: string | Buffer | undefined): void;
}

/** What `ws` knows of a WebSocket that is being closed. */
interface ClosingState {
  /** It has been taken by the operating system, with all that was written before it. */
  readonly _closeFrameSent: boolean;
  readonly _closeFrameReceived: boolean;
  readonly _socket: Socket;
}

/** A WebSocket that tells before `ws` writes something of its own, and that does not wait for more than it must when it closes. */
export class ClosingWebSocket extends WebSocket {
  writer: WebSocketWriter | undefined;

  /** There if compression has been agreed. */
  inflater: MessageInflater | undefined;

  /**
   * RFC 6455 “Close”: once both sides have said goodbye, the server closes the connection. `ws` would only end it, and wait until the client has
   * closed its side. One that has not said goodbye is waited for: it may still be sending, and for what stays unread the kernel resets the
   * connection, so that our close frame is lost.
   */
  override close(code?: number, reason?: string | Buffer): void {
    if (this.readyState === this.OPEN) this.writer?.beforeClose(code, reason);
    const { _closeFrameSent, _closeFrameReceived, _socket } = this as unknown as ClosingState;
    if (_closeFrameSent && _closeFrameReceived) {
      leave(_socket);
    } else {
      super.close(code, reason);
      if (_closeFrameReceived) _socket.once('finish', destroy);
    }
    this.inflater?.stop();
  }

  override pong(...data: Parameters<WebSocket['pong']>): void {
    this.writer?.beforePong();
    super.pong(...data);
  }

  /** `ws` ends its receiver up to three times, and Node makes an error that nobody sees, with its stack, for each time but the first. */
  endOnce(): void {
    const { _receiver } = this as unknown as { _receiver?: Writable };
    if (_receiver) _receiver.end = endUnlessEnded;
  }

  /** From now on the client's messages may be compressed. `ws` looks up by name who unfolds them, each time it comes to one. */
  inflate(maxPayload: number): void {
    this.inflater = new MessageInflater(maxPayload, (code) => this.close(code));
    const { _extensions } = this as unknown as { _extensions: Record<string, MessageInflater> };
    _extensions[PER_MESSAGE_DEFLATE] = this.inflater;
  }
}

/** A TCP connection ends as it should when it is closed; TLS has a goodbye of its own. */
function leave(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroySoon();
  else socket.destroy();
}

function destroy(this: Socket): void {
  this.destroy();
}

function endUnlessEnded(this: Writable, ...last: unknown[]): Writable {
  return this.writableEnded ? this : (Reflect.apply(Writable.prototype.end, this, last) as Writable);
}

/** Turns checked upgrade requests into WebSockets. */
export class WebSocketUpgrade {
  readonly #server: WebSocketServer;
  readonly #maxPayload: number;
  /** The answer to the extensions that the client offers whose upgrade is being completed. */
  #extensions: string | undefined;

  constructor({ maxPayload, closeTimeout }: { maxPayload: number; closeTimeout: number }) {
    const options: ServerOptions & { closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false, // what there is of it is ours
      maxPayload,
      ...PIECES,
      closeTimeout,
      WebSocket: ClosingWebSocket,
      handleProtocols: (names) => selectSubProtocol(names) ?? false,
    };
    this.#server = new WebSocketServer(options);
    this.#server.on('headers', (headers) => {
      if (this.#extensions !== undefined) headers.push(`Sec-WebSocket-Extensions: ${this.#extensions}`);
    });
    this.#maxPayload = maxPayload;
  }

  /**
   * @param extensions what has been agreed with the client, if anything
   * @returns the WebSocket, or undefined if the socket has gone
   */
  complete(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    extensions: string | undefined,
  ): ClosingWebSocket | undefined {
    let webSocket: ClosingWebSocket | undefined;
    this.#extensions = extensions;
    corkThisTurn(socket);
    this.#server.handleUpgrade(request, socket, head, (upgraded) => (webSocket = upgraded as ClosingWebSocket));
    if (extensions !== undefined) webSocket?.inflate(this.#maxPayload);
    webSocket?.endOnce();
    return webSocket;
  }
}

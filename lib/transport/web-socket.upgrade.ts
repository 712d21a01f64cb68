import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer, type ServerOptions } from 'ws';
import { selectSubProtocol } from './sub-protocol.js';

/** Pieces that a client may cut one message into, and chunks that it may dribble one piece in. */
const PIECES = { maxFragments: 1_024, maxBufferedChunks: 4_096 };

/** A WebSocket that tells before it closes, whoever closes it: we, the client, or `ws` because of what the client sent. */
export class ClosingWebSocket extends WebSocket {
  /** The reason is undefined when it is `ws` that closes because of an error. */
  beforeClose: (code: number | undefined, reason: string | Buffer | undefined) => void = () => {};

  override close(code?: number, reason?: string | Buffer): void {
    if (this.readyState === this.OPEN) this.beforeClose(code, reason);
    super.close(code, reason);
  }
}

/** Turns checked upgrade requests into WebSockets. */
export class WebSocketUpgrade {
  readonly #server: WebSocketServer;

  constructor({ maxPayload, closeTimeout }: { maxPayload: number; closeTimeout: number }) {
    const options: ServerOptions & { closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload,
      ...PIECES,
      closeTimeout,
      WebSocket: ClosingWebSocket,
      handleProtocols: (names) => selectSubProtocol(names) ?? false,
    };
    this.#server = new WebSocketServer(options);
  }

  /** @returns the WebSocket, or undefined if the socket has gone */
  complete(request: IncomingMessage, socket: Duplex, head: Buffer): ClosingWebSocket | undefined {
    let webSocket: ClosingWebSocket | undefined;
    this.#server.handleUpgrade(request, socket, head, (upgraded) => (webSocket = upgraded as ClosingWebSocket));
    return webSocket;
  }
}

import type { Handshake } from '../interfaces/handshake.interface.js';

/**
 * Bytes of one STOMP frame (or one EOL, the heart-beat) on their way to a client.
 *
 * One object serves every receiver of a message: the first connection of each kind leaves its own wrapping here, and all
 * others of the kind write the same bytes again.
 */
export interface OutboundFrame {
  readonly bytes: Buffer;
  /** Goes out as a text WebSocket message; legacy clients garble UTF-8 in binary ones. */
  readonly isText: boolean;
  /** Of `bytes`. */
  readonly length: number;
  /** Where `bytes` are among others, from `start` on. What is directly before them is free for a WebSocket header. */
  readonly memory?: Buffer;
  readonly start?: number;
  /** The bytes with a WebSocket header before them. */
  webSocketFrame?: Buffer;
  /** What goes to clients that have agreed to compression: the bytes compressed, if that is worth while, with a WebSocket header. */
  deflatedFrame?: Buffer;
  /** The bytes as a SockJS array frame, `a["…"]`. */
  sockJsFrame?: string;
}

/** How often there are STOMP heart-beats in each direction, in milliseconds; 0: none. */
export interface ConnectedHeartBeat {
  readonly send: number;
  readonly receive: number;
}

/** Who listens to a connection: the session. */
export interface ConnectionListener {
  /** Bytes came: a whole WebSocket message, or a piece of one; never more than the transport's limit at a time. */
  onBytes(bytes: Buffer): void;
  /** The client sent one message over the transport's limit; the connection closes with 1009 right after this. */
  onTooBig(limit: number): void;
  /** The send buffer is empty again. */
  onDrain(): void;
  /** The connection is gone. Called exactly once, and nothing is called after it. */
  onClose(code: number, reason: string): void;
}

/**
 * One client's way in and out, whatever carries it (WebSocket, SockJS). Frames go out in the order of `send`.
 * Nothing here throws: a connection that fails closes.
 */
export interface ClientConnection {
  /** Unguessable, unique; also the session's id. */
  readonly id: string;
  readonly handshake: Handshake;
  /** The agreed sub-protocol, such as `v12.stomp`, or '' if none was. */
  readonly protocol: string;
  /** `websocket`, `xhr_streaming` … for logs and metrics. */
  readonly transport: string;
  /** Bytes handed to `send` that the operating system has not taken yet. */
  readonly bufferedBytes: number;
  /** Starts the flow of events. Bytes that came before are delivered then. */
  listen(listener: ConnectionListener): void;
  send(frame: OutboundFrame): void;
  /** Writes what is buffered, then closes. A second call does nothing. */
  close(code: number, reason: string): void;
  /** Cuts the line at once. */
  terminate(): void;
  /** Stops reading, so that a client which sends faster than it is served feels it. */
  pause(): void;
  resume(): void;
  /** CONNECT has been accepted. What STOMP's heart-beats do from now on, the transport need not do (Spring `disableHeartbeat`). */
  connected(heartBeat: ConnectedHeartBeat): void;
}

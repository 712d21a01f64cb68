import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { PrincipalLike } from '../interfaces/principal.interface.js';
import type { ClientConnection, ConnectionListener, OutboundFrame } from '../transport/client-connection.js';
import type { Handshake } from '../interfaces/handshake.interface.js';

/** The client's end of an in-memory connection. */
export interface InMemoryPeer {
  onFrame(frame: OutboundFrame): void;
  onClose(code: number, reason: string): void;
}

/** What a test may say of the HTTP request that opens a session. */
export type InMemoryHandshake = Partial<Pick<Handshake, 'url' | 'headers' | 'query' | 'ip' | 'attributes'>>;

/** A connection without a socket: what one side sends the other has at once, in the same order. */
export class InMemoryConnection implements ClientConnection {
  readonly id = randomUUID();
  readonly protocol = 'v12.stomp';
  readonly transport = 'memory';
  readonly bufferedBytes = 0;
  readonly handshake: Handshake;
  #listener: ConnectionListener | undefined;
  #isClosed = false;
  #isPaused = false;
  #held: Buffer[] = [];
  #tellClosed: (end: { code: number; reason: string }) => void = () => {};
  readonly closed = new Promise<{ code: number; reason: string }>((resolve) => (this.#tellClosed = resolve));

  constructor(
    private readonly peer: InMemoryPeer,
    principal?: PrincipalLike,
    { url = '/memory', headers = {}, query = {}, ip = '127.0.0.1', attributes = new Map() }: InMemoryHandshake = {},
  ) {
    const request = { headers, url, method: 'GET' } as IncomingMessage;
    this.handshake = { request, url, headers, query, ip, principal, attributes };
  }

  listen(listener: ConnectionListener): void {
    this.#listener = listener;
  }

  /** Bytes from the client. */
  deliver(bytes: Buffer): void {
    if (this.#isClosed) return;
    if (this.#isPaused) this.#held.push(bytes);
    else this.#listener?.onBytes(bytes);
  }

  send(frame: OutboundFrame): void {
    if (!this.#isClosed) this.peer.onFrame(frame);
  }

  close(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.peer.onClose(code, reason);
    this.#tellClosed({ code, reason });
    queueMicrotask(() => this.#listener?.onClose(code, reason));
  }

  terminate(): void {
    this.close(1006, '');
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    const held = this.#held;
    this.#held = [];
    for (const bytes of held) this.deliver(bytes);
  }

  connected(): void {}
}

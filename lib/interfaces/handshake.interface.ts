import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { PrincipalLike } from './principal.interface.js';

/** What is known of the HTTP request that opened a session. */
export interface Handshake {
  /** The HTTP request itself. Its body has not been read. */
  readonly request: IncomingMessage;
  /** Path and query as the client sent them. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly query: Readonly<Record<string, string>>;
  /** Address of the peer; of the proxy, if there is one. */
  readonly ip: string;
  /** What `endpoints[].handshake` returned. */
  readonly principal?: PrincipalLike;
  /** What the handshake interceptors put there; becomes the session's attributes. */
  readonly attributes: Map<string, unknown>;
}

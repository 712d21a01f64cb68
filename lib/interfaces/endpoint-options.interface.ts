import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PrincipalLike } from './principal.interface.js';

/** The HTTP request that opens a session, with what `middleware` has put on it. */
export interface HandshakeRequest extends IncomingMessage {
  /** Of express-session, cookie-session and the like. */
  session?: any;
  sessionID?: string;
  /** Of passport. */
  user?: any;
}

/** What Express and Connect call a middleware. */
export type HandshakeMiddleware = (request: any, response: any, next: (error?: unknown) => void) => unknown;

/** Runs around the HTTP request that opens a session (Spring `HandshakeInterceptor`). */
export interface HandshakeInterceptor {
  /**
   * Before the upgrade. What is put into `attributes` becomes the session's attributes.
   * @returns false to refuse: the client is answered 403
   * @throws to refuse, too: with the status of Nest's `HttpException` if it is one, else with 403
   */
  beforeHandshake?(
    request: HandshakeRequest,
    attributes: Map<string, unknown>,
  ): boolean | void | Promise<boolean | void>;
  /** After the upgrade, in reverse order, for those whose `beforeHandshake` has passed. */
  afterHandshake?(request: HandshakeRequest, error?: Error): void | Promise<void>;
}

/** Ways to receive over HTTP, by the last segment of their URL. */
export type SockJsTransportName = 'xhr' | 'xhr_streaming' | 'eventsource' | 'htmlfile';

/** How the fallback for browsers without WebSocket behaves. Defaults are Spring's. */
export interface SockJsOptions {
  /** An `h` frame goes out after this silence, in milliseconds. 0 turns it off. @default 25_000 */
  heartbeatTime?: number;
  /** A session without a receiving connection ends after this, in milliseconds. @default 5_000 */
  disconnectDelay?: number;
  /** A streaming response ends after so many bytes and the client opens the next. @default 131_072 // 128 KiB */
  streamBytesLimit?: number;
  /** What `/info` says of cookies; true lets load balancers with sticky cookies work. @default true */
  sessionCookieNeeded?: boolean;
  /** Whether the WebSocket transport is offered. @default true */
  webSocketEnabled?: boolean;
  /** By which ways over HTTP clients may receive; others are answered 404. @default all of them */
  transports?: SockJsTransportName[];
  /** Leaves the CORS headers to somebody else, a proxy that adds its own; the `Origin` is checked all the same. @default false */
  suppressCors?: boolean;
  /** Where the iframe transports load sockjs-client from. @default 'https://cdn.jsdelivr.net/npm/sockjs-client@1/dist/sockjs.min.js' */
  clientLibraryUrl?: string;
  /** How many sessions may live on HTTP requests at once; a client that would open one more is answered 503. @default 10_000 */
  sessionLimit?: number;
}

/** One place where clients connect. */
export interface EndpointOptions {
  /** The HTTP path, or several for the same endpoint. @default '/ws' */
  path?: string | string[];
  /**
   * Which web pages may connect, by their `Origin`. A pattern may have `*` for any run of characters (`https://*.example.com`,
   * `http://localhost:*`) and a list of ports (`https://*.example.com:[8080,8443]`); `'*'` alone admits every page. Requests without
   * an `Origin` do not come from a page and are admitted. Others are answered 403. @default the page's own host only
   */
  allowedOrigins?: string[];
  /** Serve SockJS under the same path, the raw WebSocket being at `<path>` and `<path>/websocket`. @default false */
  sockJs?: boolean | SockJsOptions;
  /**
   * Run on each request before anything else of the application, because what an Express application uses does not see it: sessions,
   * cookies, passport. What one sets on the response is lost, since an upgrade has none; one that answers itself refuses the client
   * with its status. None may read the body. @default []
   * @example
   * middleware: [session({ secret, store }), passport.session()],
   * handshake: ({ user }) => user && { name: user.login },
   */
  middleware?: HandshakeMiddleware[];
  /** Run around each handshake, in this order. @default [] */
  handshakeInterceptors?: HandshakeInterceptor[];
  /**
   * Who the HTTP request belongs to, from a session, a cookie or a header for example. A throw refuses it, with the status of Nest's
   * `HttpException` or with 403. @default nobody
   */
  handshake?(request: HandshakeRequest): PrincipalLike | null | undefined | Promise<PrincipalLike | null | undefined>;
}

export type HttpRequestListener = (request: IncomingMessage, response: ServerResponse) => void;

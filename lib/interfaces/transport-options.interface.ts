import type { RateOptions } from './rate-limit-options.interface.js';

/** How messages to clients are compressed that have agreed to it. */
export interface PerMessageDeflateOptions {
  /** Frames with fewer bytes are sent as they are, headers included. @default 1_024 */
  threshold?: number;
  /** From 1, the fastest, to 9, the smallest: 6 takes up to six times as long as 1 to make JSON a sixth smaller. @default 1 */
  level?: number;
}

/** Limits of what one client may make the server hold. */
export interface TransportOptions {
  /**
   * The largest STOMP frame that a client may send, in bytes, headers included. Beyond it the client gets an ERROR and close code 1009.
   * @default 65_536 // 64 KiB
   */
  messageSizeLimit?: number;
  /** How many headers a frame may have. Beyond it: ERROR, close 1002. @default 100 */
  headerCountLimit?: number;
  /** The longest header line, name and value, in bytes. Beyond it: ERROR, close 1002. @default 8_192 */
  headerLengthLimit?: number;
  /**
   * How many bytes may wait for a client that reads slowly. Beyond it the session is closed with 4500: when the client goes on not to
   * read, and at once when 16 times as much waits, for what is sent in one turn of the event loop nobody can have read. A single frame
   * may be larger; several that are sent together may not.
   * @default 524_288 // 512 KiB
   */
  sendBufferSizeLimit?: number;
  /** How long bytes may wait without the client taking any, in milliseconds. Then the session is closed with 4500. @default 10_000 */
  sendTimeLimit?: number;
  /** A connection that has not sent CONNECT after this, in milliseconds, is closed with 4408. @default 60_000 */
  timeToFirstMessage?: number;
  /** How long a closing connection may take to say goodbye before it is cut, in milliseconds. @default 5_000 */
  closeTimeout?: number;
  /** How many subscriptions a session may have. Beyond it: ERROR, close 1002. @default 1_000 */
  subscriptionLimit?: number;
  /**
   * How many bytes the headers of a session's SUBSCRIBE frames may have, which are kept as long as the subscriptions. Beyond it: ERROR, close 1002.
   * @default 4_194_304 // 4 MiB
   */
  subscriptionSizeLimit?: number;
  /** How many transactions a session may have open. Beyond it: ERROR, close 1002. @default 16 */
  transactionLimit?: number;
  /** How many frames the open transactions of a session may hold. Beyond it: ERROR, close 1002. @default 1_000 */
  transactionFrameLimit?: number;
  /** How many bytes, of headers and bodies, the open transactions of a session may hold. Beyond it: ERROR, close 1002. @default 1_048_576 // 1 MiB */
  transactionSizeLimit?: number;
  /** How many replies of one session may be streams at a time. Beyond it the frame fails. @default 100 */
  streamLimit?: number;
  /** How many handshakes may wait for the application (interceptors, `handshake`) at once. Further ones are answered 503. @default 1_000 */
  handshakeLimit?: number;
  /** How long a handshake may take, in milliseconds. Then it is answered 503. @default 10_000 */
  handshakeTimeout?: number;
  /**
   * How many sessions a user may have, over all devices and tabs; users are told apart by `destinationUserName`, and clients that nobody
   * knows are not counted. Checked at CONNECT; `sessionsPerUserOverflow` says what becomes of one more. 0: any number. @default 100
   */
  sessionsPerUserLimit?: number;
  /**
   * What a user's CONNECT beyond the limit does. `reject`: it is answered ERROR `STOMP_ERR_SESSION_LIMIT` and closed with 4429.
   * `close-oldest`: it is accepted, and the user's oldest session is closed with 4429. @default 'reject'
   */
  sessionsPerUserOverflow?: 'reject' | 'close-oldest';
  /**
   * How many connections one address may have open, SockJS sessions included; of an IPv6 address the first 64 bits count. Further handshakes
   * are answered 429. Off by default, because all who are behind one proxy or one mobile network have the same address; see
   * `trustedProxies`. 0: any number. @default 0
   */
  sessionsPerAddressLimit?: number;
  /** How many connections may be open, or at their handshake, whose CONNECT has not been accepted. Further handshakes are answered 503. @default 5_000 */
  connectingLimit?: number;
  /**
   * How fast one address may open connections: so many per second, or `{ perSecond, burst }`. Further handshakes are answered 429 with
   * `Retry-After`. Off by default, for the same reason as `sessionsPerAddressLimit`. 0: any number. @default 0
   *
   * @example
   * connectionRateLimit: { perSecond: 5, burst: 50 }
   */
  connectionRateLimit?: number | RateOptions;
  /**
   * Addresses and networks of proxies whose `X-Forwarded-For` says where a request comes from. It becomes `Handshake.ip` and `session.ip`, and
   * is what the limits for addresses count. The header of anybody else is ignored: a client may write into it what it likes. @default []
   *
   * @example
   * trustedProxies: ['127.0.0.1', '10.0.0.0/8', 'fd00::/8']
   */
  trustedProxies?: string[];
  /**
   * How often a WebSocket whose client sends no STOMP heart-beats is asked for a sign of life (ping), in milliseconds from CONNECT on. One that has sent
   * nothing at all since is closed with 4409: the other end is gone without a word, and the operating system would take a quarter of an
   * hour to notice. 0: never. @default 30_000
   */
  pingInterval?: number;
  /**
   * Whether messages are compressed, in both directions, for clients that ask for permessage-deflate (RFC 7692), as browsers do. Every limit counts
   * the bytes of a client's message that it unfolds to. Each message is compressed by itself, once for all its receivers: both
   * `no_context_takeover` parameters are always part of the agreement, and an offer with `server_max_window_bits` below 15 is declined. SockJS
   * sessions are never compressed, the raw WebSocket of their endpoint is. See SECURITY.md before it is turned on. @default false
   *
   * @example
   * perMessageDeflate: { threshold: 2_048 }
   */
  perMessageDeflate?: boolean | PerMessageDeflateOptions;
  /**
   * How long `app.close()` may take for the clients, in milliseconds. What has been received is handled to its end first, answers and messages
   * are sent, then all are told 1001; the last second of this time, or its half, is for those goodbyes. What is not done by then is
   * abandoned, and connections that are still open are cut. @default 10_000
   */
  shutdownTimeout?: number;
}

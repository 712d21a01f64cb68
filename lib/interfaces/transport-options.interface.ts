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
   * How many bytes may wait for a client that reads slowly. Beyond it the session is closed with 4500.
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
}

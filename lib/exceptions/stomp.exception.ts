/** WebSocket close codes that this server uses; the table in docs/errors.md says what a client should do on each. */
export enum CloseCode {
  Normal = 1000,
  GoingAway = 1001,
  ProtocolError = 1002,
  TooBig = 1009,
  InternalError = 1011,
  SessionEnded = 4401,
  ConnectTimeout = 4408,
  HeartBeatTimeout = 4409,
  SessionLimit = 4429,
  SlowConsumer = 4500,
}

/** All codes of what can go wrong with a client's frame. */
export const STOMP_ERROR_CODES = [
  'STOMP_ERR_FRAME_TOO_LARGE',
  'STOMP_ERR_HEADER_LIMIT',
  'STOMP_ERR_MALFORMED_FRAME',
  'STOMP_ERR_UNKNOWN_COMMAND',
  'STOMP_ERR_NOT_CONNECTED',
  'STOMP_ERR_ALREADY_CONNECTED',
  'STOMP_ERR_VERSION',
  'STOMP_ERR_MISSING_HEADER',
  'STOMP_ERR_INVALID_HEADER',
  'STOMP_ERR_SUBSCRIPTION',
  'STOMP_ERR_SUBSCRIPTION_LIMIT',
  'STOMP_ERR_SESSION_LIMIT',
  'STOMP_ERR_TRANSACTION',
  'STOMP_ERR_ACK',
  'STOMP_ERR_SELECTOR',
  'STOMP_ERR_QUEUE_FULL',
  'STOMP_ERR_BROKER_UNAVAILABLE',
  'STOMP_ERR_DESTINATION',
  'STOMP_ERR_ACCESS_DENIED',
  'STOMP_ERR_RATE_LIMIT',
  'STOMP_ERR_AUTHENTICATION',
  'STOMP_ERR_EXPIRED',
  'STOMP_ERR_HEART_BEAT',
  'STOMP_ERR_HANDLER',
  'STOMP_ERR_INTERNAL',
] as const;

/** What went wrong with a client's frame. The code is stable; the sentence beside it may improve. */
export type StompErrorCode = (typeof STOMP_ERROR_CODES)[number];

/**
 * A client broke the protocol, or may not do what it asks for. The session answers with an ERROR frame, whose `message`
 * header is this exception's code and sentence, and closes with `closeCode`.
 */
export class StompException extends Error {
  override readonly name = 'StompException';

  constructor(
    readonly code: StompErrorCode,
    message: string,
    readonly closeCode: CloseCode = CloseCode.ProtocolError,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A client's text in an error message: short, on one line, and recognisable as a quotation. */
export function quote(value: string, limit = 40): string {
  const shown = value.length > limit ? `${value.slice(0, limit)}…` : value;
  return JSON.stringify(shown);
}

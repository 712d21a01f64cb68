import type { PrincipalLike } from '../interfaces/principal.interface.js';

/** What is known of a client that has been refused something. */
export interface AuditDetails {
  readonly sessionId?: string | undefined;
  readonly user?: PrincipalLike | undefined;
  readonly ip: string;
  readonly command?: string | undefined;
  readonly destination?: string | undefined;
  readonly code: string;
}

/**
 * A client has been refused something, or has been put out: for those who watch over the server (Spring Boot `AuditEvent`). It says who, from
 * where and what, and never what was in a frame's body or in its other headers, nor what an exception says: both may hold tokens.
 *
 * @example
 * \@StompEventListener(AuditEvent)
 * audit({ constructor: { name }, code, user, ip, command, destination }: AuditEvent) {
 *   this.trail.append({ name, code, user: user?.name, ip, command, destination });
 * }
 */
export abstract class AuditEvent {
  /** Milliseconds since the epoch. */
  readonly timestamp = Date.now();
  /** undefined: there was no session yet. */
  readonly sessionId: string | undefined;
  /** Who is known to have sent it; nobody is before CONNECT has been accepted, unless the handshake has said. */
  readonly user: PrincipalLike | undefined;
  /** Address of the peer; of the proxy, if there is one. */
  readonly ip: string;
  /** Of the frame, if there is one and it could be read. */
  readonly command: string | undefined;
  /** Of the frame, as the client wrote it: up to `transport.headerLengthLimit` bytes of anything. */
  readonly destination: string | undefined;
  /** For programs: a code of docs/errors.md, or the application's own, such as `FORBIDDEN`. */
  readonly code: string;

  constructor({ sessionId, user, ip, command, destination, code }: AuditDetails) {
    this.sessionId = sessionId;
    this.user = user;
    this.ip = ip;
    this.command = command;
    this.destination = destination;
    this.code = code;
  }
}

/** CONNECT was refused: `authenticate` threw, or the credentials have expired (Spring Security `AbstractAuthenticationFailureEvent`). */
export class AuthenticationFailureEvent extends AuditEvent {}

/**
 * A frame was denied by a rule, a guard, an interceptor or a handler that threw 401 or 403 (Spring Security `AuthorizationDeniedEvent`).
 * What a filter or a `@MessageExceptionHandler` has answered is not told of: the frame has not failed.
 */
export class AuthorizationDeniedEvent extends AuditEvent {}

/** A frame came faster than `rateLimits` or `@RateLimit` allow. */
export class RateLimitExceededEvent extends AuditEvent {}

/** A session was ended because its client broke the protocol or a limit of it; `code` says how. */
export class ProtocolErrorEvent extends AuditEvent {}

/** A session was ended with 4500 because its client read or acknowledged too slowly. */
export class SlowConsumerEvent extends AuditEvent {}

/** An HTTP request got no session: by its Origin, by what the application says, or because too many wait. */
export class HandshakeRefusedEvent extends AuditEvent {
  constructor(
    ip: string,
    /** The HTTP status of the answer. */
    readonly status: number,
    /** Of the request, without the query. */
    readonly path: string,
    readonly origin: string | undefined,
  ) {
    super({ ip, code: `HTTP_${status}` });
  }
}

import { quote, type StompErrorCode } from '../exceptions/stomp.exception.js';
import type { StompFrame } from '../frame/stomp-frame.js';
import { LogLimit } from '../utils/log-limit.js';
import {
  AuthenticationFailureEvent,
  HandshakeRefusedEvent,
  ProtocolErrorEvent,
  type AuditDetails,
  type AuditEvent,
} from './audit-events.js';
import type { SessionLog } from './session-context.js';
import type { StompEventPublisher } from './session-events.js';
import { StompSessionState } from './stomp-session-state.js';
import type { StompSession } from './stomp-session.js';

/** Why sessions end that is not their client's doing, or that is told of where a frame is refused. */
const NOT_TOLD: ReadonlySet<StompErrorCode> = new Set([
  'STOMP_ERR_ACCESS_DENIED',
  'STOMP_ERR_RATE_LIMIT',
  'STOMP_ERR_QUEUE_FULL',
  'STOMP_ERR_BROKER_UNAVAILABLE',
  'STOMP_ERR_HANDLER',
  'STOMP_ERR_HEART_BEAT',
  'STOMP_ERR_INTERNAL',
]);
const AUTHENTICATION: ReadonlySet<StompErrorCode> = new Set(['STOMP_ERR_AUTHENTICATION', 'STOMP_ERR_EXPIRED']);

/** Tells of what clients are refused: those who listen, else the log. */
export class Audit {
  /** One for each class of events, so that failed logins do not drown denials. */
  readonly #lines = new Map<unknown, LogLimit>();
  readonly #failures = new LogLimit();

  constructor(
    private readonly events: StompEventPublisher,
    private readonly log: SessionLog,
  ) {}

  publish(event: AuditEvent): void {
    if (this.events.publish(event)) return;
    const limit = this.#lines.get(event.constructor) ?? new LogLimit();
    this.#lines.set(event.constructor, limit);
    const line = limit.admit(() => describe(event));
    if (line !== undefined) this.log.debug(line);
  }

  /** A session ends with an ERROR. */
  sessionFailed(session: StompSession, code: StompErrorCode, frame: StompFrame | undefined): void {
    if (NOT_TOLD.has(code)) return;
    const details = detailsOf(session, code, frame);
    if (!AUTHENTICATION.has(code)) this.publish(new ProtocolErrorEvent(details));
    // Credentials that had been good once may end as they should.
    else if (session.state !== StompSessionState.Connected) this.publish(new AuthenticationFailureEvent(details));
  }

  /** What the application's own code throws at strangers is logged, but not as often as they like. */
  failed(what: string, error: unknown): void {
    const line = this.#failures.admit(() => what);
    if (line !== undefined) this.log.error(line, error);
  }
}

export function detailsOf(session: StompSession, code: string, frame?: StompFrame): AuditDetails {
  const { id, user, ip } = session;
  return {
    sessionId: id,
    user,
    ip,
    command: frame?.command,
    destination: frame?.headers.get('destination'),
    code,
  };
}

function describe(event: AuditEvent): string {
  const { sessionId, user, ip, command, destination, code } = event;
  const target = event instanceof HandshakeRefusedEvent ? event.path : destination;
  const parts = [
    command ?? '',
    target === undefined ? '' : quote(target, 100),
    sessionId === undefined ? '' : `session ${sessionId}`,
    user === undefined ? '' : `user ${quote(user.name)}`,
    ip,
  ];
  return `${event.constructor.name} ${quote(code)}: ${parts.filter((part) => part !== '').join(', ')}`;
}

import { CloseCode, STOMP_ERROR_CODES } from '../exceptions/stomp.exception.js';
import { STOMP_COMMANDS, type StompCommand } from '../frame/stomp-command.js';
import { REFUSAL_REASONS } from '../transport/handshake-refusal.js';
import { Tally } from '../utils/tally.js';

/** What the server closes with, and what else happens to connections. Clients may close with any code: others are not told apart. */
const CLOSE_CODES: readonly number[] = [
  ...Object.values(CloseCode).filter((code) => typeof code === 'number'),
  1005, // without a code
  1006, // without a word
  1007, // no UTF-8
  3000, // no SockJS
];

/**
 * What has happened in all sessions since the server was made. Counting is an addition where the thing happens; whoever wants
 * to know reads the numbers.
 */
export class SessionCounters {
  opened = 0;
  /** Handshakes that came to no session, by what was against it. */
  readonly refusedHandshakes = new Tally(REFUSAL_REASONS);
  /** Ended sessions by close code. */
  readonly closed = new Tally(CLOSE_CODES);
  /** Frames that the state of their session admitted. */
  readonly received = forEachCommand();
  readonly sent = forEachCommand();
  receivedHeartBeats = 0;
  sentHeartBeats = 0;
  /** STOMP's own, without what the transport wraps around them. */
  receivedBytes = 0;
  sentBytes = 0;
  /** Frames that their client may not send. */
  denied = 0;
  /** Frames that were refused for another reason: by an interceptor, or by the broker. */
  refused = 0;
  /** Frames whose handler failed. */
  failed = 0;
  /** ERROR frames by code. */
  readonly errors = new Tally(STOMP_ERROR_CODES);
}

function forEachCommand(): Record<StompCommand, number> {
  return Object.fromEntries(STOMP_COMMANDS.map((command) => [command, 0])) as Record<StompCommand, number>;
}

import { StompException } from '../exceptions/stomp.exception.js';
import type { StompCommand } from '../frame/stomp-command.js';

export enum StompSessionState {
  /** The line is open, nothing has been said. */
  Open = 'Open',
  /** CONNECT is being looked at. */
  Connecting = 'Connecting',
  Connected = 'Connected',
  /** The last frame has been sent; what the client still sends is ignored. */
  Closing = 'Closing',
  Closed = 'Closed',
}

const CONNECT_ONLY: ReadonlySet<StompCommand> = new Set(['CONNECT', 'STOMP']);
const CONVERSATION: ReadonlySet<StompCommand> = new Set([
  'SEND',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'BEGIN',
  'COMMIT',
  'ABORT',
  'ACK',
  'NACK',
  'DISCONNECT',
]);
const NOTHING: ReadonlySet<StompCommand> = new Set();

/** Which frames a client may send in which state. */
const ACCEPTED: Record<StompSessionState, ReadonlySet<StompCommand>> = {
  [StompSessionState.Open]: CONNECT_ONLY,
  [StompSessionState.Connecting]: NOTHING,
  [StompSessionState.Connected]: CONVERSATION,
  [StompSessionState.Closing]: NOTHING,
  [StompSessionState.Closed]: NOTHING,
};

/** @throws StompException when a client may not send this frame now, or not at all */
export function checkAccepted(command: StompCommand, state: StompSessionState): void {
  if (ACCEPTED[state].has(command)) return;
  if (!CONNECT_ONLY.has(command) && !CONVERSATION.has(command)) {
    throw new StompException('STOMP_ERR_UNKNOWN_COMMAND', `${command} is a frame that only a server sends.`);
  }
  throw state === StompSessionState.Open
    ? new StompException(
        'STOMP_ERR_NOT_CONNECTED',
        `${command} was sent before CONNECT. The first frame must be CONNECT or STOMP.`,
      )
    : new StompException('STOMP_ERR_ALREADY_CONNECTED', `${command} was sent on a session that is connected already.`);
}

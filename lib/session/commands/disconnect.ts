import type { StompFrame } from '../../frame/stomp-frame.js';
import type { MaybePromise } from '../../utils/maybe-promise.js';
import type { SessionContext } from '../session-context.js';
import type { StompSession } from '../stomp-session.js';

/** DISCONNECT: all frames before it have been handled; what they have sent must be with the broker, then the connection closes. */
export function disconnect(session: StompSession, _frame: StompFrame, context: SessionContext): MaybePromise<void> {
  return context.flush(session.id);
}

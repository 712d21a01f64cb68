import type { StompFrame } from '../../frame/stomp-frame.js';
import type { MessageCommand } from '../../messaging/message.js';
import type { MaybePromise } from '../../utils/maybe-promise.js';
import type { SessionContext } from '../session-context.js';
import type { StompSession } from '../stomp-session.js';
import { required } from './client-command.js';

/** BEGIN: SEND, ACK and NACK that name the transaction wait for its COMMIT. */
export function begin(session: StompSession, frame: StompFrame): void {
  session.transactions.begin(required(frame, 'transaction'));
}

/** COMMIT: all frames of the transaction take effect in their order, or none does. */
export function commit(session: StompSession, frame: StompFrame, context: SessionContext): MaybePromise<void> {
  const frames = session.transactions.end(required(frame, 'transaction'));
  const messages = frames.map((waiting) => session.toMessage(waiting.command as MessageCommand, waiting));
  context.admit(messages);
  return context.inbound.sendAll(messages);
}

/** ABORT: none of them does. */
export function abort(session: StompSession, frame: StompFrame): void {
  session.transactions.end(required(frame, 'transaction'));
}

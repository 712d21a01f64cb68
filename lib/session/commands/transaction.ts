import type { StompFrame } from '../../frame/stomp-frame.js';
import type { Message, MessageCommand } from '../../messaging/message.js';
import { then, type MaybePromise } from '../../utils/maybe-promise.js';
import type { SessionContext } from '../session-context.js';
import type { StompSession } from '../stomp-session.js';
import { required, type ReceiptHeaders } from './client-command.js';

/** BEGIN: SEND, ACK and NACK that name the transaction wait for its COMMIT. */
export function begin(session: StompSession, frame: StompFrame): void {
  session.transactions.begin(required(frame, 'transaction'));
}

/** COMMIT: all frames of the transaction take effect in their order, or none does. */
export function commit(
  session: StompSession,
  frame: StompFrame,
  context: SessionContext,
): MaybePromise<ReceiptHeaders> {
  const frames = session.transactions.end(required(frame, 'transaction'));
  const receipt = frame.headers.get('receipt');
  const messages = frames.map((waiting) => toMessage(session, waiting, receipt));
  context.admit(messages);
  return then(context.inbound.sendAll(messages), (sent) =>
    sent.some(({ headers }) => headers.receiptHeaders === null) ? null : undefined,
  );
}

/** A frame of a transaction has had its RECEIPT when it came: what it fails to do is the failure of COMMIT. */
function toMessage(session: StompSession, waiting: StompFrame, receipt: string | undefined): Message {
  const message = session.toMessage(waiting.command as MessageCommand, waiting);
  if (receipt === undefined) return message;
  return message.with({ nativeHeaders: waiting.headers.clone().set('receipt', receipt), isAwaited: true });
}

/** ABORT: none of them does. */
export function abort(session: StompSession, frame: StompFrame): void {
  session.transactions.end(required(frame, 'transaction'));
}

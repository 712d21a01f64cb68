import type { StompFrame } from '../../frame/stomp-frame.js';
import { then, type MaybePromise } from '../../utils/maybe-promise.js';
import type { SessionContext } from '../session-context.js';
import type { StompSession } from '../stomp-session.js';
import { required, type ReceiptHeaders } from './client-command.js';

/** ACK and NACK: what names the delivery differs by version. */
export function acknowledge(
  session: StompSession,
  frame: StompFrame,
  context: SessionContext,
): MaybePromise<ReceiptHeaders> {
  if (session.version === '1.2') {
    required(frame, 'id');
  } else {
    required(frame, 'message-id');
    if (session.version === '1.1') required(frame, 'subscription');
    // Before 1.2 an id is a header like any other.
    frame.headers.delete('id');
  }
  if (session.transactions.take(frame)) return;
  const message = session.toMessage(frame.command === 'ACK' ? 'ACK' : 'NACK', frame);
  return then(context.inbound.send(message), (sent) => sent && sent.headers.receiptHeaders);
}

import type { StompFrame } from '../../frame/stomp-frame.js';
import type { Message } from '../../messaging/message.js';
import { then, type MaybePromise } from '../../utils/maybe-promise.js';
import type { SessionContext } from '../session-context.js';
import type { StompSession } from '../stomp-session.js';
import { required, type ReceiptHeaders } from './client-command.js';

/** SEND: on its way to a handler, a user or the broker, at once or with its transaction. */
export function send(session: StompSession, frame: StompFrame, context: SessionContext): MaybePromise<ReceiptHeaders> {
  required(frame, 'destination');
  if (session.transactions.take(frame)) return;
  const message = session.toMessage('SEND', frame);
  return then(context.inbound.send(message), receiptHeadersOf);
}

function receiptHeadersOf(sent: Message | null): ReceiptHeaders {
  return sent && sent.headers.receiptHeaders;
}

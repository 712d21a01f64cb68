import { StompException, quote } from '../../exceptions/stomp.exception.js';
import type { StompFrame } from '../../frame/stomp-frame.js';
import { then, type MaybePromise } from '../../utils/maybe-promise.js';
import type { SessionContext } from '../session-context.js';
import { SessionUnsubscribeEvent } from '../session-events.js';
import type { StompSession } from '../stomp-session.js';
import { required, type ReceiptHeaders } from './client-command.js';

/** UNSUBSCRIBE: after its RECEIPT no MESSAGE comes for this id. */
export function unsubscribe(
  session: StompSession,
  frame: StompFrame,
  context: SessionContext,
): MaybePromise<ReceiptHeaders> {
  const byDestination = session.version === '1.0' && !frame.headers.has('id');
  const id = required(frame, byDestination ? 'destination' : 'id');
  const subscription = session.subscriptions.get(id);
  if (!subscription) {
    if (session.forgetEndedSubscription(id)) return;
    throw new StompException('STOMP_ERR_SUBSCRIPTION', `There is no subscription with the id ${quote(id)}.`);
  }
  const message = session
    .toMessage('UNSUBSCRIBE', frame)
    .with({ subscriptionId: id, subscription, destination: subscription.destination });
  return then(context.inbound.send(message), (sent) => {
    if (sent === null) return null;
    session.forgetEndedSubscription(id);
    // The server may have ended it in the meantime.
    if (subscription.isOver) return sent.headers.receiptHeaders;
    session.removeSubscription(id);
    context.events.publish(new SessionUnsubscribeEvent(session.id, session.user, sent, id));
    return sent.headers.receiptHeaders;
  });
}

import { StompException, quote } from '../../exceptions/stomp.exception.js';
import { sizeOf, type StompFrame } from '../../frame/stomp-frame.js';
import type { AckMode } from '../../messaging/subscription.js';
import { then, type MaybePromise } from '../../utils/maybe-promise.js';
import type { SessionContext } from '../session-context.js';
import { SessionSubscribeEvent } from '../session-events.js';
import type { StompSession } from '../stomp-session.js';
import { required, type ReceiptHeaders } from './client-command.js';

const ACK_MODES: ReadonlySet<string> = new Set<AckMode>(['auto', 'client', 'client-individual']);

/** SUBSCRIBE: from the RECEIPT on, nothing that is sent to the destination is missed. */
export function subscribe(
  session: StompSession,
  frame: StompFrame,
  context: SessionContext,
): MaybePromise<ReceiptHeaders> {
  const destination = required(frame, 'destination');
  const id = subscriptionId(session, frame);
  const ackMode = frame.headers.get('ack') ?? 'auto';
  if (!isAckMode(ackMode)) {
    throw new StompException(
      'STOMP_ERR_INVALID_HEADER',
      `The ack header ${quote(ackMode)} must be auto, client or client-individual.`,
    );
  }
  if (session.subscriptions.has(id)) {
    throw new StompException(
      'STOMP_ERR_SUBSCRIPTION',
      `The subscription id ${quote(id)} is in use; UNSUBSCRIBE it first.`,
    );
  }
  const { user } = session;
  const subscription = { id, destination, ackMode, receiver: session, size: sizeOf(frame), isOver: false };
  session.addSubscription(subscription);
  const message = session.toMessage('SUBSCRIBE', frame);
  message.headers.subscriptionId = id;
  message.headers.subscription = subscription;
  return then(context.inbound.send(message), (sent) => {
    if (sent === null || sent.headers.receiptHeaders === null) {
      session.removeSubscription(id);
      return null;
    }
    session.subscribed();
    // The server may have ended it in the meantime, and has said so.
    if (subscription.isOver) return sent.headers.receiptHeaders;
    context.events.publish(new SessionSubscribeEvent(session.id, session.user, sent, id, destination));
    // What let it pass may have gone by roles that the user has lost in the meantime.
    const renewed = session.user === user ? undefined : context.renewed(session);
    return then(renewed, () => sent.headers.receiptHeaders);
  });
}

/** STOMP 1.0 may leave the id out; then the destination stands for it, in UNSUBSCRIBE too. */
function subscriptionId(session: StompSession, frame: StompFrame): string {
  if (session.version === '1.0' && !frame.headers.has('id')) return required(frame, 'destination');
  return required(frame, 'id');
}

function isAckMode(text: string): text is AckMode {
  return ACK_MODES.has(text);
}

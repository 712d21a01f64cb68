import { MessageDeliveryException } from '../exceptions/messaging.exception.js';
import { StompException } from '../exceptions/stomp.exception.js';
import type { StompFrame } from '../frame/stomp-frame.js';
import { Message, MessageHeaders } from '../messaging/message.js';
import { HeaderList } from '../utils/header-list.js';
import type { ErrorDescription, SessionContext } from './session-context.js';
import type { StompSession } from './stomp-session.js';

/**
 * Tells a client that its frame has failed.
 *
 * A broken protocol is always an ERROR frame and the end of the connection. A frame that was understood but refused, or whose
 * handler failed, becomes a MESSAGE for a client that has subscribed to the error destination, and its session goes on. For a
 * client that has not, ERROR is the only answer STOMP knows: it gets one when it was refused or waits for a RECEIPT. What no
 * client waits for is only logged.
 */
export function reportFailure(session: StompSession, frame: StompFrame, error: unknown, context: SessionContext): void {
  if (error instanceof StompException) return session.fail(error, frame);
  const description = context.describeError(error);
  if (description.isUnexpected) {
    context.log.error(`${frame.command} ${frame.headers.get('destination') ?? ''} failed`, error);
  }
  if (frame.command === 'SUBSCRIBE') session.removeSubscription(frame.headers.get('id') ?? '');
  if (sendErrorMessage(session, frame, description, context)) return;
  const isRefused = error instanceof MessageDeliveryException || frame.command !== 'SEND';
  if (isRefused || frame.headers.has('receipt')) {
    const code = isRefused ? 'STOMP_ERR_ACCESS_DENIED' : 'STOMP_ERR_HANDLER';
    session.fail(new StompException(code, description.message), frame, [['error-code', description.code]]);
  } else {
    context.log.debug(`${frame.command} failed for session ${session.id}: ${description.message}`);
  }
}

/** @returns false when the client does not listen for errors */
function sendErrorMessage(
  session: StompSession,
  frame: StompFrame,
  { code, message, details }: ErrorDescription,
  { errorDestination, outbound }: SessionContext,
): boolean {
  const subscription = [...session.subscriptions.values()].find(({ destination }) => destination === errorDestination);
  if (!subscription) return false;
  const { headers } = frame;
  const about = {
    code,
    'receipt-id': headers.get('receipt'),
    'correlation-id': headers.get('correlation-id'),
    'failed-destination': headers.get('destination'),
  };
  const body = JSON.stringify({ code, message, details, receiptId: about['receipt-id'] });
  outbound.deliver(
    new Message(
      Buffer.from(body),
      MessageHeaders.of({
        destination: errorDestination,
        messageId: crypto.randomUUID(),
        nativeHeaders: HeaderList.from({ 'content-type': 'application/json', ...about }),
      }),
    ),
    subscription,
  );
  return true;
}

import {
  BrokerUnavailableException,
  MessageDeliveryException,
  QueueFullException,
} from '../exceptions/messaging.exception.js';
import { RateLimitExceededException } from '../exceptions/rate-limit-exceeded.exception.js';
import { CloseCode, StompException, type StompErrorCode } from '../exceptions/stomp.exception.js';
import type { StompFrame } from '../frame/stomp-frame.js';
import { Message, MessageHeaders } from '../messaging/message.js';
import type { Subscription } from '../messaging/subscription.js';
import { HeaderList } from '../utils/header-list.js';
import { AuthorizationDeniedEvent, RateLimitExceededEvent } from './audit-events.js';
import { detailsOf } from './audit.js';
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
  if (error instanceof StompException) {
    if (error.code === 'STOMP_ERR_ACCESS_DENIED') {
      context.counters.denied++;
      context.audit.publish(new AuthorizationDeniedEvent(detailsOf(session, error.code, frame)));
    }
    return session.fail(error, frame);
  }
  const { command, headers } = frame;
  const description = describe(error, `${command} ${headers.get('destination') ?? ''}`, context);
  if (command === 'SUBSCRIBE') session.removeSubscription(headers.get('id') ?? headers.get('destination') ?? '');
  const listener = errorSubscription(session, context);
  // A broker that is away for a while must not cost everyone who sends their session.
  const isLost = error instanceof BrokerUnavailableException && (command === 'SEND' || command === 'COMMIT');
  const isRefused = !isLost && (error instanceof MessageDeliveryException || command !== 'SEND');
  count(error, description, context);
  audit(session, frame, error, description, context);
  if (listener) {
    sendErrorMessage(listener, headers, description, context);
  } else if (isRefused || headers.has('receipt')) {
    const code = isRefused || isLost ? refusalOf(error) : 'STOMP_ERR_HANDLER';
    const exception = new StompException(code, description.message, CloseCode.ProtocolError, { cause: error });
    session.fail(exception, frame, [['error-code', description.code]]);
  } else if (!description.isDenied) {
    context.log.debug(`${command} failed for session ${session.id}: ${description.code}`);
  }
}

function count(error: unknown, { isDenied }: ErrorDescription, { counters }: SessionContext): void {
  if (isDenied) counters.denied++;
  else if (error instanceof MessageDeliveryException) counters.refused++;
  else counters.failed++;
}

function audit(
  session: StompSession,
  frame: StompFrame,
  error: unknown,
  { code, isDenied }: ErrorDescription,
  context: SessionContext,
): void {
  const EventType = isDenied
    ? AuthorizationDeniedEvent
    : error instanceof RateLimitExceededException
      ? RateLimitExceededEvent
      : undefined;
  if (EventType) context.audit.publish(new EventType(detailsOf(session, code, frame)));
}

function refusalOf(error: unknown): StompErrorCode {
  if (error instanceof BrokerUnavailableException) return 'STOMP_ERR_BROKER_UNAVAILABLE';
  if (error instanceof QueueFullException) return 'STOMP_ERR_QUEUE_FULL';
  return error instanceof RateLimitExceededException ? 'STOMP_ERR_RATE_LIMIT' : 'STOMP_ERR_ACCESS_DENIED';
}

/**
 * Tells a client that a stream has ended with an error, after the frame which began it had been answered: on the subscription
 * that the stream was for, else where the client listens for errors.
 */
export function reportLateFailure(
  session: StompSession,
  { headers }: Message,
  error: unknown,
  context: SessionContext,
): void {
  const description = describe(error, `The stream of ${headers.command} ${headers.destination ?? ''}`, context);
  context.counters.failed++;
  const listener = headers.subscription ?? errorSubscription(session, context);
  if (listener) sendErrorMessage(listener, headers.nativeHeaders, description, context);
}

/** Tells a client that the server has ended one of its subscriptions: where it listens for errors, else on the subscription itself. */
export function reportEnd(session: StompSession, ended: Subscription, message: string, context: SessionContext): void {
  const code = 'SUBSCRIPTION_ENDED';
  const headers = [
    ['error-code', code],
    ['failed-destination', ended.destination],
    ['failed-subscription', ended.id],
  ] as const;
  const listener = errorSubscription(session, context);
  deliver(listener ?? ended, headers, { code, message }, context, !listener);
}

/** Tells a client what an exception filter has to say (Nest `BaseWsExceptionFilter`), if it listens for its errors. */
export function reportEvent(session: StompSession, event: string, data: unknown, context: SessionContext): void {
  const listener = errorSubscription(session, context);
  if (!listener) return context.log.debug(`Session ${session.id} does not listen for its errors: ${event}`);
  deliver(listener, [['event', event]], data, context);
}

/** What nobody has foreseen is logged, once. */
function describe(error: unknown, what: string, context: SessionContext): ErrorDescription {
  const description = context.describeError(error);
  if (description.isUnexpected) context.log.error(`${what} failed`, error);
  return description;
}

function errorSubscription(session: StompSession, { errorDestination }: SessionContext): Subscription | undefined {
  for (const subscription of session.subscriptions.values()) {
    if (subscription.destination === errorDestination) return subscription;
  }
  return undefined;
}

function sendErrorMessage(
  subscription: Subscription,
  failed: HeaderList,
  { code, message, details }: ErrorDescription,
  context: SessionContext,
): void {
  const receiptId = failed.get('receipt');
  const headers = [
    ['error-code', code],
    ['correlation-id', failed.get('correlation-id')],
    ['failed-destination', failed.get('destination')],
    ['failed-receipt', receiptId],
  ] as const;
  deliver(subscription, headers, { code, message, details: writable(details, context), receiptId }, context);
}

/** Nothing in place of details that cannot be written: code and message are better than no report. */
function writable(details: unknown, { log }: SessionContext): unknown {
  try {
    JSON.stringify(details);
    return details;
  } catch {
    log.warn('The details of an error cannot be written as JSON: its client is told the code and the message alone.');
    return undefined;
  }
}

function deliver(
  subscription: Subscription,
  nativeHeaders: readonly (readonly [string, string | undefined])[],
  body: unknown,
  { deliveries }: SessionContext,
  isLast = false,
): void {
  // A stream may fail because its subscription is over.
  if (!isLast && subscription.isOver) return;
  const headers = MessageHeaders.of({
    destination: subscription.destination,
    messageId: crypto.randomUUID(),
    isLast,
    nativeHeaders: HeaderList.from([['content-type', 'application/json'], ...nativeHeaders]),
  });
  deliveries.report(new Message(Buffer.from(JSON.stringify(body) ?? 'null'), headers), subscription);
}

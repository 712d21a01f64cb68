import { MessageHandlingException } from '../exceptions/messaging.exception.js';
import { quote } from '../exceptions/stomp.exception.js';
import type { ClientOutboundChannel } from '../messaging/client-outbound.channel.js';
import type { CompositeMessageConverter } from '../messaging/message-converter.js';
import { Message, type MessageHeaders } from '../messaging/message.js';
import type { SimpMessagingTemplate } from '../messaging/simp-messaging.template.js';
import { withPrefix } from '../utils/destination-pattern.js';
import { startAll, then, type MaybePromise } from '../utils/maybe-promise.js';
import { destinationUserName } from '../utils/principal.js';
import type { DestinationTemplate } from './destination-template.js';
import type { DirectSubscribers } from './direct-subscribers.js';
import type { ReplyPlan } from './reply-plan.js';
import type { StompExecutionContext } from './stomp-execution-context.js';

export interface ReplyDependencies {
  readonly template: SimpMessagingTemplate;
  readonly converter: CompositeMessageConverter;
  readonly outbound: ClientOutboundChannel;
  readonly subscribers: DirectSubscribers;
  readonly nextMessageId: () => string;
  /** Where replies go that name no destination, before the mapped destination. */
  readonly defaultDestinationPrefix: string;
  /** The same for `@SendToUser`. */
  readonly defaultUserDestinationPrefix: string;
  /** Where the value of an exception filter goes: the sender's own, behind the user prefix. */
  readonly errorDestination: string;
  /** What destinations begin with that somebody takes messages for. */
  readonly servedPrefixes: readonly string[];
  readonly log: { warn(message: string): void };
}

type Address = Pick<MessageHeaders, 'destination' | 'sessionId' | 'excludedSessionId'> &
  Partial<Pick<MessageHeaders, 'nativeHeaders'>>;

/** Sends what handlers return (Spring `SendToMethodReturnValueHandler`, `SubscriptionMethodReturnValueHandler`). */
export class ReplySender {
  /** Whose replies to the default destination nobody gets: each is told of once. */
  readonly #unserved = new WeakSet<ReplyPlan>();

  constructor(private readonly dependencies: ReplyDependencies) {}

  /**
   * A client may have the reply to its SEND sent to one of its own user destinations too.
   * @throws MessageHandlingException when `reply-to` names another, before the handler has done anything
   */
  checkReplyTo({ message }: StompExecutionContext): void {
    const { userDestinationPrefix: prefix } = this.dependencies.template;
    const replyTo = replyToOf(message);
    if (replyTo === undefined || replyTo.startsWith(prefix)) return;
    throw new MessageHandlingException(
      `The reply-to header ${quote(replyTo)} must name a user destination of the sender's own, such as ${prefix}queue/replies.`,
    );
  }

  /** Sends one value, which is written once however many destinations it goes to. */
  send(value: unknown, plan: ReplyPlan, context: StompExecutionContext): MaybePromise<void> {
    if (value === undefined || value === null) return;
    const reply = this.#toMessage(value, context);
    if (plan.isDirect) return this.#sendToSubscription(value, reply, context);
    const addresses = this.#addresses(value, reply, plan, context);
    if (addresses.length === 1) return this.#sendTo(addresses[0]!, reply);
    return startAll(addresses, (address) => this.#sendTo(address, reply.with({})));
  }

  /**
   * To the session that sent the message and to no other: where its `reply-to` says, or else to `destination`.
   * @param event for the header of this name
   */
  answer(value: unknown, destination: string, event: string | undefined, context: StompExecutionContext) {
    const reply = this.#toMessage(value, context);
    if (event !== undefined) reply.headers.nativeHeaders.set('event', event);
    const address = this.#ownAddress(this.#replyTo(context) ?? destination, context);
    return this.#sendTo(correlated(address, reply, context), reply);
  }

  /** To the session that sent the message and to no other. */
  sendError(value: unknown, context: StompExecutionContext): MaybePromise<void> {
    if (value === undefined || value === null) return;
    const { errorDestination } = this.dependencies;
    const error = this.#toMessage(value, context);
    return this.#sendTo(correlated(this.#userAddress(errorDestination, false, context), error, context), error);
  }

  /** A message's own headers go along. */
  #toMessage(value: unknown, { message }: StompExecutionContext): Message {
    const { converter } = this.dependencies;
    const reply =
      value instanceof Message
        ? converter.toMessage(value.payload, value.headers.nativeHeaders)
        : converter.toMessage(value);
    reply.headers.isAwaited = message.headers.isAwaited;
    return reply;
  }

  #sendToSubscription(value: unknown, reply: Message, context: StompExecutionContext): MaybePromise<void> {
    const { destination, subscription } = context.message.headers;
    if (!subscription) throw new MessageHandlingException('There is no subscription to reply to.');
    // It may have ended while the handler was at work: nobody would acknowledge the reply.
    if (subscription.isOver) return;
    const { headers } = reply;
    headers.command = 'MESSAGE';
    headers.destination = destination;
    headers.messageId = this.dependencies.nextMessageId();
    if (value instanceof Message) {
      headers.onAck = value.headers.onAck;
      headers.onNack = value.headers.onNack;
    }
    const { subscribers } = this.dependencies;
    const subscriber = subscribers.of(context);
    if (subscriber) return subscriber.deliver(reply);
    return then(this.dependencies.outbound.deliver(reply, subscription), () => subscribers.acknowledged(reply));
  }

  #sendTo(address: Address, message: Message): MaybePromise<void> {
    const { headers } = message;
    headers.destination = address.destination;
    headers.sessionId = address.sessionId;
    headers.excludedSessionId = address.excludedSessionId;
    if (address.nativeHeaders) headers.nativeHeaders = address.nativeHeaders;
    return this.dependencies.template.send(message);
  }

  /** The user's own first. */
  #addresses(value: unknown, reply: Message, plan: ReplyPlan, context: StompExecutionContext): Address[] {
    const { defaultDestinationPrefix, defaultUserDestinationPrefix } = this.dependencies;
    const addresses: Address[] = [];
    let replyTo = this.#replyTo(context);
    if (plan.toUser) {
      const { targets, broadcast } = plan.toUser;
      for (const destination of destinations(targets, defaultUserDestinationPrefix, context)) {
        const address = this.#userAddress(destination, broadcast, context);
        // What goes there anyway need not go there twice.
        const isAskedFor = destination === replyTo;
        if (isAskedFor) replyTo = undefined;
        // Other sessions of the user have asked nothing; their own requests may have the same id.
        const isForAskingSession = isAskedFor || address.sessionId !== undefined;
        addresses.push(isForAskingSession ? correlated(address, reply, context) : address);
      }
    }
    if (replyTo !== undefined) {
      addresses.push(correlated(this.#ownAddress(replyTo, context), reply, context));
    }
    if (plan.to) {
      const { targets, echo } = plan.to;
      const { sessionId } = context.message.headers;
      const own = targets.length === 0 ? ownDestination(value, context) : undefined;
      const all = own === undefined ? destinations(targets, defaultDestinationPrefix, context) : [own];
      if (targets.length === 0) this.#checkServed(all[0]!, plan, context);
      for (const destination of all) {
        addresses.push(echo ? { destination, sessionId } : { destination, sessionId, excludedSessionId: sessionId });
      }
    }
    return addresses;
  }

  /** Only when it is called it is known whether a method that names no destination replies at all. */
  #checkServed(destination: string, plan: ReplyPlan, { method }: StompExecutionContext): void {
    const { servedPrefixes, log } = this.dependencies;
    if (servedPrefixes.some((prefix) => destination.startsWith(prefix)) || this.#unserved.has(plan)) return;
    this.#unserved.add(plan);
    log.warn(
      `What ${method.toString()} replies to ${quote(destination, 100)} nobody gets: a reply goes to a destination that begins with ` +
        `${servedPrefixes.join(', ')}. Name one with @SendTo() or @SendToUser(), or set the option defaultDestinationPrefix.`,
    );
  }

  /** Without the user prefix. An exception handler may be called for a message whose `reply-to` was refused. */
  #replyTo({ message }: StompExecutionContext): string | undefined {
    const { userDestinationPrefix: prefix } = this.dependencies.template;
    const replyTo = message.headers.sessionId === undefined ? undefined : replyToOf(message);
    return replyTo?.startsWith(prefix) ? replyTo.slice(prefix.length - 1) : undefined;
  }

  /** Of the one session, whatever its user is called. */
  #ownAddress(destination: string, { message }: StompExecutionContext): Address {
    const sessionId = message.headers.sessionId!;
    return { destination: this.dependencies.template.userDestination(sessionId, destination), sessionId };
  }

  #userAddress(destination: string, broadcast: boolean, context: StompExecutionContext): Address {
    const { sessionId } = context.message.headers;
    const user = context.user && destinationUserName(context.user);
    const name = user ?? sessionId;
    if (name === undefined) throw new MessageHandlingException('There is neither a user nor a session to reply to.');
    const userDestination = this.dependencies.template.userDestination(name, destination);
    const isForAllSessions = broadcast && user !== undefined;
    return isForAllSessions ? { destination: userDestination } : { destination: userDestination, sessionId };
  }
}

function replyToOf({ headers: { command, nativeHeaders } }: Message): string | undefined {
  return command === 'SEND' ? nativeHeaders.get('reply-to') : undefined;
}

/**
 * An address with the native headers that tell a client what is answered: the `correlation-id` that it gave its message, and the
 * `failed-receipt` of a frame that has failed.
 */
function correlated(address: Address, { headers }: Message, { message, hasFailed }: StompExecutionContext): Address {
  const { nativeHeaders: asked } = message.headers;
  const correlationId = asked.get('correlation-id');
  // Other sessions of the user count their receipts themselves, and may wait for one of the same name.
  const failedReceipt = hasFailed && address.sessionId !== undefined ? asked.get('receipt') : undefined;
  if (correlationId === undefined && failedReceipt === undefined) return address;
  const nativeHeaders = headers.nativeHeaders.clone();
  if (correlationId !== undefined) nativeHeaders.set('correlation-id', correlationId);
  if (failedReceipt !== undefined) nativeHeaders.set('failed-receipt', failedReceipt);
  return { ...address, nativeHeaders };
}

/** A message that names its destination itself need not take the default; the client's own, returned, names that of the handler. */
function ownDestination(value: unknown, { message }: StompExecutionContext): string | undefined {
  const destination = value instanceof Message ? value.headers.destination : undefined;
  return destination === message.headers.destination ? undefined : destination;
}

function destinations(
  targets: readonly DestinationTemplate[],
  defaultPrefix: string,
  { variables, lookupDestination }: StompExecutionContext,
): string[] {
  if (targets.length > 0) return targets.map((target) => target.expand(variables));
  return [withPrefix(defaultPrefix, lookupDestination)];
}

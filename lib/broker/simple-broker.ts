import { QueueFullException } from '../exceptions/messaging.exception.js';
import { StompException, quote } from '../exceptions/stomp.exception.js';
import type { ResolvedSimpleBrokerOptions, SlowConsumerOptions } from '../interfaces/broker-options.interface.js';
import type { ClientOutboundChannel } from '../messaging/client-outbound.channel.js';
import { Message, MessageHeaders } from '../messaging/message.js';
import type { MessageReceiver } from '../messaging/subscription.js';
import { HeaderList } from '../utils/header-list.js';
import { isPromise, then, type MaybePromise } from '../utils/maybe-promise.js';
import { BrokerSubscription } from './broker-subscription.js';
import type { Deliveries } from '../messaging/deliveries.js';
import { checkDepth, isPattern } from './destination-matcher.js';
import { HistoryRecorder } from './history-recorder.js';
import type { MessageBrokerStats } from './message-broker-stats.js';
import type { MessageBroker } from './message-broker.js';
import { SlowConsumers } from './slow-consumers.js';
import { SubscriptionRegistry } from './subscription-registry.js';
import { BacklogSize, TopicBacklog } from './topic-backlog.js';
import { groupQueues, longestQueues } from './work-queue-stats.js';
import { WorkQueues } from './work-queues.js';

export interface SimpleBrokerSettings extends Omit<ResolvedSimpleBrokerOptions, 'kind'> {
  readonly pathSeparator: string;
  /** Told of what could be neither delivered nor kept. */
  readonly onLost: (what: string, error: unknown) => void;
  /** Told of what is sent to topics, for the subscriptions of other servers. */
  readonly toOthers?: (message: Message) => void;
  /** Told when it begins and when it ceases to take messages. */
  readonly onAvailability: (isAvailable: boolean) => void;
}

/**
 * The broker in this process (Spring `SimpleBrokerMessageHandler`). A destination is a topic, where every subscription gets
 * every message, or a work queue, where each message goes to one. Everything happens at once and in the order of the calls, so
 * a subscription misses nothing that is sent after it and gets nothing twice.
 */
export class SimpleBroker implements MessageBroker {
  readonly #subscriptions: SubscriptionRegistry;
  readonly #history: HistoryRecorder;
  readonly #slowConsumers: SlowConsumers;
  readonly #queues: WorkQueues;
  readonly #backlogs = new WeakMap<BrokerSubscription, TopicBacklog>();
  readonly #backlogSizes = new WeakMap<MessageReceiver, BacklogSize>();
  /** Of all sessions. */
  readonly #backlogSize = new BacklogSize();
  #deadLetters = 0;
  #isAvailable = false;

  constructor(
    private readonly outbound: ClientOutboundChannel,
    private readonly deliveries: Deliveries,
    private readonly nextMessageId: () => string,
    private readonly settings: SimpleBrokerSettings,
  ) {
    this.#subscriptions = new SubscriptionRegistry(settings.pathSeparator);
    this.#history = new HistoryRecorder(settings, {
      toSubscription: (message, subscription) => this.#deliver(message, subscription),
      toAll: (message, senderId) => this.#broadcast(message, senderId),
      lost: (destination) => this.#lost(destination),
      isSubscribed: (destination) => this.#subscriptions.has(destination),
    });
    this.#queues = new WorkQueues(settings, deliveries, (message, count, options) =>
      this.#buryDeadLetter(message, count, options.deadLetterDestination),
    );
    this.#slowConsumers = new SlowConsumers(
      settings,
      (message, subscription) => void outbound.deliver(message, subscription),
    );
    outbound.onDrained((receiver) => this.#resume(receiver));
    deliveries.onCredit((receiver) => this.#shareCredit(receiver));
  }

  start(): MaybePromise<void> {
    return then(this.#history.start(), () => this.#setAvailable(true));
  }

  stop(): MaybePromise<void> {
    this.#setAvailable(false);
    return this.#history.stop();
  }

  handleMessage(message: Message): MaybePromise<void> {
    const { command, sessionId, subscriptionId } = message.headers;
    if (command === 'SEND') {
      if (this.#isForBroker(message)) return this.#publish(message);
    } else if (command === 'SUBSCRIBE') {
      if (this.#isForBroker(message)) return this.#subscribe(message);
    } else if (command === 'UNSUBSCRIBE') {
      this.subscriptionEnded(sessionId!, subscriptionId!);
    }
  }

  /** Whether a message that comes from another server would reach anybody, or be kept. */
  isWanted(destination: string): boolean {
    return this.#subscriptions.has(destination) || this.#history.keeps(destination);
  }

  /** A message that comes from another server, whose broker has given it an id. */
  receive(message: Message): MaybePromise<void> {
    if (this.#isForBroker(message)) return this.#history.receive(message);
  }

  /** Messages of other servers have not come: what a shared history has of them is delivered. */
  catchUp(): void {
    this.#history.catchUp();
  }

  /** @throws QueueFullException when the queues have no room for all of the messages together */
  validate(messages: readonly Message[]): void {
    const isQueued = (message: Message): boolean =>
      message.headers.command === 'SEND' && this.#isForBroker(message) && this.#queues.optionsOf(message) !== undefined;
    this.#queues.checkRoom(messages.filter(isQueued));
  }

  subscriptionEnded(sessionId: string, subscriptionId: string): void {
    this.#end(this.#subscriptions.remove(sessionId, subscriptionId));
  }

  sessionEnded(sessionId: string): void {
    const ended = this.#subscriptions.removeSession(sessionId);
    // First all of them: what one gives back must not go to another of the same dead session.
    for (const subscription of ended) this.#queues.removeConsumer(subscription);
    for (const subscription of ended) this.#end(subscription);
  }

  stats(): MessageBrokerStats {
    const queues = this.#queues.values();
    const { messages, bytes } = this.#backlogSize;
    return {
      isAvailable: this.#isAvailable,
      queues: groupQueues(queues, this.settings.queues),
      longestQueues: longestQueues(queues),
      deadLetters: this.#deadLetters,
      backlog: { messages, bytes },
      slowConsumers: this.#slowConsumers.stats(),
      history: this.settings.historyStore.stats?.(),
    };
  }

  #setAvailable(isAvailable: boolean): void {
    if (this.#isAvailable === isAvailable) return;
    this.#isAvailable = isAvailable;
    this.settings.onAvailability(isAvailable);
  }

  #isForBroker({ headers: { destination, isPrivate } }: Message): boolean {
    if (destination === undefined) return false;
    if (!isPrivate && !this.settings.destinationPrefixes.some((prefix) => destination.startsWith(prefix))) return false;
    checkDepth(destination, this.settings.pathSeparator);
    return true;
  }

  #publish(message: Message): MaybePromise<void> {
    const outgoing = this.#outgoing(message);
    const queue = this.#queues.optionsOf(message);
    if (queue) return this.#queues.add(outgoing, queue);
    return this.#history.publish(outgoing, message.headers.sessionId, this.settings.toOthers);
  }

  /** Messages of a shared history are gone that nobody has got. */
  #lost(destination: string): void {
    this.#subscriptions.match(destination, false, (subscription) => (subscription.lacksPast = true));
  }

  #broadcast(message: Message, senderId: string | undefined): void {
    const { destination, isPrivate } = message.headers;
    const policy = this.#slowConsumers.policyOf(message);
    this.#subscriptions.match(destination!, isPrivate, (subscription) => {
      if (subscription.wants(message, senderId)) this.#deliver(message, subscription, policy);
    });
  }

  #deliver(message: Message, subscription: BrokerSubscription, policy?: SlowConsumerOptions): void {
    if (this.#history.holds(message, subscription)) return;
    const outgoing = subscription.lacksPast ? tellsGap(message, subscription) : message;
    if (subscription.ackMode !== 'auto') {
      this.#backlogs.get(subscription)?.add(outgoing);
    } else if (subscription.isBehind || (policy && !subscription.receiver.isWritable)) {
      this.#slowConsumers.add(outgoing, subscription, policy);
    } else {
      void this.outbound.deliver(outgoing, subscription);
    }
  }

  /** The sender's message as one of the broker's own: with an id, and without what only concerned the sender's session. */
  #outgoing({ payload, headers }: Message): Message {
    const { destination, originalDestination, isPrivate, sessionId, excludedSessionId, feed, nativeHeaders } = headers;
    // A relay has it of another broker, which has given it an id.
    const messageId = headers.messageId ?? this.nextMessageId();
    return new Message(
      payload,
      MessageHeaders.of({
        destination,
        originalDestination,
        isPrivate,
        sessionId,
        excludedSessionId,
        feed,
        nativeHeaders,
        messageId,
      }),
    );
  }

  #subscribe(message: Message): MaybePromise<void> {
    const { subscription: wish, destination, isPrivate } = message.headers;
    // It may have ended, or its session, while the frame was made to wait.
    if (!wish || wish.isOver) return;
    const subscription = new BrokerSubscription(wish, destination!, isPrivate, message, this.settings, (receiver) =>
      this.deliveries.hasCredit(receiver),
    );
    const queue = this.#queues.optionsOf(message);
    if (queue && isPattern(destination!)) {
      throw new StompException(
        'STOMP_ERR_DESTINATION',
        `${quote(destination!)} is a pattern; a work queue must be named.`,
      );
    }
    const consumed = queue && this.#queues.open(destination!, queue);
    if (subscription.ackMode !== 'auto') {
      this.#backlogs.set(subscription, this.#backlogOf(subscription));
    }
    this.#subscriptions.add(subscription);
    if (!consumed) return this.#history.replay(subscription, message);
    consumed.addConsumer(subscription);
  }

  #backlogOf(subscription: BrokerSubscription): TopicBacklog {
    const size = this.#backlogSizes.get(subscription.receiver) ?? new BacklogSize(this.#backlogSize);
    this.#backlogSizes.set(subscription.receiver, size);
    const limits = { messages: this.settings.backlogLimit, bytes: this.settings.backlogSizeLimit };
    return new TopicBacklog(subscription, this.deliveries, limits, size);
  }

  /** A subscription is over, however it ended: what it has not acknowledged goes back to where it came from. */
  #end(subscription: BrokerSubscription | undefined): void {
    if (!subscription) return;
    this.#queues.removeConsumer(subscription);
    this.#slowConsumers.subscriptionEnded(subscription);
    this.deliveries.abandon(subscription);
    this.#queues.consumerEnded(subscription);
  }

  /** A client has read what was piled up for it. */
  #resume(receiver: MessageReceiver): void {
    this.#slowConsumers.drained(receiver);
    for (const subscription of this.#subscriptions.ofSession(receiver.id)) this.#pump(subscription);
  }

  /** A session has acknowledged something that had been sent as much as it may. Its subscriptions take turns, or one would have all. */
  #shareCredit(receiver: MessageReceiver): void {
    for (const subscription of [...this.#subscriptions.ofSession(receiver.id)]) {
      if (!this.deliveries.hasCredit(receiver)) return;
      const { size } = subscription.inFlight;
      this.#pump(subscription);
      if (subscription.inFlight.size > size) this.#subscriptions.putLast(subscription);
    }
  }

  #pump(subscription: BrokerSubscription): void {
    this.#queues.get(subscription.target)?.pump();
    this.#backlogs.get(subscription)?.pump();
  }

  /**
   * A message that nobody could handle. From the dead letters themselves there is no further place to go.
   * @returns false if it stays where it is, because there is no other place or no room in it
   */
  #buryDeadLetter(message: Message, deliveries: number, deadLetters: string): boolean {
    const { destination, nativeHeaders } = message.headers;
    if (deadLetters === destination) return false;
    const headers = nativeHeaders
      .clone()
      .set('dead-letter-from', destination!)
      .set('dead-letter-deliveries', `${deliveries}`);
    const dropped = (error: unknown): void =>
      this.settings.onLost(`The dead letter from ${destination} was dropped`, error);
    try {
      const letter = message.with({ destination: deadLetters, nativeHeaders: headers });
      const published = deadLetters === '' ? undefined : this.#publish(letter);
      if (isPromise(published)) published.catch(dropped);
    } catch (error) {
      if (error instanceof QueueFullException) return false;
      dropped(error);
    }
    this.#deadLetters++;
    return true;
  }
}

function tellsGap(message: Message, subscription: BrokerSubscription): Message {
  subscription.lacksPast = false;
  const delivery = message.headers.delivery?.clone() ?? new HeaderList();
  return message.with({ delivery: delivery.set('recovered', 'false') });
}

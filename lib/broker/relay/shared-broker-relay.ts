import { StompException, quote } from '../../exceptions/stomp.exception.js';
import type { StompFrame } from '../../frame/stomp-frame.js';
import type { Message } from '../../messaging/message.js';
import type { MessageReceiver } from '../../messaging/subscription.js';
import { isPromise, then, type MaybePromise } from '../../utils/maybe-promise.js';
import { BrokerSubscription } from '../broker-subscription.js';
import { isPattern } from '../destination-matcher.js';
import type { RelayStats } from '../message-broker-stats.js';
import { mayBeNamed } from './broker-dialect.js';
import { BrokerRelay, type BrokerRelayParts, type BrokerRelaySettings } from './broker-relay.js';
import { QueueConsumer } from './queue-consumer.js';
import { QueueConsumers } from './queue-consumers.js';
import type { RelayConnection } from './relay-connection.js';
import type { RelayLine } from './relay-line.js';
import { fromMessageFrame } from './relay-message.js';
import { TopicFeeds, type TopicFeed } from './topic-feeds.js';

/**
 * A few connections for all clients. Topics come over the server's own connection, each once, and the broker in memory hands them to the clients: their
 * acknowledgements, patterns, selectors and slow readers are its affair. Work queues are the broker's, one connection for each consumer. What clients
 * send is spread over some connections by session, so that the order of each is kept.
 */
export class SharedBrokerRelay extends BrokerRelay {
  readonly #senders: readonly RelayLine[];
  readonly #feeds: TopicFeeds;
  readonly #consumers: QueueConsumers;
  /** Which feed a client's subscription hangs on, by session and subscription. */
  readonly #feedOf = new Map<string, Map<string, TopicFeed>>();

  constructor(parts: BrokerRelayParts, settings: BrokerRelaySettings) {
    super(parts, settings);
    const { clientLogin, clientPasscode, sharedConnections, brokerSubscriptionLimit, queueConsumerLimit } = settings;
    this.#feeds = new TopicFeeds(settings.pathSeparator, brokerSubscriptionLimit);
    this.#consumers = new QueueConsumers(queueConsumerLimit);
    this.#senders = Array.from({ length: sharedConnections }, () => this.line(clientLogin, clientPasscode, {}));
    parts.outbound.onDrained((receiver) => this.#consumers.goOn(receiver));
    parts.deliveries.onCredit((receiver) => this.#consumers.goOn(receiver));
  }

  override async stop(): Promise<void> {
    const consumers = this.#consumers.all().map((consumer) => consumer.end());
    await Promise.all([...consumers, ...this.#senders.map((sender) => sender.stop())]);
    await super.stop();
  }

  override subscriptionEnded(sessionId: string, subscriptionId: string): void {
    super.subscriptionEnded(sessionId, subscriptionId);
    this.#releaseFeed(sessionId, subscriptionId);
    const consumer = this.#consumers.take(sessionId, subscriptionId);
    if (!consumer) return;
    void consumer.end();
    this.parts.deliveries.abandon(consumer.subscription);
  }

  override sessionEnded(sessionId: string): void {
    super.sessionEnded(sessionId);
    for (const id of this.#feedOf.get(sessionId)?.keys() ?? []) this.#releaseFeed(sessionId, id);
    for (const id of this.#consumers.idsOf(sessionId)) this.subscriptionEnded(sessionId, id);
  }

  protected override connectionOf(sessionId: string | undefined): RelayConnection {
    // Before the topics are subscribed to again, what is sent would miss their subscribers.
    this.checkAvailable();
    return (sessionId === undefined ? this.system : this.#senderOf(sessionId)).connection;
  }

  protected override subscribe(message: Message): MaybePromise<void> {
    const { subscription: wish, destination } = message.headers;
    // It may have ended, or its session, while the frame was made to wait.
    if (!wish || wish.isOver) return;
    this.checkAvailable();
    return this.isQueue(destination!) ? this.#consume(message) : this.#follow(message);
  }

  protected override unsubscribe({ headers: { sessionId, subscriptionId } }: Message): void {
    this.subscriptionEnded(sessionId!, subscriptionId!);
  }

  protected override received(frame: StompFrame, { dialect }: RelayConnection): void {
    const feed = this.#feeds.ofId(frame.headers.get('subscription'));
    if (!feed) return;
    const { target } = feed;
    const isNamed = 'destination' in target;
    const destination = isNamed ? target.destination : dialect.fromBroker(frame.headers.get('destination') ?? '');
    if (!isNamed && !mayBeNamed(destination, dialect)) return;
    const message = fromMessageFrame(frame, destination);
    const failed = (error: unknown): void =>
      this.settings.onLost(`A message of the broker for ${quote(destination)}`, error);
    try {
      const feed = isNamed ? undefined : target.pattern;
      const handled = this.local.handleMessage(message.with({ command: 'SEND', feed }));
      if (isPromise(handled)) handled.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  protected override async restore(connection: RelayConnection): Promise<void> {
    await super.restore(connection);
    await this.#feeds.restore(connection);
  }

  protected override cancelled(id: string, connection: RelayConnection): void {
    if (this.#feeds.ofId(id)) this.#feeds.renew(id, connection);
    else super.cancelled(id, connection);
  }

  protected override get lines(): readonly RelayLine[] {
    return [this.system, ...this.#senders];
  }

  protected override relayStats(): RelayStats {
    const { lines } = this;
    const all = [...lines, ...this.#consumers.all()];
    return {
      broker: this.system.broker,
      connections: lines.filter(({ isUp }) => isUp).length + this.#consumers.size,
      subscriptions: this.#feeds.size + this.#consumers.size,
      unconfirmed: all.reduce((sum, line) => sum + line.unconfirmed, 0),
      bufferedBytes: all.reduce((sum, line) => sum + line.bufferedBytes, 0),
      reconnects: lines.reduce((sum, line) => sum + line.reconnects, 0),
    };
  }

  #follow(message: Message): MaybePromise<void> {
    const { destination, sessionId, subscriptionId } = message.headers;
    const { connection } = this.system;
    const feed = isPattern(destination!)
      ? TopicFeeds.destinationOf(destination!, connection.dialect, this.settings.pathSeparator)
      : undefined;
    const followed = this.local.handleMessage(message.with({ feed }));
    const acquired = this.#feeds.acquire(destination!, connection);
    const known = this.#feedOf.get(sessionId!) ?? new Map<string, TopicFeed>();
    this.#feedOf.set(sessionId!, known.set(subscriptionId!, acquired.feed));
    return then(followed, () => acquired.ready);
  }

  #consume(message: Message): Promise<void> {
    const { subscription: wish, destination, nativeHeaders } = message.headers;
    if (isPattern(destination!)) {
      const sentence = `${quote(destination!)} is a pattern; a work queue must be named.`;
      throw new StompException('STOMP_ERR_DESTINATION', sentence);
    }
    if (this.settings.selector && nativeHeaders.has('selector')) {
      throw new StompException('STOMP_ERR_SELECTOR', 'The work queues of this server know no selectors.');
    }
    const { deliveries } = this.parts;
    const hasCredit = (receiver: MessageReceiver): boolean => deliveries.hasCredit(receiver);
    const subscription = new BrokerSubscription(wish!, destination!, false, message, this.settings, hasCredit);
    const { clientLogin, clientPasscode } = this.settings;
    // Whether the broker can have such a destination is known before a connection is opened for it.
    this.system.connection.dialect.toBroker(destination!);
    const consumer = new QueueConsumer(subscription, deliveries, this.lineSettings(clientLogin, clientPasscode));
    this.#consumers.add(consumer);
    return consumer.start();
  }

  #releaseFeed(sessionId: string, subscriptionId: string): void {
    const known = this.#feedOf.get(sessionId);
    const feed = known?.get(subscriptionId);
    if (!known || !feed) return;
    known.delete(subscriptionId);
    if (known.size === 0) this.#feedOf.delete(sessionId);
    this.#feeds.release(feed, this.system.isUp ? this.system.connection : undefined);
  }

  /** Always the same for a session. */
  #senderOf(sessionId: string): RelayLine {
    let hash = 0;
    for (let i = 0; i < sessionId.length; i++) hash = (hash * 31 + sessionId.charCodeAt(i)) | 0;
    return this.#senders[Math.abs(hash) % this.#senders.length]!;
  }
}

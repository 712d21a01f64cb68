import type { ClientOutboundChannel } from '../messaging/client-outbound.channel.js';
import { Message, MessageHeaders } from '../messaging/message.js';
import { BrokerSubscription } from './broker-subscription.js';
import type { MessageBroker } from './message-broker.js';
import { SubscriptionRegistry } from './subscription-registry.js';

export interface SimpleBrokerSettings {
  readonly destinationPrefixes: readonly string[];
  readonly pathSeparator: string;
}

/** The broker in this process: every subscription of a destination gets every message (Spring `SimpleBrokerMessageHandler`). */
export class SimpleBroker implements MessageBroker {
  readonly #subscriptions: SubscriptionRegistry;

  constructor(
    private readonly outbound: ClientOutboundChannel,
    private readonly nextMessageId: () => string,
    private readonly settings: SimpleBrokerSettings,
  ) {
    this.#subscriptions = new SubscriptionRegistry(settings.pathSeparator);
  }

  start(): void {}

  stop(): void {}

  handleMessage(message: Message): void {
    const { command, sessionId, subscriptionId } = message.headers;
    if (command === 'UNSUBSCRIBE') {
      this.#subscriptions.remove(sessionId!, subscriptionId!);
    } else if (this.#isForBroker(message)) {
      if (command === 'SUBSCRIBE') this.#subscribe(message);
      else if (command === 'SEND') this.#publish(message);
    }
  }

  sessionEnded(sessionId: string): void {
    this.#subscriptions.removeSession(sessionId);
  }

  #isForBroker({ headers: { destination, isPrivate } }: Message): boolean {
    if (destination === undefined) return false;
    return isPrivate || this.settings.destinationPrefixes.some((prefix) => destination.startsWith(prefix));
  }

  #subscribe({ headers }: Message): void {
    const { subscription, destination, isPrivate } = headers;
    if (!subscription || !this.outbound.receiver(subscription.receiver.id)) return;
    this.#subscriptions.add(new BrokerSubscription(subscription, destination!, isPrivate, headers));
  }

  #publish(message: Message): void {
    const { destination, originalDestination, isPrivate, sessionId, excludedSessionId, nativeHeaders } =
      message.headers;
    const outgoing = new Message(
      message.payload,
      MessageHeaders.of({
        destination,
        originalDestination,
        isPrivate,
        excludedSessionId,
        nativeHeaders,
        messageId: this.nextMessageId(),
      }),
    );
    this.#subscriptions.match(destination!, isPrivate, (subscription) => {
      if (subscription.wants(outgoing, sessionId)) void this.outbound.deliver(outgoing, subscription);
    });
  }
}

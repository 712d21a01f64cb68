import type { Message } from '../messaging/message.js';
import type { AckMode, MessageReceiver, Subscription } from '../messaging/subscription.js';

/** A client's subscription as the broker knows it. */
export class BrokerSubscription implements Subscription {
  readonly id: string;
  readonly destination: string;
  readonly ackMode: AckMode;
  readonly receiver: MessageReceiver;
  /** STOMP header `no-local:true`: the session does not want to hear itself. */
  readonly isNoLocal: boolean;

  constructor(
    subscription: Subscription,
    /** What messages are compared with: a user destination has been resolved. */
    readonly target: string,
    readonly isPrivate: boolean,
    { nativeHeaders }: Message['headers'],
  ) {
    this.id = subscription.id;
    this.destination = subscription.destination;
    this.ackMode = subscription.ackMode;
    this.receiver = subscription.receiver;
    this.isNoLocal = nativeHeaders.get('no-local') === 'true';
  }

  /** Whether a message to this destination is for this subscription. */
  wants({ headers }: Message, senderId: string | undefined): boolean {
    const { id } = this.receiver;
    return id !== headers.excludedSessionId && !(this.isNoLocal && id === senderId);
  }
}

import { CloseCode } from '../exceptions/stomp.exception.js';
import type { Message } from '../messaging/message.js';
import { Fifo } from '../utils/fifo.js';
import type { BrokerSubscription } from './broker-subscription.js';
import type { Deliveries, DeliverySource } from '../messaging/deliveries.js';

export interface BacklogLimits {
  /** Of one subscription. */
  readonly messages: number;
  /** Of all subscriptions of one session together, with what surrounds them. */
  readonly bytes: number;
}

/** How much waits for all subscriptions of a session, or of all sessions. */
export class BacklogSize {
  messages = 0;
  bytes = 0;
  /** Bytes that the messages take to keep. */
  size = 0;

  constructor(
    /** What this is a part of. */
    private readonly whole?: BacklogSize,
  ) {}

  change(messages: number, bytes: number, size = bytes): void {
    this.messages += messages;
    this.bytes += bytes;
    this.size += size;
    this.whole?.change(messages, bytes, size);
  }
}

/**
 * What a topic's subscription with `ack:client` or `client-individual` has not been sent yet, because it has not read or not
 * acknowledged enough of what it was sent. A topic owes nobody a second delivery: what is rejected or abandoned is gone.
 */
export class TopicBacklog implements DeliverySource {
  readonly #waiting = new Fifo<Message>();

  constructor(
    private readonly subscription: BrokerSubscription,
    private readonly deliveries: Deliveries,
    private readonly limits: BacklogLimits,
    /** What waits for all subscriptions of the session. */
    private readonly session: BacklogSize,
  ) {}

  add(message: Message): void {
    if (this.#waiting.size === 0 && this.subscription.hasCredit) {
      this.deliveries.deliver(message, this.subscription, this);
      return;
    }
    if (this.#waiting.size >= this.limits.messages || this.session.size + message.size() > this.limits.bytes) {
      this.#clear();
      this.subscription.receiver.close(CloseCode.SlowConsumer, 'Messages were not acknowledged in time');
      return;
    }
    // The bytes are a view of what was read from the socket; keeping them would keep all of that.
    this.#waiting.push(message.copy());
    this.#count(message, 1);
  }

  acknowledged(): void {
    this.pump();
  }

  rejected(): void {
    this.pump();
  }

  abandoned(): void {
    this.#clear();
  }

  /** Delivers as long as there is credit. */
  pump(): void {
    while (this.#waiting.size > 0 && this.subscription.hasCredit) {
      const message = this.#waiting.shift()!;
      this.#count(message, -1);
      this.deliveries.deliver(message, this.subscription, this);
    }
  }

  #clear(): void {
    for (const message of this.#waiting.toArray()) this.#count(message, -1);
    this.#waiting.clear();
  }

  #count(message: Message, sign: 1 | -1): void {
    this.session.change(sign, sign * message.payload.length, sign * message.size());
  }
}

import { CloseCode } from '../exceptions/stomp.exception.js';
import type { Message } from '../messaging/message.js';
import { Fifo } from '../utils/fifo.js';
import type { BrokerSubscription } from './broker-subscription.js';
import type { Deliveries, DeliverySource } from '../messaging/deliveries.js';

/**
 * What a topic's subscription with `ack:client` or `client-individual` has not been sent yet, because it has not acknowledged
 * enough of what it was sent. A topic owes nobody a second delivery: what is rejected or abandoned is gone.
 */
export class TopicBacklog implements DeliverySource {
  readonly #waiting = new Fifo<Message>();

  constructor(
    private readonly subscription: BrokerSubscription,
    private readonly deliveries: Deliveries,
    private readonly limit: number,
  ) {}

  add(message: Message): void {
    if (this.#waiting.size >= this.limit) {
      this.#waiting.clear();
      this.subscription.receiver.close(CloseCode.SlowConsumer, 'Messages were not acknowledged in time');
      return;
    }
    // The bytes are a view of what was read from the socket; keeping them would keep all of that.
    this.#waiting.push(this.#waiting.size === 0 && this.subscription.hasCredit ? message : message.copy());
    this.#pump();
  }

  acknowledged(): void {
    this.#pump();
  }

  rejected(): void {
    this.#pump();
  }

  abandoned(): void {
    this.#waiting.clear();
  }

  #pump(): void {
    while (this.#waiting.size > 0 && this.subscription.hasCredit) {
      this.deliveries.deliver(this.#waiting.shift()!, this.subscription, this);
    }
  }
}

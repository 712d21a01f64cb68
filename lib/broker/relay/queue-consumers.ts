import { MessageDeliveryException } from '../../exceptions/messaging.exception.js';
import type { MessageReceiver } from '../../messaging/subscription.js';
import type { QueueConsumer } from './queue-consumer.js';

/** The consumers of the broker's work queues, by session and subscription. */
export class QueueConsumers {
  readonly #bySession = new Map<string, Map<string, QueueConsumer>>();
  #size = 0;

  constructor(private readonly limit: number) {}

  get size(): number {
    return this.#size;
  }

  /** @throws MessageDeliveryException when there are too many */
  add(consumer: QueueConsumer): void {
    if (this.#size >= this.limit) {
      throw new MessageDeliveryException(`The server has ${this.limit} consumers of work queues.`);
    }
    const { receiver, id } = consumer.subscription;
    const known = this.#bySession.get(receiver.id) ?? new Map<string, QueueConsumer>();
    this.#bySession.set(receiver.id, known.set(id, consumer));
    this.#size++;
  }

  take(sessionId: string, id: string): QueueConsumer | undefined {
    const known = this.#bySession.get(sessionId);
    const consumer = known?.get(id);
    if (!known || !consumer) return undefined;
    known.delete(id);
    if (known.size === 0) this.#bySession.delete(sessionId);
    this.#size--;
    return consumer;
  }

  idsOf(sessionId: string): string[] {
    return [...(this.#bySession.get(sessionId)?.keys() ?? [])];
  }

  /** The session can take more again, perhaps. Its consumers take turns, or one would have all. */
  goOn({ id }: MessageReceiver): void {
    const known = this.#bySession.get(id);
    if (!known) return;
    for (let sent = true; sent;) {
      sent = false;
      for (const [name, consumer] of [...known]) {
        if (!consumer.goOn()) continue;
        sent = true;
        if (known.get(name) !== consumer) continue;
        known.delete(name);
        known.set(name, consumer);
      }
    }
  }

  all(): QueueConsumer[] {
    return [...this.#bySession.values()].flatMap((known) => [...known.values()]);
  }
}

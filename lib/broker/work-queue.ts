import { QueueFullException } from '../exceptions/messaging.exception.js';
import type { QueueOptions } from '../interfaces/broker-options.interface.js';
import type { Message } from '../messaging/message.js';
import { Fifo } from '../utils/fifo.js';
import type { BrokerSubscription } from './broker-subscription.js';
import type { Deliveries, Delivery, DeliverySource } from '../messaging/deliveries.js';

/** What all work queues share. */
export interface QueueSpace {
  /** Whether so many bytes more can be kept. */
  hasRoom(size: number): boolean;
  /** @param size negative: gives it back */
  take(size: number): void;
}

interface QueuedMessage {
  readonly message: Message;
  /** What it takes to keep, in bytes. */
  readonly size: number;
  /** The order of arrival, which a message that comes back takes up again. */
  readonly position: number;
  readonly since: number;
  deliveries: number;
}

/** So many messages may be passed over in search of one that a consumer with credit wants: its selector costs time for each. */
const LOOK_AHEAD = 256;

/**
 * A destination whose messages go to one consumer each: in turn to those that have credit, in the order of arrival. A message
 * stays until it is acknowledged; one that comes back (NACK, UNSUBSCRIBE, disconnect) takes its old place and is marked as
 * redelivered. One that nobody with credit wants lets others pass.
 */
export class WorkQueue implements DeliverySource {
  readonly redelivers = true;
  readonly #arrived = new Fifo<QueuedMessage>();
  /** Those that have come back or been passed over, by position: all of them are before those in `#arrived`. */
  readonly #ahead: QueuedMessage[] = [];
  readonly #underWay = new Map<Delivery['message'], QueuedMessage>();
  readonly #consumers: BrokerSubscription[] = [];
  #nextConsumer = 0;
  #position = 0;
  #bytes = 0;
  #isPumping = false;
  #hasComeBack = false;

  constructor(
    readonly destination: string,
    private readonly options: Required<QueueOptions>,
    private readonly deliveries: Deliveries,
    /** Returns false if the message stays where it is. */
    private readonly buryDeadLetter: (message: Message, deliveries: number) => boolean,
    private readonly space: QueueSpace,
  ) {}

  /** Nobody would miss it. */
  get isIdle(): boolean {
    return this.size === 0 && this.#consumers.length === 0;
  }

  /** Messages that wait or are under way. */
  get size(): number {
    return this.#arrived.size + this.#ahead.length + this.#underWay.size;
  }

  get unacknowledged(): number {
    return this.#underWay.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get consumerCount(): number {
    return this.#consumers.length;
  }

  /** The prefix in the options that makes its destination a queue. */
  get prefix(): string {
    return this.options.prefix;
  }

  /** @throws QueueFullException when the queue has no room for so much and may not drop anything for it */
  checkRoom(messages: number, bytes: number): void {
    this.dropExpired();
    const { overflow, maxMessages, maxBytes } = this.options;
    const [usedMessages, usedBytes] = overflow === 'reject' ? [this.size, this.#bytes] : [0, 0];
    if (usedMessages + messages > maxMessages || usedBytes + bytes > maxBytes) throw this.#full();
  }

  /** @throws QueueFullException when the queue is full and may not drop anything */
  add(message: Message): void {
    const { maxMessages, maxBytes, overflow } = this.options;
    const { length } = message.payload;
    const size = message.size();
    this.checkRoom(1, length);
    while (this.size >= maxMessages || this.#bytes + length > maxBytes || !this.space.hasRoom(size)) {
      // What is under way cannot be dropped any more.
      if (overflow === 'reject' || !this.#dropFirst()) throw this.#full();
    }
    const queued = { message: message.copy(), size, position: ++this.#position, since: Date.now(), deliveries: 0 };
    this.#count(queued, 1);
    this.#arrived.push(queued);
    this.pump();
  }

  /** Drops what has waited longer than `maxAge`. */
  dropExpired(): void {
    if (this.options.maxAge === 0) return;
    const oldest = Date.now() - this.options.maxAge;
    for (let first = this.#waiting(0); first && first.since < oldest; first = this.#waiting(0)) this.#dropFirst();
  }

  addConsumer(subscription: BrokerSubscription): void {
    this.#consumers.push(subscription);
    this.pump();
  }

  removeConsumer(subscription: BrokerSubscription): void {
    const index = this.#consumers.indexOf(subscription);
    if (index < 0) return;
    this.#consumers.splice(index, 1);
    if (index < this.#nextConsumer) this.#nextConsumer--;
  }

  /** Delivers as long as there is a message and a consumer that wants and can take it. */
  pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      this.dropExpired();
      for (let index = 0; index < LOOK_AHEAD && this.#consumers.some(({ hasCredit }) => hasCredit);) {
        const next = this.#waiting(index);
        if (!next) return;
        const consumer = this.#consumerFor(next.message);
        if (!consumer) {
          index++;
          continue;
        }
        this.#ahead.splice(index, 1);
        this.#hasComeBack = false;
        this.#deliver(next, consumer);
        // A consumer that is cut off while it is being served gives back what may be wanted by those that were asked before.
        if (this.#hasComeBack) index = 0;
      }
    } finally {
      this.#isPumping = false;
    }
  }

  acknowledged({ message }: Delivery): void {
    const queued = this.#underWay.get(message);
    if (!queued) return;
    this.#underWay.delete(message);
    this.#count(queued, -1);
    this.pump();
  }

  /** It is the next consumer's turn: who has just refused the message would refuse it again. */
  rejected(delivery: Delivery): void {
    this.#nextConsumer = this.#consumers.findIndex((consumer) => consumer === delivery.subscription) + 1;
    this.#takeBack(delivery);
    this.pump();
  }

  abandoned(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) this.#takeBack(delivery);
    this.pump();
  }

  #full(): QueueFullException {
    return new QueueFullException(`The queue ${this.destination} is full.`);
  }

  #deliver(queued: QueuedMessage, consumer: BrokerSubscription): void {
    queued.deliveries++;
    this.#underWay.set(queued.message, queued);
    const again = queued.deliveries > 1;
    this.deliveries.deliver(queued.message, consumer, this, {
      redelivered: again ? 'true' : undefined,
      'delivery-count': again ? queued.deliveries : undefined,
    });
  }

  #takeBack({ message }: Delivery): void {
    const queued = this.#underWay.get(message);
    if (!queued) return;
    this.#underWay.delete(message);
    const { maxDeliveries } = this.options;
    if (maxDeliveries > 0 && queued.deliveries >= maxDeliveries) {
      // It leaves its room to itself.
      this.#count(queued, -1);
      if (this.buryDeadLetter(message, queued.deliveries)) return;
      this.#count(queued, 1);
    }
    const at = this.#ahead.findIndex(({ position }) => position > queued.position);
    this.#ahead.splice(at < 0 ? this.#ahead.length : at, 0, queued);
    this.#hasComeBack = true;
  }

  /** The message that waits at this place, counted from the front. */
  #waiting(index: number): QueuedMessage | undefined {
    const arrived = index === this.#ahead.length ? this.#arrived.shift() : undefined;
    if (arrived) this.#ahead.push(arrived);
    return this.#ahead[index];
  }

  /** @returns false if none waits */
  #dropFirst(): boolean {
    const first = this.#ahead.shift() ?? this.#arrived.shift();
    if (first) this.#count(first, -1);
    return first !== undefined;
  }

  #count({ message, size }: QueuedMessage, sign: 1 | -1): void {
    this.#bytes += sign * message.payload.length;
    this.space.take(sign * size);
  }

  /** Round robin among those with credit. */
  #consumerFor(message: Message): BrokerSubscription | undefined {
    for (let tried = 0; tried < this.#consumers.length; tried++) {
      const index = (this.#nextConsumer + tried) % this.#consumers.length;
      const consumer = this.#consumers[index]!;
      if (consumer.hasCredit && consumer.wants(message, message.headers.sessionId)) {
        this.#nextConsumer = (index + 1) % this.#consumers.length;
        return consumer;
      }
    }
    return undefined;
  }
}

import { QueueFullException } from '../exceptions/messaging.exception.js';
import type { QueueOptions } from '../interfaces/broker-options.interface.js';
import type { Deliveries } from '../messaging/deliveries.js';
import type { Message } from '../messaging/message.js';
import type { BrokerSubscription } from './broker-subscription.js';
import { WorkQueue, type QueueSpace } from './work-queue.js';

export interface WorkQueuesSettings {
  readonly queues: readonly Required<QueueOptions>[];
  readonly queueLimit: number;
  readonly queueSizeLimit: number;
}

/** @returns false if the message stays where it is */
export type BuryDeadLetter = (message: Message, deliveries: number, options: Required<QueueOptions>) => boolean;

/** To look through all queues costs time: for messages that have become too old it is done no more often, in milliseconds. */
const SWEEP_EVERY = 1_000;

/** The work queues that clients have made by naming them, as long as somebody would miss them: they hold messages or have consumers. */
export class WorkQueues implements QueueSpace {
  readonly #byDestination = new Map<string, WorkQueue>();
  /** What the messages of all queues take to keep, in bytes. */
  #size = 0;
  #sweptAt = -Infinity;

  constructor(
    private readonly settings: WorkQueuesSettings,
    private readonly deliveries: Deliveries,
    private readonly buryDeadLetter: BuryDeadLetter,
  ) {}

  /** @returns undefined if the message's destination is a topic */
  optionsOf({ headers: { destination, isPrivate } }: Message): Required<QueueOptions> | undefined {
    return isPrivate ? undefined : this.settings.queues.find(({ prefix }) => destination!.startsWith(prefix));
  }

  get(destination: string): WorkQueue | undefined {
    return this.#byDestination.get(destination);
  }

  values(): WorkQueue[] {
    return [...this.#byDestination.values()];
  }

  /** @throws QueueFullException when there is no room and nothing may be dropped for it */
  add(message: Message, options: Required<QueueOptions>): void {
    const queue = this.open(message.headers.destination!, options);
    try {
      queue.add(message);
    } finally {
      this.#release(queue);
    }
  }

  /** @throws QueueFullException when there is no room for all of the messages together */
  checkRoom(messages: readonly Message[]): void {
    const byDestination = new Map<string, Message[]>();
    for (const message of messages) {
      const { destination } = message.headers;
      const others = byDestination.get(destination!);
      if (others) others.push(message);
      else byDestination.set(destination!, [message]);
    }
    this.#checkNumber([...byDestination.keys()].filter((destination) => !this.get(destination)).length);
    for (const [destination, all] of byDestination) {
      const bytes = all.reduce((sum, { payload }) => sum + payload.length, 0);
      const queue = this.get(destination) ?? this.#make(destination, this.optionsOf(all[0]!)!);
      queue.checkRoom(all.length, bytes);
    }
    const size = messages.reduce((sum, message) => sum + message.size(), 0);
    if (!this.hasRoom(size)) throw new QueueFullException('The queues are full.');
  }

  /** The queue, which must get a consumer. @throws QueueFullException when there are too many queues */
  open(destination: string, options: Required<QueueOptions>): WorkQueue {
    const known = this.get(destination);
    if (known) return known;
    this.#checkNumber(1);
    const queue = this.#make(destination, options);
    this.#byDestination.set(destination, queue);
    return queue;
  }

  removeConsumer(subscription: BrokerSubscription): void {
    this.get(subscription.target)?.removeConsumer(subscription);
  }

  /** The consumer has given back what it had not acknowledged. */
  consumerEnded({ target }: BrokerSubscription): void {
    const queue = this.get(target);
    if (queue) this.#release(queue);
  }

  hasRoom(size: number): boolean {
    if (this.#size + size > this.settings.queueSizeLimit) this.#sweep();
    return this.#size + size <= this.settings.queueSizeLimit;
  }

  take(size: number): void {
    this.#size += size;
  }

  #make(destination: string, options: Required<QueueOptions>): WorkQueue {
    const bury = (message: Message, deliveries: number): boolean => this.buryDeadLetter(message, deliveries, options);
    return new WorkQueue(destination, options, this.deliveries, bury, this);
  }

  #release(queue: WorkQueue): void {
    if (queue.isIdle) this.#byDestination.delete(queue.destination);
  }

  /** @throws QueueFullException when there cannot be so many more */
  #checkNumber(more: number): void {
    const { queueLimit } = this.settings;
    if (this.#byDestination.size + more > queueLimit) this.#sweep();
    if (more > 0 && this.#byDestination.size + more > queueLimit) {
      throw new QueueFullException(`There are ${queueLimit} queues already.`);
    }
  }

  #sweep(): void {
    const now = performance.now();
    if (now - this.#sweptAt < SWEEP_EVERY) return;
    this.#sweptAt = now;
    for (const queue of this.values()) {
      queue.dropExpired();
      this.#release(queue);
    }
  }
}

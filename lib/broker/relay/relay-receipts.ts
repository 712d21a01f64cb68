import { BrokerUnavailableException, MessageDeliveryException } from '../../exceptions/messaging.exception.js';
import type { TimerWheel, WheelTimer } from '../../utils/timer-wheel.js';

interface Pending {
  readonly deadline: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Frames of one connection that wait for the broker's RECEIPT, in the order in which they were sent. */
export class RelayReceipts {
  readonly #pending = new Map<string, Pending>();
  #timer: WheelTimer | undefined;
  #count = 0;

  constructor(
    private readonly wheel: TimerWheel,
    private readonly timeout: number,
    private readonly limit: number,
  ) {}

  get size(): number {
    return this.#pending.size;
  }

  /**
   * @returns the id to ask for, and what settles with its RECEIPT
   * @throws MessageDeliveryException when too many wait
   */
  expect(): { readonly id: string; readonly confirmed: Promise<void> } {
    if (this.#pending.size >= this.limit) {
      throw new MessageDeliveryException(`The broker has left ${this.limit} frames of a connection unconfirmed.`);
    }
    const id = `${++this.#count}`;
    const confirmed = new Promise<void>((resolve, reject) => {
      this.#pending.set(id, { deadline: performance.now() + this.timeout, resolve, reject });
    });
    if (!this.#timer) this.#plan(this.timeout);
    return { id, confirmed };
  }

  confirm(id: string | undefined): void {
    this.#take(id)?.resolve();
  }

  /** @returns whether somebody waited for it */
  fail(id: string | undefined, error: Error): boolean {
    const pending = this.#take(id);
    pending?.reject(error);
    return pending !== undefined;
  }

  failAll(error: Error): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of all) reject(error);
  }

  #take(id: string | undefined): Pending | undefined {
    const pending = this.#pending.get(id ?? '');
    this.#pending.delete(id ?? '');
    return pending;
  }

  /** One timer for all: they are waited for equally long, so the oldest is the first to be due. */
  #plan(delay: number): void {
    this.#timer = this.wheel.after(delay, () => {
      this.#timer = undefined;
      const now = performance.now();
      for (const [id, { deadline }] of this.#pending) {
        if (deadline > now) return this.#plan(deadline - now);
        this.fail(
          id,
          new BrokerUnavailableException(
            `The broker has not confirmed the message within ${this.timeout} ms: it may have taken it all the same.`,
          ),
        );
      }
    });
  }
}

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
   * @returns for each of so many frames the id to ask for, and what settles with its RECEIPT
   * @throws MessageDeliveryException when too many wait
   */
  expect(count: number): { readonly id: string; readonly confirmed: Promise<void> }[] {
    if (this.#pending.size + count > this.limit) {
      throw new MessageDeliveryException(`The broker has left ${this.limit} frames of a connection unconfirmed.`);
    }
    if (!this.#timer) this.#plan(this.timeout);
    return Array.from({ length: count }, () => this.#expectOne());
  }

  confirm(id: string | undefined): void {
    this.#take(id)?.resolve();
  }

  fail(id: string | undefined, error: Error): void {
    this.#take(id)?.reject(error);
  }

  failAll(error: Error): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of all) reject(error);
  }

  #expectOne(): { readonly id: string; readonly confirmed: Promise<void> } {
    const id = `${++this.#count}`;
    const confirmed = new Promise<void>((resolve, reject) => {
      this.#pending.set(id, { deadline: performance.now() + this.timeout, resolve, reject });
    });
    return { id, confirmed };
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
            `The broker has not confirmed it within ${this.timeout} ms: it may have taken it all the same.`,
          ),
        );
      }
    });
  }
}

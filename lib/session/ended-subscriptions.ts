import type { Deliveries } from '../messaging/deliveries.js';
import type { Subscription } from '../messaging/subscription.js';

/** Subscriptions that the server has ended and the client may still believe in: what it says of them is no mistake. */
export class EndedSubscriptions {
  /** Undefined as long as there was none. */
  #byId: Map<string, Subscription> | undefined;

  constructor(
    private readonly deliveries: Deliveries,
    /** How many are remembered. */
    private readonly limit: number,
  ) {}

  add(subscription: Subscription): void {
    this.forget(subscription.id);
    this.#byId ??= new Map();
    this.#byId.set(subscription.id, subscription);
    if (this.#byId.size > this.limit) this.forget(this.#byId.keys().next().value!);
  }

  /** @returns whether it was remembered */
  forget(id: string): boolean {
    const subscription = this.#byId?.get(id);
    if (!subscription) return false;
    this.#byId?.delete(id);
    this.deliveries.forgetReports(subscription);
    return true;
  }

  forgetAll(): void {
    for (const id of this.#byId?.keys() ?? []) this.forget(id);
  }
}

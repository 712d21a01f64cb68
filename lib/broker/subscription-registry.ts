import { TurnoverMap } from '../utils/turnover-map.js';
import { DestinationMatcher, isPattern } from './destination-matcher.js';
import type { BrokerSubscription } from './broker-subscription.js';

/** Subscriptions by destination: exact ones in a hash, patterns in a tree. */
class Directory {
  /** Most destinations have one subscription: all that are a user's own, for example. */
  readonly #exact = new TurnoverMap<string, BrokerSubscription | Set<BrokerSubscription>>();
  readonly #patterns: DestinationMatcher<BrokerSubscription>;

  constructor(separator: string) {
    this.#patterns = new DestinationMatcher(separator);
  }

  add(subscription: BrokerSubscription): void {
    const { target } = subscription;
    if (isPattern(target)) return this.#patterns.add(target, subscription);
    const known = this.#exact.get(target);
    if (known instanceof Set) known.add(subscription);
    else this.#exact.set(target, known ? new Set([known, subscription]) : subscription);
  }

  remove(subscription: BrokerSubscription): void {
    const { target } = subscription;
    if (isPattern(target)) return this.#patterns.remove(target, subscription);
    const known = this.#exact.get(target);
    if (known instanceof Set) known.delete(subscription);
    if (known === subscription || (known instanceof Set && known.size === 0)) this.#exact.delete(target);
  }

  has(destination: string): boolean {
    if (this.#exact.has(destination)) return true;
    let isMatched = false;
    this.#patterns.match(destination, () => (isMatched = true));
    return isMatched;
  }

  match(destination: string, visit: (subscription: BrokerSubscription) => void): void {
    const known = this.#exact.get(destination);
    if (known instanceof Set) known.forEach(visit);
    else if (known) visit(known);
    this.#patterns.match(destination, visit);
  }
}

/**
 * Session × id → subscription, and destination → subscriptions (Spring `SubscriptionRegistry`).
 *
 * Resolved user destinations live in a directory of their own: no destination and no pattern of a client is ever compared with
 * them, so nobody can listen to another's messages by guessing names.
 */
export class SubscriptionRegistry {
  readonly #bySession = new TurnoverMap<string, Map<string, BrokerSubscription>>();
  readonly #public: Directory;
  readonly #private: Directory;

  constructor(separator: string) {
    this.#public = new Directory(separator);
    this.#private = new Directory(separator);
  }

  /** @throws StompException when the destination is a pattern that is not allowed */
  add(subscription: BrokerSubscription): void {
    this.#directory(subscription.isPrivate).add(subscription);
    const sessionId = subscription.receiver.id;
    const known = this.#bySession.get(sessionId);
    if (known) known.set(subscription.id, subscription);
    else this.#bySession.set(sessionId, new Map([[subscription.id, subscription]]));
  }

  ofSession(sessionId: string): Iterable<BrokerSubscription> {
    return this.#bySession.get(sessionId)?.values() ?? [];
  }

  /** Behind the others of its session. */
  putLast(subscription: BrokerSubscription): void {
    const known = this.#bySession.get(subscription.receiver.id);
    if (known?.get(subscription.id) !== subscription) return;
    known.delete(subscription.id);
    known.set(subscription.id, subscription);
  }

  remove(sessionId: string, id: string): BrokerSubscription | undefined {
    const known = this.#bySession.get(sessionId);
    const subscription = known?.get(id);
    if (!known || !subscription) return undefined;
    this.#directory(subscription.isPrivate).remove(subscription);
    known.delete(id);
    if (known.size === 0) this.#bySession.delete(sessionId);
    return subscription;
  }

  removeSession(sessionId: string): BrokerSubscription[] {
    const subscriptions = [...(this.#bySession.get(sessionId)?.values() ?? [])];
    for (const subscription of subscriptions) this.remove(sessionId, subscription.id);
    return subscriptions;
  }

  /** Whether a client has subscribed to the destination, or to a pattern that matches it. */
  has(destination: string): boolean {
    return this.#public.has(destination);
  }

  match(destination: string, isPrivate: boolean, visit: (subscription: BrokerSubscription) => void): void {
    this.#directory(isPrivate).match(destination, visit);
  }

  #directory(isPrivate: boolean): Directory {
    return isPrivate ? this.#private : this.#public;
  }
}

import { excluding, forEachOf, including, type OneOrMany } from '../utils/one-or-many.js';
import { TurnoverMap } from '../utils/turnover-map.js';
import { DestinationMatcher, isPattern } from './destination-matcher.js';
import type { BrokerSubscription } from './broker-subscription.js';

/** Subscriptions by destination: exact ones in a hash, patterns in a tree. */
class Directory {
  readonly #exact = new TurnoverMap<string, OneOrMany<BrokerSubscription>>();
  readonly #patterns: DestinationMatcher<BrokerSubscription>;

  constructor(separator: string) {
    this.#patterns = new DestinationMatcher(separator);
  }

  add(subscription: BrokerSubscription): void {
    const { target } = subscription;
    if (isPattern(target)) return this.#patterns.add(target, subscription);
    this.#exact.set(target, including(this.#exact.get(target), subscription));
  }

  remove(subscription: BrokerSubscription): void {
    const { target } = subscription;
    if (isPattern(target)) return this.#patterns.remove(target, subscription);
    const left = excluding(this.#exact.get(target), subscription);
    if (left) this.#exact.set(target, left);
    else this.#exact.delete(target);
  }

  has(destination: string): boolean {
    if (this.#exact.has(destination)) return true;
    let isMatched = false;
    this.#patterns.match(destination, () => (isMatched = true));
    return isMatched;
  }

  match(destination: string, visit: (subscription: BrokerSubscription) => void): void {
    forEachOf(this.#exact.get(destination), visit);
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
    else this.#bySession.set(sessionId, new Map<string, BrokerSubscription>().set(subscription.id, subscription));
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
    if (known.size === 1) this.#bySession.delete(sessionId);
    else known.delete(id);
    return subscription;
  }

  removeSession(sessionId: string): BrokerSubscription[] {
    const subscriptions = [...(this.#bySession.get(sessionId)?.values() ?? [])];
    for (const subscription of subscriptions) this.#directory(subscription.isPrivate).remove(subscription);
    this.#bySession.delete(sessionId);
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

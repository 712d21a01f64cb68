import { StompException } from '../exceptions/stomp.exception.js';
import type { Subscription } from '../messaging/subscription.js';
import { EndedSubscriptions } from './ended-subscriptions.js';
import type { SessionContext } from './session-context.js';

/** A subscription as its session keeps it. */
export interface SessionSubscription extends Subscription {
  isOver: boolean;
  /** Bytes of its SUBSCRIBE frame. */
  readonly size: number;
}

/** The subscriptions of one session by the client's names for them, and who wants to know of their ends. */
export class SessionSubscriptions {
  readonly #byId = new Map<string, SessionSubscription>();
  readonly #ended: EndedSubscriptions;
  /** Whose SUBSCRIBE is being handled: no event has told of it. */
  #subscribing: Subscription | undefined;
  /** Bytes of the SUBSCRIBE frames by which they came. */
  #size = 0;
  /** Undefined as long as nobody has wanted to know. */
  #endListeners: Map<string, Set<() => void>> | undefined;

  constructor(
    private readonly sessionId: string,
    private readonly context: SessionContext,
    /** Calls a listener, who may fail. */
    private readonly tell: (listener: () => void) => void,
  ) {
    this.#ended = new EndedSubscriptions(context.deliveries, context.subscriptionLimit);
  }

  get byId(): ReadonlyMap<string, Subscription> {
    return this.#byId;
  }

  /** @returns how to stop listening */
  onEnd(id: string, listener: () => void): () => void {
    const all = (this.#endListeners ??= new Map());
    const listeners = all.get(id) ?? new Set();
    all.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && all.get(id) === listeners) all.delete(id);
    };
  }

  /** @throws StompException when there are too many, or they are too large together */
  add(subscription: SessionSubscription): void {
    const { size } = subscription;
    const { subscriptionLimit, subscriptionSizeLimit } = this.context;
    if (this.#byId.size >= subscriptionLimit) {
      throw full(`The session has the ${subscriptionLimit} subscriptions that this server allows.`);
    }
    if (this.#size + size > subscriptionSizeLimit) {
      throw full(
        `The subscriptions of the session have more than the ${subscriptionSizeLimit} bytes that this server allows.`,
      );
    }
    this.#size += size;
    this.#byId.set(subscription.id, subscription);
    this.#subscribing = subscription;
  }

  /** The SUBSCRIBE of the last one has been handled. */
  handled(): void {
    this.#subscribing = undefined;
  }

  remove(id: string): void {
    const subscription = this.#byId.get(id);
    if (subscription) {
      subscription.isOver = true;
      this.context.deliveries.forgetReports(subscription);
      this.#byId.delete(id);
      this.#size -= subscription.size;
      this.context.subscriptionEnded(this.sessionId, id);
    }
    const listeners = this.#endListeners?.get(id);
    this.#endListeners?.delete(id);
    listeners?.forEach((listener) => this.tell(listener));
  }

  /** Of the server's own accord: the client may believe in it for a while. @returns whether an event has told of it */
  end(subscription: Subscription): boolean {
    const { deliveries } = this.context;
    const unacknowledged = deliveries.unacknowledged(subscription);
    this.remove(subscription.id);
    this.#ended.add(subscription);
    deliveries.excuse(unacknowledged, subscription);
    return subscription !== this.#subscribing;
  }

  /** @returns whether the server had ended the subscription, which the client may not have known */
  forgetEnded(id: string): boolean {
    return this.#ended.forget(id);
  }

  removeAll(): void {
    for (const id of this.#byId.keys()) this.remove(id);
    this.#ended.forgetAll();
  }
}

function full(sentence: string): StompException {
  return new StompException('STOMP_ERR_SUBSCRIPTION_LIMIT', sentence);
}

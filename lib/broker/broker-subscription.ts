import { StompException, quote } from '../exceptions/stomp.exception.js';
import type { Message } from '../messaging/message.js';
import type { AckMode, MessageReceiver, Subscription } from '../messaging/subscription.js';
import type { Consumer, Delivery } from '../messaging/deliveries.js';
import type { HistoryPosition } from './history.js';
import { parseSelector, type Selector } from './selector/selector.js';

export interface SubscriptionSettings {
  readonly selector: boolean;
  readonly prefetchLimit: number;
}

/** Of those who acknowledge nothing. */
const NOTHING_IN_FLIGHT = new Set<never>();

/** A client's subscription as the broker knows it. */
export class BrokerSubscription implements Consumer {
  readonly id: string;
  readonly destination: string;
  readonly ackMode: AckMode;
  readonly receiver: MessageReceiver;
  /** How many deliveries may be unacknowledged at a time. */
  readonly prefetch: number;
  readonly inFlight: Set<Delivery>;
  /** Only what comes by this pattern of a relay is for it; undefined: only what names its destination. */
  readonly feed: string | undefined;
  /** It asked for a past that could not be had, and has not been told in a MESSAGE yet. */
  lacksPast = false;
  /** With a shared history: what is not behind this, it has been sent or is not for it. */
  toldTo: HistoryPosition | undefined;
  /** Messages are kept back from it, or it has not been told in a MESSAGE yet how many were dropped. */
  isBehind = false;
  readonly #isNoLocal: boolean;
  readonly #selector: Selector | undefined;

  /** @throws StompException when a header is malformed */
  constructor(
    /** What the session keeps of it. */
    readonly wish: Subscription,
    /** What messages are compared with: a user destination has been resolved. */
    readonly target: string,
    readonly isPrivate: boolean,
    { headers }: Message,
    settings: SubscriptionSettings,
    /** Whether the session as a whole may be sent more that it must acknowledge. */
    private readonly hasSessionCredit: (receiver: MessageReceiver) => boolean,
  ) {
    this.id = wish.id;
    this.destination = wish.destination;
    this.ackMode = wish.ackMode;
    this.receiver = wish.receiver;
    this.feed = headers.feed;
    this.inFlight = this.ackMode === 'auto' ? NOTHING_IN_FLIGHT : new Set();
    this.prefetch = prefetchOf(headers.nativeHeaders.get('prefetch-count'), settings.prefetchLimit);
    this.#isNoLocal = headers.nativeHeaders.get('no-local') === 'true';
    const selector = settings.selector ? headers.nativeHeaders.get('selector') : undefined;
    this.#selector = selector === undefined ? undefined : parseSelector(selector);
  }

  get isOver(): boolean {
    return this.wish.isOver;
  }

  /** Whether one more delivery may be under way: what a client has not read yet it cannot acknowledge either. */
  get hasCredit(): boolean {
    const { receiver } = this;
    if (!receiver.isWritable) return false;
    return this.ackMode === 'auto' || (this.inFlight.size < this.prefetch && this.hasSessionCredit(receiver));
  }

  /** Whether a message that matches the destination is for this subscription. */
  wants({ headers }: Message, senderId: string | undefined): boolean {
    const { id } = this.receiver;
    if (headers.feed !== this.feed) return false;
    if (id === headers.excludedSessionId || (this.#isNoLocal && id === senderId)) return false;
    return this.#selector === undefined || this.#selector(headers.nativeHeaders);
  }
}

function prefetchOf(header: string | undefined, limit: number): number {
  if (header === undefined) return limit;
  if (!/^[1-9]\d{0,8}$/.test(header)) {
    throw new StompException(
      'STOMP_ERR_INVALID_HEADER',
      `The prefetch-count ${quote(header)} must be a number from 1 on.`,
    );
  }
  return Math.min(Number(header), limit);
}

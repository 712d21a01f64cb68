import { StompException, quote } from '../exceptions/stomp.exception.js';
import type { Consumer, Deliveries, Delivery, DeliverySource } from '../messaging/deliveries.js';
import type { Message } from '../messaging/message.js';
import type { AckMode, MessageReceiver, Subscription } from '../messaging/subscription.js';
import type { MaybePromise } from '../utils/maybe-promise.js';
import type { StompExecutionContext } from './stomp-execution-context.js';

/** Calls what the application wants to have called, if it does; whatever that throws. */
type Answered = (callback: (() => void) | undefined) => void;

/** A subscription to a handler that acknowledges what it is sent, and so says how much more it wants. */
export class DirectSubscriber implements Consumer, DeliverySource {
  readonly id: string;
  readonly destination: string;
  readonly ackMode: AckMode;
  readonly receiver: MessageReceiver;
  readonly inFlight = new Set<Delivery>();
  #whenCredit: (() => void)[] = [];

  constructor(
    private readonly subscription: Subscription,
    private readonly deliveries: Deliveries,
    /** How many items of a stream may be unacknowledged. */
    readonly window: number,
    private readonly answered: Answered,
  ) {
    this.id = subscription.id;
    this.destination = subscription.destination;
    this.ackMode = subscription.ackMode;
    this.receiver = subscription.receiver;
  }

  get isOver(): boolean {
    return this.subscription.isOver;
  }

  deliver(message: Message): void {
    this.deliveries.deliver(message, this, this);
  }

  /** Settles when one more item may be sent, or when nobody wants any more. */
  whenCredit(): MaybePromise<void> {
    if (this.isOver || (this.inFlight.size < this.window && this.deliveries.hasCredit(this.receiver))) return;
    return new Promise<void>((resolve) => this.#whenCredit.push(resolve)).then(() => this.whenCredit());
  }

  /** Those who wait look again. */
  release(): void {
    for (const resolve of this.#whenCredit.splice(0)) resolve();
  }

  acknowledged({ message }: Delivery): void {
    this.answered(message.headers.onAck);
    this.release();
  }

  /** What a handler has sent directly is not sent again. */
  rejected({ message }: Delivery): void {
    this.answered(message.headers.onNack);
    this.release();
  }

  abandoned(): void {}

  end(): void {
    this.deliveries.abandon(this);
    this.release();
  }
}

/** All subscriptions to handlers with `ack:client` or `ack:client-individual`. */
export class DirectSubscribers {
  readonly #bySubscription = new WeakMap<Subscription, DirectSubscriber>();
  readonly #bySession = new WeakMap<MessageReceiver, Set<DirectSubscriber>>();

  constructor(
    private readonly deliveries: Deliveries,
    /** The window of a client that names none. */
    private readonly defaultWindow: number,
    private readonly onFailure: (error: unknown) => void,
  ) {
    deliveries.onCredit((receiver) => this.#bySession.get(receiver)?.forEach((subscriber) => subscriber.release()));
  }

  /** The message counts as acknowledged: nobody will be asked. */
  acknowledged({ headers }: Message): void {
    this.#answered(headers.onAck);
  }

  /**
   * @returns undefined when the message is no SUBSCRIBE, or asks for no acknowledgement
   * @throws StompException when its `window` is not a number from 1 on
   */
  of({ message, session }: StompExecutionContext): DirectSubscriber | undefined {
    const { subscription, nativeHeaders } = message.headers;
    if (!subscription || !session || subscription.ackMode === 'auto') return undefined;
    const known = this.#bySubscription.get(subscription);
    if (known) return known;
    const window = this.#window(nativeHeaders.get('window'));
    const subscriber = new DirectSubscriber(subscription, this.deliveries, window, this.#answered);
    this.#bySubscription.set(subscription, subscriber);
    const others = this.#bySession.get(session) ?? new Set();
    this.#bySession.set(session, others.add(subscriber));
    session.onUnsubscribe(subscription.id, () => {
      others.delete(subscriber);
      subscriber.end();
    });
    return subscriber;
  }

  readonly #answered: Answered = (callback) => {
    try {
      callback?.();
    } catch (error) {
      this.onFailure(error);
    }
  };

  #window(header: string | undefined): number {
    if (header === undefined) return this.defaultWindow;
    if (!/^[1-9]\d{0,8}$/.test(header)) {
      throw new StompException('STOMP_ERR_INVALID_HEADER', `The window ${quote(header)} must be a number from 1 on.`);
    }
    return Math.min(Number(header), this.defaultWindow);
  }
}

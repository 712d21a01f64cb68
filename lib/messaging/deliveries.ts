import { StompException, quote } from '../exceptions/stomp.exception.js';
import { HeaderList, type HeaderInit } from '../utils/header-list.js';
import { startAll, type MaybePromise } from '../utils/maybe-promise.js';
import type { ClientOutboundChannel } from './client-outbound.channel.js';
import type { MessageHandler } from './message-channel.js';
import { Message, MessageHeaders } from './message.js';
import type { MessageReceiver, Subscription } from './subscription.js';

/** A subscription that remembers what it owes an answer for. */
export interface Consumer extends Subscription {
  /** What has been delivered and not acknowledged, oldest first. Empty with `ack:auto`. */
  readonly inFlight: Set<Delivery>;
}

/** Where deliveries come from, and what becomes of them. */
export interface DeliverySource {
  /** Whether it may deliver a message again. If not, only the id of what is unacknowledged is kept. */
  readonly redelivers?: boolean;
  /**
   * @param isAwaited whether the client waits for its RECEIPT
   * @returns a promise when it has not taken effect yet, and somebody waits for that
   */
  acknowledged(delivery: Delivery, isAwaited?: boolean): MaybePromise<void>;
  /** The client does not want it (NACK). */
  rejected(delivery: Delivery, isAwaited?: boolean): MaybePromise<void>;
  /** The subscription or its session ended before an answer came. Oldest first. */
  abandoned(deliveries: readonly Delivery[]): void;
}

/** One message on its way to one subscription that must acknowledge it. */
export interface Delivery {
  /** New for each delivery, unlike the message id. */
  readonly ackId: string;
  /** Nothing but its id if the source does not redeliver. */
  readonly message: Message;
  readonly subscription: Consumer;
  readonly source: DeliverySource;
}

const NO_BYTES = new Uint8Array();

/** Of a message that nobody wants back. */
const NO_SOURCE: DeliverySource = { acknowledged: () => {}, rejected: () => {}, abandoned: () => {} };

/** How many of the reports of one subscription may be unanswered; the oldest are forgotten, for nobody waits for them. */
const MOST_REPORTS = 100;

/** What one session has been sent, by ack id. */
interface SessionDeliveries {
  /** What somebody waits for the answer to. */
  readonly owed: Map<string, Delivery>;
  /** What nobody waits for, though the client may answer it. */
  readonly excused: Map<string, Delivery>;
}

/** What has been delivered and waits for ACK or NACK. Every id is known only to the session that it was sent to. */
export class Deliveries implements MessageHandler {
  readonly #bySession = new Map<string, SessionDeliveries>();
  readonly #reported = new WeakMap<Subscription, Consumer>();
  readonly #creditListeners: ((receiver: MessageReceiver) => void)[] = [];
  #count = 0;

  constructor(
    private readonly outbound: ClientOutboundChannel,
    /** How many a session may be sent that it has not acknowledged, and how many more may be excused. */
    private readonly limit: number,
  ) {}

  /** How many wait for their answer. */
  get size(): number {
    let size = 0;
    for (const { owed, excused } of this.#bySession.values()) size += owed.size + excused.size;
    return size;
  }

  /** Whether the session may be sent one more that it must acknowledge. */
  hasCredit({ id }: MessageReceiver): boolean {
    return (this.#bySession.get(id)?.owed.size ?? 0) < this.limit;
  }

  /** Calls the listener when a session that had no credit has some again. */
  onCredit(listener: (receiver: MessageReceiver) => void): void {
    this.#creditListeners.push(listener);
  }

  /** Sends the message to the subscription; with `ack:auto` it counts as acknowledged at once. */
  deliver(message: Message, subscription: Consumer, source: DeliverySource, headers: HeaderInit = {}): void {
    const remembered = source.redelivers ? message : idOf(message);
    const delivery: Delivery = { ackId: `${++this.#count}`, message: remembered, subscription, source };
    const list = HeaderList.from(headers);
    if (subscription.ackMode !== 'auto') {
      list.append('ack', delivery.ackId);
      this.#remember(delivery);
    }
    const outgoing = list.size === 0 ? message : message.with({ delivery: merged(message.headers.delivery, list) });
    void this.outbound.deliver(outgoing, subscription);
    if (subscription.ackMode === 'auto') void source.acknowledged(delivery);
  }

  /** Sends what concerns the client alone, the report of an error. It can be acknowledged as everything on its subscription can. */
  report(message: Message, subscription: Subscription): void {
    const consumer = this.#reportConsumer(subscription);
    // The last one comes after deliveries that are excused; there is only one.
    const isFull = consumer.inFlight.size >= MOST_REPORTS && !message.headers.isLast;
    if (isFull) this.#forget(consumer.inFlight.values().next().value!);
    this.deliver(message, consumer, NO_SOURCE);
  }

  /** What the subscription has been sent and has not acknowledged. */
  unacknowledged({ id, receiver }: Subscription): Delivery[] {
    const { owed = [], excused = [] } = this.#bySession.get(receiver.id) ?? {};
    return [...owed, ...excused].map(([, delivery]) => delivery).filter(({ subscription }) => subscription.id === id);
  }

  /**
   * Deliveries whose subscription the server has ended, which a client that does not know yet may acknowledge all the same: nothing
   * comes of it. Until `forgetReports`.
   */
  excuse(deliveries: readonly Delivery[], subscription: Subscription): void {
    const consumer = this.#reportConsumer(subscription);
    for (const { ackId, message } of deliveries) {
      this.#remember({ ackId, message: idOf(message), subscription: consumer, source: NO_SOURCE });
    }
  }

  /** A client's subscription is over: its reports are not waited for any more. */
  forgetReports(subscription: Subscription): void {
    const consumer = this.#reported.get(subscription);
    if (consumer) this.abandon(consumer);
  }

  /** Carries out an ACK or NACK of a client. @throws StompException when it names nothing that the session was sent */
  handleMessage(message: Message): MaybePromise<void> {
    const { command, isAwaited } = message.headers;
    if (!isAnswer(message)) return;
    return startAll(upTo(this.#find(message)), (delivery) => {
      const { source, subscription } = delivery;
      this.#forget(delivery);
      this.#tellCredit(subscription.receiver, 1);
      return command === 'ACK' ? source.acknowledged(delivery, isAwaited) : source.rejected(delivery, isAwaited);
    });
  }

  /** @throws StompException when one of them names nothing, or what another of them names too */
  validate(messages: readonly Message[]): void {
    const answered = new Set<Delivery>();
    for (const message of messages.filter(isAnswer)) {
      const named = this.#find(message);
      if (answered.has(named)) throw unknownDelivery(message);
      for (const delivery of upTo(named)) answered.add(delivery);
    }
  }

  /** The subscription has ended: nobody will acknowledge what it was sent. */
  abandon(subscription: Consumer): void {
    if (subscription.inFlight.size === 0) return;
    const bySource = new Map<DeliverySource, Delivery[]>();
    const all = [...subscription.inFlight];
    for (const delivery of all) {
      this.#forget(delivery);
      const others = bySource.get(delivery.source);
      if (others) others.push(delivery);
      else bySource.set(delivery.source, [delivery]);
    }
    for (const [source, deliveries] of bySource) source.abandoned(deliveries);
    this.#tellCredit(subscription.receiver, all.length);
  }

  #reportConsumer(subscription: Subscription): Consumer {
    const known = this.#reported.get(subscription);
    if (known) return known;
    const { id, destination, ackMode, receiver } = subscription;
    const consumer: Consumer = {
      id,
      destination,
      ackMode,
      receiver,
      get isOver() {
        return subscription.isOver;
      },
      inFlight: new Set(),
    };
    this.#reported.set(subscription, consumer);
    return consumer;
  }

  #remember(delivery: Delivery): void {
    const { ackId, source, subscription } = delivery;
    const { id } = subscription.receiver;
    const known = this.#bySession.get(id) ?? { owed: new Map(), excused: new Map() };
    this.#bySession.set(id, known);
    if (source !== NO_SOURCE) {
      known.owed.set(ackId, delivery);
    } else {
      if (known.excused.size >= this.limit) this.#forget(known.excused.values().next().value!);
      known.excused.set(ackId, delivery);
    }
    subscription.inFlight.add(delivery);
  }

  #forget(delivery: Delivery): void {
    const { ackId, subscription } = delivery;
    const { id } = subscription.receiver;
    const known = this.#bySession.get(id);
    known?.owed.delete(ackId);
    known?.excused.delete(ackId);
    if (known?.owed.size === 0 && known.excused.size === 0) this.#bySession.delete(id);
    subscription.inFlight.delete(delivery);
  }

  /** @param forgotten how many deliveries to the receiver have been forgotten just now */
  #tellCredit(receiver: MessageReceiver, forgotten: number): void {
    const owed = this.#bySession.get(receiver.id)?.owed.size ?? 0;
    if (owed >= this.limit || owed + forgotten < this.limit) return;
    // Each is the first in turn: it could use all of the credit.
    this.#creditListeners.push(...this.#creditListeners.splice(0, 1));
    for (const listener of this.#creditListeners) listener(receiver);
  }

  /** STOMP 1.2 names the delivery by `id`, 1.1 by `message-id` and `subscription`, 1.0 by `message-id`. */
  #find(answer: Message): Delivery {
    const { sessionId, nativeHeaders: headers } = answer.headers;
    const { owed, excused } = this.#bySession.get(sessionId!) ?? {};
    const id = headers.get('id');
    const found =
      id === undefined
        ? // A message that came back when the server ended its subscription may be under way again: that delivery is waited for.
          (findByMessageId(owed, headers) ?? findByMessageId(excused, headers))
        : (owed?.get(id) ?? excused?.get(id));
    if (!found) throw unknownDelivery(answer);
    return found;
  }
}

function findByMessageId(deliveries: Map<string, Delivery> | undefined, headers: HeaderList): Delivery | undefined {
  const messageId = headers.get('message-id');
  const subscriptionId = headers.get('subscription');
  for (const delivery of deliveries?.values() ?? []) {
    const { message, subscription } = delivery;
    const isNamed = subscriptionId === undefined || subscription.id === subscriptionId;
    if (isNamed && message.headers.messageId === messageId) return delivery;
  }
  return undefined;
}

/** All that is needed of a message that is not sent again. */
function idOf({ headers: { messageId, onAck, onNack } }: Message): Message {
  return new Message(NO_BYTES, MessageHeaders.of({ messageId, onAck, onNack }));
}

function unknownDelivery({ headers: { nativeHeaders } }: Message): StompException {
  const name = quote(nativeHeaders.get('id') ?? nativeHeaders.get('message-id') ?? '');
  return new StompException(
    'STOMP_ERR_ACK',
    `${name} names no message that this session was sent and has not acknowledged yet.`,
  );
}

function isAnswer({ headers: { command } }: Message): boolean {
  return command === 'ACK' || command === 'NACK';
}

/** STOMP 1.2 “ack”: in `client` mode all deliveries before it are meant too. */
function upTo(named: Delivery): Delivery[] {
  const { subscription } = named;
  if (subscription.ackMode !== 'client') return [named];
  const deliveries: Delivery[] = [];
  for (const delivery of subscription.inFlight) {
    deliveries.push(delivery);
    if (delivery === named) break;
  }
  return deliveries;
}

function merged(first: HeaderList | undefined, second: HeaderList): HeaderList {
  if (first === undefined) return second;
  const list = first.clone();
  second.forEach((name, value) => list.append(name, value));
  return list;
}

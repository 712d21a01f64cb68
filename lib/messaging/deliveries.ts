import { StompException, quote } from '../exceptions/stomp.exception.js';
import { HeaderList, type HeaderInit } from '../utils/header-list.js';
import type { ClientOutboundChannel } from './client-outbound.channel.js';
import type { MessageHandler } from './message-channel.js';
import { Message } from './message.js';
import type { Subscription } from './subscription.js';

/** A subscription that remembers what it owes an answer for. */
export interface Consumer extends Subscription {
  /** What has been delivered and not acknowledged, oldest first. Empty with `ack:auto`. */
  readonly inFlight: Set<Delivery>;
}

/** Where deliveries come from, and what becomes of them. */
export interface DeliverySource {
  /** Whether it may deliver a message again. If not, only the headers of what is unacknowledged are kept. */
  readonly redelivers?: boolean;
  acknowledged(delivery: Delivery): void;
  /** The client does not want it (NACK). */
  rejected(delivery: Delivery): void;
  /** The subscription or its session ended before an answer came. Oldest first. */
  abandoned(deliveries: readonly Delivery[]): void;
}

/** One message on its way to one subscription that must acknowledge it. */
export interface Delivery {
  /** New for each delivery, unlike the message id. */
  readonly ackId: string;
  /** Without its payload if the source does not redeliver. */
  readonly message: Message;
  readonly subscription: Consumer;
  readonly source: DeliverySource;
}

const NO_BYTES = new Uint8Array();

/** Of a message that nobody wants back. */
const NO_SOURCE: DeliverySource = { acknowledged: () => {}, rejected: () => {}, abandoned: () => {} };

/** How many of the reports of one subscription may be unanswered; the oldest are forgotten, for nobody waits for them. */
const MOST_REPORTS = 100;

/** What has been delivered and waits for ACK or NACK. Every id is known only to the session that it was sent to. */
export class Deliveries implements MessageHandler {
  readonly #bySession = new Map<string, Map<string, Delivery>>();
  readonly #reported = new WeakMap<Subscription, Consumer>();
  #count = 0;

  constructor(private readonly outbound: ClientOutboundChannel) {}

  /** How many wait for their answer. */
  get size(): number {
    let size = 0;
    for (const known of this.#bySession.values()) size += known.size;
    return size;
  }

  /** Sends the message to the subscription; with `ack:auto` it counts as acknowledged at once. */
  deliver(message: Message, subscription: Consumer, source: DeliverySource, headers: HeaderInit = {}): void {
    const remembered = source.redelivers ? message : new Message(NO_BYTES, message.headers);
    const delivery: Delivery = { ackId: `${++this.#count}`, message: remembered, subscription, source };
    const list = HeaderList.from(headers);
    if (subscription.ackMode !== 'auto') {
      list.append('ack', delivery.ackId);
      this.#remember(delivery);
    }
    const outgoing = list.size === 0 ? message : message.with({ delivery: merged(message.headers.delivery, list) });
    void this.outbound.deliver(outgoing, subscription);
    if (subscription.ackMode === 'auto') source.acknowledged(delivery);
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
    const known = this.#bySession.get(receiver.id)?.values() ?? [];
    return [...known].filter(({ subscription }) => subscription.id === id);
  }

  /**
   * Deliveries whose subscription the server has ended, which a client that does not know yet may acknowledge all the same: nothing
   * comes of it. Until `forgetReports`.
   */
  excuse(deliveries: readonly Delivery[], subscription: Subscription): void {
    const consumer = this.#reportConsumer(subscription);
    for (const { ackId, message } of deliveries) {
      const remembered = new Message(NO_BYTES, message.headers);
      this.#remember({ ackId, message: remembered, subscription: consumer, source: NO_SOURCE });
    }
  }

  /** A client's subscription is over: its reports are not waited for any more. */
  forgetReports(subscription: Subscription): void {
    const consumer = this.#reported.get(subscription);
    if (consumer) this.abandon(consumer);
  }

  /** Carries out an ACK or NACK of a client. @throws StompException when it names nothing that the session was sent */
  handleMessage(message: Message): void {
    const { command } = message.headers;
    if (!isAnswer(message)) return;
    for (const delivery of upTo(this.#find(message))) {
      this.#forget(delivery);
      if (command === 'ACK') delivery.source.acknowledged(delivery);
      else delivery.source.rejected(delivery);
    }
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
    const bySource = new Map<DeliverySource, Delivery[]>();
    for (const delivery of [...subscription.inFlight]) {
      this.#forget(delivery);
      const others = bySource.get(delivery.source);
      if (others) others.push(delivery);
      else bySource.set(delivery.source, [delivery]);
    }
    for (const [source, deliveries] of bySource) source.abandoned(deliveries);
  }

  #reportConsumer(subscription: Subscription): Consumer {
    const known = this.#reported.get(subscription);
    if (known) return known;
    const { id, destination, ackMode, receiver } = subscription;
    const consumer = { id, destination, ackMode, receiver, inFlight: new Set<Delivery>() };
    this.#reported.set(subscription, consumer);
    return consumer;
  }

  #remember(delivery: Delivery): void {
    const { id } = delivery.subscription.receiver;
    const known = this.#bySession.get(id);
    if (known) known.set(delivery.ackId, delivery);
    else this.#bySession.set(id, new Map([[delivery.ackId, delivery]]));
    delivery.subscription.inFlight.add(delivery);
  }

  #forget(delivery: Delivery): void {
    const { id } = delivery.subscription.receiver;
    const known = this.#bySession.get(id);
    known?.delete(delivery.ackId);
    if (known?.size === 0) this.#bySession.delete(id);
    delivery.subscription.inFlight.delete(delivery);
  }

  /** STOMP 1.2 names the delivery by `id`, 1.1 by `message-id` and `subscription`, 1.0 by `message-id`. */
  #find(answer: Message): Delivery {
    const { sessionId, nativeHeaders: headers } = answer.headers;
    const known = this.#bySession.get(sessionId!);
    const id = headers.get('id');
    const found = id === undefined ? findByMessageId(known?.values() ?? [], headers) : known?.get(id);
    if (!found) throw unknownDelivery(answer);
    return found;
  }
}

/** A message that came back when the server ended its subscription may be under way again: that delivery is waited for. */
function findByMessageId(deliveries: Iterable<Delivery>, headers: HeaderList): Delivery | undefined {
  const messageId = headers.get('message-id');
  const subscriptionId = headers.get('subscription');
  const named = [...deliveries].filter(
    ({ message, subscription }) =>
      message.headers.messageId === messageId && (subscriptionId === undefined || subscription.id === subscriptionId),
  );
  return named.find(({ source }) => source !== NO_SOURCE) ?? named[0];
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

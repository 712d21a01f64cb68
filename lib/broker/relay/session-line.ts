import { createHash } from 'node:crypto';
import { BrokerRefusedException, type BrokerUnavailableException } from '../../exceptions/messaging.exception.js';
import { StompFrame } from '../../frame/stomp-frame.js';
import type { Deliveries } from '../../messaging/deliveries.js';
import type { Message } from '../../messaging/message.js';
import type { ClientOutboundChannel } from '../../messaging/client-outbound.channel.js';
import { HeaderList } from '../../utils/header-list.js';
import type { BrokerSubscription } from '../broker-subscription.js';
import { BrokerDelivery } from './broker-delivery.js';
import { checkLimits } from './broker-limits.js';
import { mayBeNamed } from './broker-dialect.js';
import type { RelayConnection } from './relay-connection.js';
import { RelayLine, type RelayLineSettings } from './relay-line.js';
import { fromMessageFrame } from './relay-message.js';

/** What the server says itself in SUBSCRIBE. */
const OWN_HEADERS = new Set(['id', 'destination', 'ack', 'receipt', 'prefetch-count', 'no-local', 'content-length']);
/** Bytes of an id that every broker takes. */
const LONGEST_ID = 200;

export interface ClientSubscription {
  readonly subscription: BrokerSubscription;
  /** More of the client's SUBSCRIBE, `durable` for example. */
  readonly headers: HeaderList;
  /** Which destinations a pattern is for; undefined: it is none. */
  readonly matches: ((destination: string) => boolean) | undefined;
  readonly isQueue: boolean;
}

export interface SessionLineListener {
  onLost(error: BrokerUnavailableException): void;
  onRemark(reason: string): void;
}

/** The connection of one client to the broker, with the subscriptions that it has there. */
export class SessionLine {
  /** By the names that the broker knows them by. */
  readonly #subscriptions = new Map<string, ClientSubscription>();
  readonly #line: RelayLine;

  constructor(
    settings: RelayLineSettings,
    private readonly isReattached: boolean,
    private readonly deliveries: Deliveries,
    private readonly outbound: ClientOutboundChannel,
    private readonly listener: SessionLineListener,
  ) {
    this.#line = new RelayLine(settings, {
      onConnected: (connection) => this.#restore(connection),
      onMessage: (frame, connection) => this.#deliver(frame, connection),
      onCancelled: (_, connection) => connection.abandon('has ended a subscription'),
      onRemark: (reason) => listener.onRemark(reason),
      onDown: (error) => this.#lost(error),
    });
  }

  get connection(): RelayConnection {
    return this.#line.connection;
  }

  get isUp(): boolean {
    return this.#line.isUp;
  }

  get size(): number {
    return this.#subscriptions.size;
  }

  get unconfirmed(): number {
    return this.#line.unconfirmed;
  }

  get bufferedBytes(): number {
    return this.#line.bufferedBytes;
  }

  get reconnects(): number {
    return this.#line.reconnects;
  }

  open(): Promise<void> {
    return this.#line.open();
  }

  /** What has not been acknowledged goes back to the broker with the connection. */
  stop(): Promise<void> {
    const all = [...this.#subscriptions.values()];
    this.#subscriptions.clear();
    for (const { subscription } of all) this.deliveries.abandon(subscription);
    return this.#line.stop();
  }

  /** How many messages the subscriptions may have unacknowledged together. */
  get prefetch(): number {
    const all = [...this.#subscriptions.values()].filter(({ subscription }) => subscription.ackMode !== 'auto');
    return all.reduce((sum, { subscription }) => sum + subscription.prefetch, 0);
  }

  async subscribe(own: ClientSubscription): Promise<void> {
    const { connection } = this;
    const id = brokerIdOf(own.subscription.id);
    const frame = subscribeFrame(own, connection);
    this.#subscriptions.set(id, own);
    try {
      await connection.request(frame);
    } catch (error) {
      this.#subscriptions.delete(id);
      // The broker may carry out later what it has not confirmed in time.
      if (!(error instanceof BrokerRefusedException))
        connection.post(new StompFrame('UNSUBSCRIBE', HeaderList.from({ id })));
      throw error;
    }
  }

  /** @param headers of the client's UNSUBSCRIBE; undefined when the server has ended the subscription */
  async unsubscribe(clientId: string, headers = new HeaderList()): Promise<void> {
    const id = brokerIdOf(clientId);
    const own = this.#subscriptions.get(id);
    if (!own) return;
    this.#subscriptions.delete(id);
    this.deliveries.abandon(own.subscription);
    if (!this.isUp) return;
    const list = HeaderList.from({ id });
    addOwn(list, headers, own, this.connection);
    await this.connection.request(new StompFrame('UNSUBSCRIBE', list));
  }

  /** The client can take more again, perhaps. */
  goOn(): void {
    if (this.isUp) this.connection.resume();
  }

  async #restore(connection: RelayConnection): Promise<void> {
    const all = [...this.#subscriptions.values()];
    await Promise.all(all.map((own) => connection.request(subscribeFrame(own, connection))));
  }

  #deliver(frame: StompFrame, connection: RelayConnection): void {
    const { headers } = frame;
    const own = this.#subscriptions.get(headers.get('subscription') ?? '');
    if (!own) return;
    const { subscription, matches } = own;
    const destination = matches
      ? connection.dialect.fromBroker(headers.get('destination') ?? '')
      : subscription.destination;
    const message = fromMessageFrame(frame, destination);
    const delivery = new BrokerDelivery(connection, headers.get('ack') ?? '');
    if (!isFor(own, message, connection)) {
      if (subscription.ackMode !== 'auto') void delivery.acknowledged();
    } else if (subscription.ackMode === 'auto') {
      void this.outbound.deliver(message, subscription);
    } else {
      this.deliveries.deliver(message, subscription, delivery);
    }
    if (!subscription.receiver.isWritable) connection.pause();
  }

  #lost(error: BrokerUnavailableException): void {
    for (const { subscription } of this.#subscriptions.values()) {
      const owed = this.deliveries.unacknowledged(subscription);
      this.deliveries.abandon(subscription);
      this.deliveries.excuse(owed, subscription.wish);
    }
    if (this.isReattached) return;
    void this.stop();
    this.listener.onLost(error);
  }
}

/** What a pattern of the broker brings that the client's own is not for, and what the client has sent itself. */
function isFor({ subscription, matches, isQueue }: ClientSubscription, message: Message, { dialect }: RelayConnection) {
  const { destination, sessionId } = message.headers;
  if (matches && !(matches(destination!) && mayBeNamed(destination!, dialect))) return false;
  // What is left out of a work queue nobody would get.
  return isQueue || subscription.wants(message, sessionId);
}

function subscribeFrame(own: ClientSubscription, connection: RelayConnection): StompFrame {
  const { id, target, ackMode, prefetch } = own.subscription;
  // Each delivery is answered for itself: what an ACK of the client is for the server knows.
  const ack = ackMode === 'auto' ? 'auto' : 'client-individual';
  const list = HeaderList.from({ id: brokerIdOf(id), destination: target, ack });
  addOwn(list, own.headers, own, connection);
  if (ackMode !== 'auto') list.set(connection.dialect.prefetchHeader, `${prefetch}`);
  checkLimits(list, connection.dialect.limits);
  return new StompFrame('SUBSCRIBE', list);
}

/** @param headers of the client: those that the broker takes for its subscription's */
function addOwn(
  list: HeaderList,
  headers: HeaderList,
  { subscription }: ClientSubscription,
  { dialect }: RelayConnection,
): void {
  headers.forEach((name, value) => {
    if (list.has(name) || OWN_HEADERS.has(name) || name.startsWith('simp')) return;
    if (dialect.isSubscribersOwn(name, subscription.target)) list.append(name, value);
  });
}

/** RabbitMQ makes names of ids: some of them mean something, and none is long. What a client chose stays the same when it comes again. */
function brokerIdOf(id: string): string {
  const isPlain = !/@@|^\/temp-queue\/|^sha256:/.test(id) && Buffer.byteLength(id) <= LONGEST_ID;
  return isPlain ? id : `sha256:${createHash('sha256').update(id).digest('hex')}`;
}

import { sizeOf, StompFrame } from '../../frame/stomp-frame.js';
import type { Deliveries } from '../../messaging/deliveries.js';
import { HeaderList } from '../../utils/header-list.js';
import { Fifo } from '../../utils/fifo.js';
import type { BrokerSubscription } from '../broker-subscription.js';
import { BrokerDelivery } from './broker-delivery.js';
import type { RelayConnection } from './relay-connection.js';
import { RelayLine, type RelayLineSettings } from './relay-line.js';
import { fromMessageFrame } from './relay-message.js';

const ID = 'queue';
/** So many bytes are read ahead of what the client can take: what would have to be read first would come too late for its turn. */
const AT_HAND = 65_536;

/**
 * A client's subscription to a work queue of the broker. It has a connection of its own: only the end of a connection gives back, in order and on every
 * broker, what was delivered and not acknowledged.
 */
export class QueueConsumer {
  readonly #line: RelayLine;
  #connection: RelayConnection | undefined;
  /** What came when the client could take no more. */
  readonly #held = new Fifo<StompFrame>();
  #heldBytes = 0;

  constructor(
    readonly subscription: BrokerSubscription,
    private readonly deliveries: Deliveries,
    settings: RelayLineSettings,
  ) {
    this.#line = new RelayLine(settings, {
      onConnected: (connection) => this.#subscribe(connection),
      onMessage: (frame, connection) => this.#receive(frame, connection),
      onCancelled: (_, connection) => connection.abandon('has ended the subscription'),
      onDown: () => this.#lost(),
    });
  }

  get unconfirmed(): number {
    return this.#line.unconfirmed;
  }

  get bufferedBytes(): number {
    return this.#line.bufferedBytes;
  }

  /** @throws BrokerUnavailableException when the broker cannot be had, or refuses */
  start(): Promise<void> {
    return this.#line.open();
  }

  /** The client can take one more again, perhaps. @returns whether it was sent one */
  goOn(): boolean {
    const connection = this.#connection;
    if (!connection || !this.#hasRoom) return false;
    const held = this.#held.shift();
    if (held) {
      this.#heldBytes -= sizeOf(held);
      this.#deliver(held, connection);
    }
    if (this.#heldBytes < AT_HAND) connection.resume();
    return held !== undefined;
  }

  async end(): Promise<void> {
    this.#drop();
    await this.#line.stop();
  }

  get #hasRoom(): boolean {
    const { receiver, ackMode } = this.subscription;
    return receiver.isWritable && (ackMode === 'auto' || this.deliveries.hasCredit(receiver));
  }

  #subscribe(connection: RelayConnection): Promise<void> {
    this.#connection = connection;
    const { target, prefetch } = this.subscription;
    const headers = HeaderList.from({
      id: ID,
      destination: connection.dialect.toBroker(target),
      ack: 'client-individual',
      [connection.dialect.prefetchHeader]: prefetch,
    });
    return connection.request(new StompFrame('SUBSCRIBE', headers));
  }

  #receive(frame: StompFrame, connection: RelayConnection): void {
    // What comes behind the end of the subscription goes back with the connection.
    if (connection !== this.#connection) return;
    if (this.#held.size === 0 && this.#hasRoom) return this.#deliver(frame, connection);
    this.#held.push(frame);
    this.#heldBytes += sizeOf(frame);
    // Behind it is the RECEIPT of an ACK, perhaps; no more comes than the broker may send unacknowledged.
    if (this.#heldBytes >= AT_HAND && connection.unconfirmed === 0) connection.pause();
  }

  #deliver(frame: StompFrame, connection: RelayConnection): void {
    const message = fromMessageFrame(frame, this.subscription.target);
    this.deliveries.deliver(message, this.subscription, new BrokerDelivery(connection, frame.headers.get('ack') ?? ''));
  }

  /** It comes again, from the broker. */
  #drop(): void {
    this.#connection = undefined;
    this.#held.clear();
    this.#heldBytes = 0;
  }

  /** The broker delivers again what was not acknowledged: an answer to the first delivery is no mistake, and nobody waits for it. */
  #lost(): void {
    this.#drop();
    const { subscription } = this;
    const owed = this.deliveries.unacknowledged(subscription);
    this.deliveries.abandon(subscription);
    this.deliveries.excuse(owed, subscription.wish);
  }
}

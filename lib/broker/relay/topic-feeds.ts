import { BrokerRefusedException, MessageDeliveryException } from '../../exceptions/messaging.exception.js';
import { StompFrame } from '../../frame/stomp-frame.js';
import { HeaderList } from '../../utils/header-list.js';
import type { MaybePromise } from '../../utils/maybe-promise.js';
import { isPattern } from '../destination-matcher.js';
import type { BrokerDialect } from './broker-dialect.js';
import type { RelayConnection } from './relay-connection.js';

/** One subscription at the broker, for all the clients' that need it. */
export interface TopicFeed {
  /** Of SUBSCRIBE; never used twice. */
  readonly id: string;
  /** As the broker calls it. */
  readonly brokerDestination: string;
  /** What its messages are for: a destination by name, or the subscriptions of a pattern. */
  readonly target: { readonly destination: string } | { readonly pattern: string };
}

interface Entry extends TopicFeed {
  holders: number;
  /** Until the broker has confirmed it. */
  pending: Promise<void> | undefined;
}

/** What the whole server is subscribed to: each destination once, as long as somebody wants it. */
export class TopicFeeds {
  readonly #byDestination = new Map<string, Entry>();
  readonly #byId = new Map<string, Entry>();
  #count = 0;

  constructor(
    private readonly separator: string,
    private readonly limit: number,
  ) {}

  get size(): number {
    return this.#byId.size;
  }

  ofId(id: string | undefined): TopicFeed | undefined {
    return this.#byId.get(id ?? '');
  }

  /** What a client's subscription must come by. @throws StompException when the broker has no such destination */
  static destinationOf(destination: string, dialect: BrokerDialect, separator: string): string {
    return isPattern(destination) ? dialect.toBrokerPattern(destination, separator) : dialect.toBroker(destination);
  }

  /**
   * One more wants it. The feed is there at once; `ready` settles when nothing is missed any more.
   * @throws MessageDeliveryException when there are too many
   */
  acquire(
    destination: string,
    connection: RelayConnection,
  ): { readonly feed: TopicFeed; readonly ready: MaybePromise<void> } {
    const brokerDestination = TopicFeeds.destinationOf(destination, connection.dialect, this.separator);
    let entry = this.#byDestination.get(brokerDestination);
    if (!entry) {
      if (this.#byId.size >= this.limit) {
        throw new MessageDeliveryException(`The server is subscribed to ${this.limit} destinations of its broker.`);
      }
      const target = isPattern(destination) ? { pattern: brokerDestination } : { destination };
      entry = { id: `topic-${++this.#count}`, brokerDestination, target, holders: 0, pending: undefined };
      this.#byDestination.set(brokerDestination, entry);
      this.#byId.set(entry.id, entry);
      this.#subscribe(entry, connection);
    }
    entry.holders++;
    return { feed: entry, ready: entry.pending };
  }

  /** One less does. */
  release(feed: TopicFeed, connection: RelayConnection | undefined): void {
    const entry = this.#byId.get(feed.id);
    if (!entry || --entry.holders > 0) return;
    this.#forget(entry);
    connection?.post(unsubscribeFrame(entry));
  }

  /** Subscribes to everything on a new connection. */
  async restore(connection: RelayConnection): Promise<void> {
    const all = [...this.#byId.values()];
    await Promise.all(all.map((entry) => connection.request(subscribeFrame(entry))));
  }

  /** The broker has ended it: its queue was deleted, for example. */
  renew(id: string, connection: RelayConnection): void {
    const entry = this.#byId.get(id);
    if (!entry) return;
    // Those who have subscribed to it count on it: if it cannot be had on this connection, then on the next.
    connection.request(subscribeFrame(entry)).catch(() => connection.abandon('does not take a subscription again'));
  }

  #subscribe(entry: Entry, connection: RelayConnection): void {
    const done = (): void => void (entry.pending = undefined);
    entry.pending = connection.request(subscribeFrame(entry)).then(done, (error: unknown) => {
      // Who wants it is told so, and who comes later tries again.
      this.#forget(entry);
      // The broker may carry out later what it has not confirmed in time.
      if (!(error instanceof BrokerRefusedException)) connection.post(unsubscribeFrame(entry));
      throw error;
    });
    entry.pending.catch(() => undefined);
  }

  #forget(entry: Entry): void {
    if (this.#byDestination.get(entry.brokerDestination) === entry) this.#byDestination.delete(entry.brokerDestination);
    this.#byId.delete(entry.id);
  }
}

function subscribeFrame({ id, brokerDestination }: TopicFeed): StompFrame {
  return new StompFrame('SUBSCRIBE', HeaderList.from({ id, destination: brokerDestination, ack: 'auto' }));
}

function unsubscribeFrame({ id }: TopicFeed): StompFrame {
  return new StompFrame('UNSUBSCRIBE', HeaderList.from({ id }));
}

import type { HistoryStore } from '../broker/history.js';
import type { Message } from '../messaging/message.js';
import type { BrokerRelayOptions } from './broker-relay-options.interface.js';

/** Destinations that are work queues: each message goes to one consumer and stays until that one has acknowledged it. */
export interface QueueOptions {
  /** Destinations that begin with this are queues. */
  prefix: string;
  /** How many messages may wait in one queue. @default 10_000 */
  maxMessages?: number;
  /** How many bytes of payload may wait in one queue. @default 16_777_216 // 16 MiB */
  maxBytes?: number;
  /** A message that has waited longer, in milliseconds, is dropped. 0 keeps it for ever. @default 0 */
  maxAge?: number;
  /**
   * What happens to a SEND to a full queue. `reject` answers it with an error, so that what got a RECEIPT is never lost;
   * `drop-oldest` makes room. @default 'reject'
   */
  overflow?: 'reject' | 'drop-oldest';
  /** After so many deliveries that came back, a message goes to the dead letters. 0 tries for ever. @default 10 */
  maxDeliveries?: number;
  /**
   * Where dead letters go: a destination of the broker, or '' to drop them. As long as there is no room, a message stays in its queue and is
   * delivered again; so does one that comes back from the dead letters. @default prefix + '/dead-letter'
   */
  deadLetterDestination?: string;
}

/** Destinations whose last messages are kept for those who come back. */
export interface HistoryOptions {
  /** A destination or a pattern. */
  destination: string;
  /**
   * How many messages of each destination are kept. Who comes back with `ack:auto` is sent all of them at once: together they should be
   * less than 16 times `transport.sendBufferSizeLimit`. @default 100
   */
  size?: number;
  /** How long each is kept, in milliseconds. @default 300_000 // 5 minutes */
  ttl?: number;
}

/**
 * What happens to messages for clients that read more slowly than the messages come (Spring `OverflowStrategy`). Only subscriptions with
 * `ack:auto` are meant; for those that acknowledge, what they have not read waits within `backlogLimit` and `backlogSizeLimit`. Work queues and user destinations have no policy.
 *
 * A message is kept back as long as 65,536 bytes or more wait in the client's send buffer; after a burst that no reader could take at
 * once, too. RECEIPT and ERROR frames, heart-beats and all messages without a policy are sent as ever, except that nothing overtakes what
 * waits for the same subscription; if so much of that waits that it has no room, the session is closed with 4500. A client that reads
 * nothing at all is closed after `transport.sendTimeLimit`, whatever the policy.
 *
 * @example
 * slowConsumers: [
 *   { destination: '/topic/prices.*', policy: 'conflate', key: 'symbol' },
 *   { destination: '/topic/log.**', policy: 'drop-oldest' },
 * ]
 */
export interface SlowConsumerOptions {
  /** A destination or a pattern. */
  destination: string;
  /**
   * `drop-oldest`: what is over `slowConsumerLimit` or `slowConsumerSizeLimit` is dropped, first the oldest of the subscription. Its next
   * MESSAGE says how many are missing, in the header `dropped`; where there is a history, the client can ask for them (`since`).
   * `conflate`: of the messages of one key only the newest waits, at the place of the newest, so that the order of sending is kept; what
   * does not fit then is dropped as above. `close`: nothing is kept back, and the session is closed with 4500 at
   * `transport.sendBufferSizeLimit`, as where there is no policy; of use for an exception before a wider pattern.
   */
  policy: 'close' | 'drop-oldest' | 'conflate';
  /**
   * What tells messages of one destination apart when they are conflated: the name of a header, or a function. Messages without the
   * header, or for which the function returns undefined, are never replaced. @default one key for each destination
   */
  key?: string | ((message: Message) => string | undefined);
}

/** The broker that lives in this process. */
export interface SimpleBrokerOptions {
  kind?: 'simple';
  /** Destinations that go to the broker begin with one of these. @default ['/topic', '/queue'] */
  destinationPrefixes?: string[];
  /**
   * What the server offers as heart-beats, in milliseconds: how often it can send, how often it wants to hear; 0 means never,
   * less than 100 cannot be kept.
   * The effective interval is the larger of both sides' (STOMP 1.2 “Heart-beating”). @default [10_000, 10_000]
   */
  heartbeat?: [send: number, receive: number];
  /** Which destinations are work queues rather than publish-subscribe: prefixes, or prefixes with options. @default [] */
  queues?: (string | QueueOptions)[];
  /**
   * How many queues there may be, which hold messages or have consumers. A SEND or SUBSCRIBE that would make one more is refused with
   * `STOMP_ERR_QUEUE_FULL`. @default 10_000
   */
  queueLimit?: number;
  /**
   * How many bytes all queues may hold together, payloads, headers and what surrounds them. A SEND beyond it is refused with
   * `STOMP_ERR_QUEUE_FULL`; one to a queue with `drop-oldest` drops what is in that queue first. @default 268_435_456 // 256 MiB
   */
  queueSizeLimit?: number;
  /** Which destinations keep a history. @default [] */
  history?: HistoryOptions[];
  /** Where histories are kept: `RedisHistoryStore` of `nestjs-stomp/redis`, or a store of your own. @default in memory, within `historyLimit` and `historySizeLimit` */
  historyStore?: HistoryStore;
  /**
   * Of how many destinations the memory keeps a history. One more takes the place of the one that has been used least recently: who comes
   * back to that is told `recovered:false`. @default 10_000
   */
  historyLimit?: number;
  /**
   * How many bytes the memory keeps of all histories together, payloads, headers and what surrounds them. Beyond it the destination goes that
   * has been used least recently, as above. @default 134_217_728 // 128 MiB
   */
  historySizeLimit?: number;
  /** Whether SUBSCRIBE may have a `selector`. @default false */
  selector?: boolean;
  /**
   * How many messages a subscription with `ack:client` or `client-individual` may have unacknowledged. The client can ask for fewer
   * with the header `prefetch-count`. @default 1_000
   */
  prefetchLimit?: number;
  /**
   * How many messages a session may have unacknowledged, over all its subscriptions. What comes then waits as beyond `prefetchLimit`, and
   * the subscriptions take turns. Streams of handlers may go over it by one message each. @default 10_000
   */
  sessionPrefetchLimit?: number;
  /**
   * How many messages of a topic may wait for a subscription that acknowledges, or reads, too slowly. Beyond it the session is closed with 4500.
   * @default 10_000
   */
  backlogLimit?: number;
  /**
   * How many bytes of messages, with their headers and what surrounds them, may wait for all subscriptions of a session that acknowledge,
   * or read, too slowly. Beyond it the session is closed with 4500. @default 16_777_216 // 16 MiB
   */
  backlogSizeLimit?: number;
  /** What happens to topics' messages for clients that read slowly; the first entry for a destination counts. @default [] // closed */
  slowConsumers?: SlowConsumerOptions[];
  /** How many messages may wait for a session because of `slowConsumers`. @default 1_000 */
  slowConsumerLimit?: number;
  /**
   * How many bytes of messages, with their headers, may wait for a session because of `slowConsumers`. A message that is larger is
   * dropped. @default 1_048_576 // 1 MiB
   */
  slowConsumerSizeLimit?: number;
}

/** The same with nothing missing. */
export interface ResolvedSimpleBrokerOptions extends Required<SimpleBrokerOptions> {
  queues: Required<QueueOptions>[];
  history: Required<HistoryOptions>[];
}

/** The same with nothing missing, and with what the part of it needs that is in this process. */
export interface ResolvedBrokerRelayOptions
  extends Required<BrokerRelayOptions>, Omit<ResolvedSimpleBrokerOptions, 'kind' | keyof BrokerRelayOptions> {}

export type ResolvedBrokerOptions = ResolvedSimpleBrokerOptions | ResolvedBrokerRelayOptions;

export type BrokerOptions = SimpleBrokerOptions | BrokerRelayOptions;

/** How much one or several work queues hold. */
export interface QueueSize {
  /** Messages that wait for a consumer or are under way to one. */
  readonly messages: number;
  /** Of them, those that were delivered and are not acknowledged yet. */
  readonly unacknowledged: number;
  /** Bytes of their payloads. */
  readonly bytes: number;
  /** Subscriptions that messages go to. */
  readonly consumers: number;
}

/** One work queue. */
export interface QueueStats extends QueueSize {
  /** As the clients chose it: to be looked at, not to be the name of a metric or of a label. */
  readonly destination: string;
}

/** All work queues below one prefix of the option `broker.queues`. */
export interface QueueGroupStats extends QueueSize {
  readonly prefix: string;
  /** How many queues there are. */
  readonly queues: number;
  /** Messages of the queue that holds most. */
  readonly longest: number;
}

/** What waits for subscriptions that acknowledge slowly. */
export interface BacklogStats {
  /** Messages that a topic's subscriptions have not been sent yet; one that waits for two counts twice. */
  readonly messages: number;
  /** Bytes of their payloads. */
  readonly bytes: number;
}

/** What is kept back from sessions that read slowly, where the option `broker.slowConsumers` says so. */
export interface SlowConsumerStats {
  /** Sessions that messages wait for, or that have not been told yet what they have missed. */
  readonly sessions: number;
  /** Messages that wait; one that waits for two subscriptions counts twice. */
  readonly messages: number;
  /** Bytes of their payloads and headers. */
  readonly bytes: number;
  /** Messages that did not fit, since the start. */
  readonly dropped: number;
  /** Messages that a newer one of their key has replaced, since the start. */
  readonly conflated: number;
}

/** What is kept for those who come back. A message past its `ttl` counts until something happens to its destination. */
export interface HistoryStats {
  /** Destinations that have a past. */
  readonly destinations: number;
  readonly messages: number;
  /** Bytes of their payloads. */
  readonly bytes: number;
}

/** What a relay has to do with its broker. */
export interface RelayStats {
  /** `host:port` of the broker that the server's own connection leads to; undefined when it is down. */
  readonly broker: string | undefined;
  /** Connections to the broker. */
  readonly connections: number;
  /** What is subscribed to at the broker. */
  readonly subscriptions: number;
  /** Frames that wait for the broker's RECEIPT. */
  readonly unconfirmed: number;
  /** Bytes that wait to be read by the broker. */
  readonly bufferedBytes: number;
  /** How often a connection was lost and has come back, since the start. */
  readonly reconnects: number;
}

/** What a broker knows of itself. What it does not know, because it is elsewhere, is left out. */
export interface MessageBrokerStats {
  /** Whether messages to it would be delivered. */
  readonly isAvailable: boolean;
  /** Work queues, a group for each of `broker.queues`. */
  readonly queues?: readonly QueueGroupStats[];
  /** The work queues that hold most messages, at most 100, the longest first. */
  readonly longestQueues?: readonly QueueStats[];
  /** Messages that came back from their consumers too often, since the start. */
  readonly deadLetters?: number;
  readonly backlog?: BacklogStats;
  readonly slowConsumers?: SlowConsumerStats;
  readonly history?: HistoryStats;
  readonly relay?: RelayStats;
}

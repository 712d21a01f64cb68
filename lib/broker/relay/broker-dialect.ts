import { StompException, quote } from '../../exceptions/stomp.exception.js';
import type { StompFrame } from '../../frame/stomp-frame.js';
import type { HeaderList } from '../../utils/header-list.js';
import { ACTIVE_MQ } from './active-mq.dialect.js';
import type { BrokerLimits } from './broker-limits.js';
import { RABBIT_MQ } from './rabbit-mq.dialect.js';

/**
 * What brokers make of the same frames differently: destinations, above all. A name must mean to the broker what it means here, or who may
 * subscribe to one thing would get another.
 */
export interface BrokerDialect {
  /** @throws StompException when the broker has no such destination, or would take it for something else */
  toBroker(destination: string): string;
  /** The other way, for what comes by a pattern. */
  fromBroker(destination: string): string;
  /**
   * One of the broker's own patterns that has at least what a pattern of a client has.
   * @throws StompException when there is none
   */
  toBrokerPattern(pattern: string, separator: string): string;
  /** By which the servers of one cluster talk: none that a client may name. */
  busDestination(cluster: string): string;
  /** The header of SUBSCRIBE that says how many messages may be unacknowledged. */
  readonly prefetchHeader: string;
  /** Whether a client's header on SEND means to the broker what it means to the client: data, and no order to the broker. */
  isHarmless(name: string, value: string): boolean;
  /**
   * Whether a client's header on SUBSCRIBE or UNSUBSCRIBE concerns its own subscription alone, and no queue that others use.
   * @param destination as the broker knows it
   */
  isSubscribersOwn(name: string, destination: string): boolean;
  /** Whether an ERROR that does not say what it is for leaves the connection as it is. */
  isRemark(error: StompFrame): boolean;
  readonly limits: BrokerLimits;
}

/** By what Artemis knows a durable subscription. */
const DURABLE = 'durable-subscription-name';

/**
 * A broker that nobody here knows (ActiveMQ Artemis among them): plain names go as they are, and there are no patterns. It may be a RabbitMQ that
 * does not say so: headers are what they are to any of those that are known.
 */
const UNKNOWN: BrokerDialect = {
  toBroker(destination) {
    if (!/[*#>,?&%:\s]|stomp-cluster\./.test(destination)) return destination;
    const sentence = `The destination ${quote(destination)} has a character that may mean something to this broker.`;
    throw new StompException('STOMP_ERR_DESTINATION', sentence);
  },
  fromBroker: (destination) => destination,
  toBrokerPattern(pattern) {
    throw new StompException('STOMP_ERR_DESTINATION', `${quote(pattern)} is a pattern; this broker is known for none.`);
  },
  busDestination: (cluster) => `/topic/stomp-cluster.${encodeURIComponent(cluster)}`,
  prefetchHeader: 'prefetch-count',
  isHarmless: (name, value) => RABBIT_MQ.isHarmless(name, value) && ACTIVE_MQ.isHarmless(name, value),
  isSubscribersOwn: (name, destination) =>
    name === DURABLE || [RABBIT_MQ, ACTIVE_MQ].some((known) => known.isSubscribersOwn(name, destination)),
  isRemark: () => false,
  limits: { headerCount: Infinity, headerLength: Infinity, transaction: Infinity },
};

/** By what the broker says of itself in CONNECTED. */
export function dialectOf(connected: HeaderList): BrokerDialect {
  const server = connected.get('server') ?? '';
  if (/^RabbitMQ/i.test(server)) return RABBIT_MQ;
  return /^(?:apache-)?ActiveMQ\//i.test(server) ? ACTIVE_MQ : UNKNOWN;
}

/** What a client may not name it gets by no pattern either. */
export function mayBeNamed(destination: string, dialect: BrokerDialect): boolean {
  try {
    dialect.toBroker(destination);
    return true;
  } catch {
    return false;
  }
}

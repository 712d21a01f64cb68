import { StompException, quote } from '../../exceptions/stomp.exception.js';
import type { BrokerDialect } from './broker-dialect.js';
import { splitPattern, toBrokerPattern } from './broker-pattern.js';

const PREFIXES = ['/topic/', '/queue/'];
/** Of topics by which servers talk. */
const BUS = 'stomp-cluster.';

/** Numbers among the properties of JMS messages; the scheduler is told by others. */
const NUMBERS = new Set([
  'expires',
  'timestamp',
  'AMQ_SCHEDULED_DELAY',
  'AMQ_SCHEDULED_PERIOD',
  'AMQ_SCHEDULED_REPEAT',
]);
/** What makes the broker read the body as something else, or take other measures. */
const ORDERS = new Set(['transformation', 'transformation-error', 'amq-msg-type', 'AMQ_SCHEDULED_CRON']);
const JMS_TEXTS = new Set(['JMSXGroupID', 'JMSCorrelationID', 'JMSType']);

/** Of SUBSCRIBE; `activemq.` has many more, by which a client would get what is for others (`exclusive`, `priority`). */
const OF_SUBSCRIBERS = new Set([
  'selector',
  'browser',
  'activemq.subscriptionName',
  'activemq.noLocal',
  'activemq.retroactive',
  'activemq.maximumPendingMessageLimit',
]);
/** Bytes of a name: with all its characters escaped it is not longer than a header may be. */
const LONGEST_NAME = 5_000;

/** ActiveMQ (“Classic”): names may hold several destinations, options and wildcards, none of which a client may choose. */
export const ACTIVE_MQ: BrokerDialect = {
  toBroker(destination) {
    const prefix = PREFIXES.find((one) => destination.startsWith(one));
    const name = destination.slice(prefix?.length);
    if (prefix === undefined || name === '') {
      throw refused(destination, `must be a name behind one of ${PREFIXES.join(', ')}`);
    }
    checkName(name, destination);
    if (name.split('.').some((word) => word === '*' || word === '>')) {
      throw refused(destination, 'has a wildcard of the broker');
    }
    return destination;
  },
  fromBroker: (destination) => destination,
  toBrokerPattern(pattern, separator) {
    const [prefix, rest] = splitPattern(pattern, ['/topic/']);
    const literal = (word: string): string => {
      checkName(word, pattern);
      if (word === '>') throw refused(pattern, 'has a wildcard of the broker');
      return word;
    };
    return prefix + toBrokerPattern(rest, separator, { word: '*', rest: '>', literal });
  },
  busDestination: (cluster) => `/topic/${BUS}${encodeURIComponent(cluster)}`,
  prefetchHeader: 'activemq.prefetchSize',
  isHarmless(name, value) {
    if (ORDERS.has(name)) return false;
    if (NUMBERS.has(name)) return /^\d{1,15}$/.test(value);
    if (name === 'persistent') return value === 'true' || value === 'false';
    if (name === 'priority') return /^\d$/.test(value);
    if (name === 'reply-to') return !/^\/(?:remote-)?temp-(?:queue|topic)\//.test(value);
    return !name.startsWith('JMS') || JMS_TEXTS.has(name);
  },
  isSubscribersOwn: (name) => OF_SUBSCRIBERS.has(name),
  // It closes by itself where it cannot go on, and says what else has failed that nobody had asked it to confirm.
  isRemark: () => true,
  limits: { headerCount: 1_000, headerLength: 10_240, transaction: Infinity },
};

/** “a,queue://b” are two destinations, “a?x=y” has options, and blanks around a name are taken away. */
function checkName(name: string, destination: string): void {
  if (/[,?]|:\/\//.test(name) || name !== name.trim()) {
    throw refused(destination, 'has ",", "?", "://" or blanks around it, which mean something to the broker');
  }
  if (Buffer.byteLength(name) > LONGEST_NAME) {
    throw refused(destination, `has a name of more than ${LONGEST_NAME} bytes`);
  }
  if (/^(?:ActiveMQ|stomp-cluster)\./i.test(name))
    throw refused(destination, "is one of the broker's or the servers' own");
}

function refused(destination: string, why: string): StompException {
  return new StompException('STOMP_ERR_DESTINATION', `The destination ${quote(destination)} ${why}.`);
}

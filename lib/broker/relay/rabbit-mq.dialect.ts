import { StompException, quote } from '../../exceptions/stomp.exception.js';
import type { BrokerDialect } from './broker-dialect.js';
import { splitPattern, toBrokerPattern } from './broker-pattern.js';

const PREFIXES = ['/topic/', '/queue/', '/amq/queue/', '/exchange/'];
/** Of routing keys by which servers talk. */
const BUS = 'stomp-cluster.';
/** AMQP 0-9-1 “shortstr”: what is longer ends the connection. */
const SHORT_STRING = 255;

/** Properties of AMQP messages, and what they must look like. */
const PROPERTIES: Record<string, RegExp> = {
  persistent: /^(?:true|false)$/,
  priority: /^\d{1,2}$/,
  timestamp: /^\d{1,15}$/,
  expiration: /^\d{1,9}$/,
  // What looks like a destination must be one; those of the connection alone would be everybody's who shares it.
  'reply-to':
    /^(?:\/(?:topic|queue|amq\/queue)\/[^/]+|(?!\/(?:topic|queue|amq\/queue|exchange|temp-queue|reply-queue)\b).*)$/,
};
const SHORT_PROPERTIES = new Set([
  'content-type',
  'content-encoding',
  'correlation-id',
  'reply-to',
  'amqp-message-id',
  'type',
  'app-id',
  'cluster-id',
  'expiration',
]);
/** What a queue is declared with, whom a copy goes to, who the sender is: orders to the broker, of which some end the connection. */
const ORDERS = new Set([
  'CC',
  'BCC',
  'user-id',
  'durable',
  'auto-delete',
  'exclusive',
  'x-death',
  'x-dead-letter-exchange',
  'x-dead-letter-routing-key',
  'x-expires',
  'x-ha-policy',
  'x-max-age',
  'x-max-length',
  'x-max-length-bytes',
  'x-max-priority',
  'x-message-ttl',
  'x-overflow',
  'x-queue-name',
  'x-queue-type',
  'x-single-active-consumer',
  'x-stream-max-segment-size-bytes',
]);

/** Of SUBSCRIBE to a topic, whose queue is the subscription's own: all but the name of another queue, and where else its messages should go. */
const OF_TOPICS = new Set([
  'durable',
  'persistent',
  'auto-delete',
  'x-expires',
  'x-message-ttl',
  'x-max-length',
  'x-max-length-bytes',
]);
const OF_QUEUES = new Set(['x-stream-offset', 'x-stream-filter', 'x-stream-match-unfiltered']);

/** ERRORs behind which it goes on, and what their bodies begin with. It has words like the first ones for a wrong ACK, and closes then. */
const REMARKS = [
  // What it still had for a subscription when it took UNSUBSCRIBE.
  ['Subscription not found', 'There is no current subscription'],
  // The queue was deleted when UNSUBSCRIBE was on its way.
  ['No subscription found', 'UNSUBSCRIBE must refer to an existing subscription'],
  ['Server cancelled unknown subscription', 'Consumer tag'],
] as const;

/** RabbitMQ's STOMP plug-in: names are percent-encoded and in AMQP's short strings, words of topics divided by dots. */
export const RABBIT_MQ: BrokerDialect = {
  toBroker(destination) {
    const [prefix, rest] = split(destination);
    if (prefix === '/queue/' && rest.startsWith('amq.')) throw refused(destination, "is one of the broker's own");
    if (prefix !== '/exchange/') return prefix + encode(rest, destination);
    const [exchange = '', ...key] = rest.split('/');
    if (exchange === 'amq.direct' && key[0]?.startsWith(BUS)) throw refused(destination, "is one of the servers' own");
    return [
      `${prefix}${encode(exchange, destination)}`,
      ...(key.length > 0 ? [encode(key.join('/'), destination)] : []),
    ].join('/');
  },
  fromBroker(destination) {
    try {
      return decodeURIComponent(destination);
    } catch {
      return destination;
    }
  },
  toBrokerPattern(pattern, separator) {
    const [prefix, rest] = splitPattern(pattern, ['/topic/']);
    const literal = (word: string): string => encodeWord(word, pattern);
    return prefix + toBrokerPattern(rest, separator, { word: '*', rest: '#', literal });
  },
  busDestination: (cluster) => `/exchange/amq.direct/${encodeURIComponent(`${BUS}${cluster}`)}`,
  prefetchHeader: 'prefetch-count',
  isHarmless(name, value) {
    if (ORDERS.has(name) || Buffer.byteLength(name) > SHORT_STRING) return false;
    if (SHORT_PROPERTIES.has(name) && Buffer.byteLength(value) > SHORT_STRING) return false;
    return Object.hasOwn(PROPERTIES, name) ? PROPERTIES[name]!.test(value) : true;
  },
  isSubscribersOwn: (name, destination) => (isTopic(destination) ? OF_TOPICS : OF_QUEUES).has(name),
  isRemark: ({ headers, body }) =>
    REMARKS.some(([message, beginning]) => headers.get('message') === message && body.indexOf(beginning) === 0),
  // Of RabbitMQ 4.
  limits: { headerCount: 100, headerLength: 102_400, transaction: 1_024 },
};

function isTopic(destination: string): boolean {
  return destination.startsWith('/topic/') || destination.startsWith('/exchange/');
}

function split(destination: string): [prefix: string, rest: string] {
  const prefix = PREFIXES.find((one) => destination.startsWith(one));
  if (prefix !== undefined && destination.length > prefix.length) return [prefix, destination.slice(prefix.length)];
  throw refused(destination, `must be a name behind one of ${PREFIXES.join(', ')}`);
}

function encode(name: string, destination: string): string {
  if (Buffer.byteLength(name) > SHORT_STRING)
    throw refused(destination, `has a name of more than ${SHORT_STRING} bytes`);
  return name
    .split('.')
    .map((word) => encodeWord(word, destination))
    .join('.');
}

/** What a client names is never the broker's own wildcard. */
function encodeWord(word: string, destination: string): string {
  if (word === '#') throw refused(destination, 'has "#" between dots, which is a wildcard of the broker');
  try {
    return encodeURIComponent(word);
  } catch {
    throw refused(destination, 'is no valid Unicode');
  }
}

function refused(destination: string, why: string): StompException {
  return new StompException('STOMP_ERR_DESTINATION', `The destination ${quote(destination)} ${why}.`);
}

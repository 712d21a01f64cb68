import {
  aBeat,
  aBoolean,
  aDuration,
  aDurationFrom,
  aFunction,
  aNetwork,
  aNumber,
  aPath,
  aPattern,
  aPrefix,
  aRate,
  aString,
  aText,
  anInstance,
  anInstanceWith,
  anObject,
  either,
  instanceOrClass,
  listOf,
  oneOf,
  optionsOf,
  pairOf,
  type Check,
} from './checks.js';
import { RELAY_CHECKS } from './relay-options.js';
import type { BrokerOptions } from '../interfaces/broker-options.interface.js';

const SOCK_JS_OPTIONS = optionsOf({
  heartbeatTime: aDuration,
  disconnectDelay: aDuration,
  streamBytesLimit: aNumber(1),
  sessionCookieNeeded: aBoolean,
  webSocketEnabled: aBoolean,
  transports: listOf(oneOf('xhr', 'xhr_streaming', 'eventsource', 'htmlfile')),
  suppressCors: aBoolean,
  clientLibraryUrl: aString,
  sessionLimit: aNumber(1),
});

const QUEUE_OPTIONS = optionsOf(
  {
    prefix: aPrefix,
    maxMessages: aNumber(1),
    maxBytes: aNumber(1),
    maxAge: aDuration,
    overflow: oneOf('reject', 'drop-oldest'),
    maxDeliveries: aNumber(0),
    deadLetterDestination: aText,
  },
  ['prefix'],
);

const QUEUES = listOf(either((value) => typeof value === 'string', aPrefix, QUEUE_OPTIONS));
const HISTORY = listOf(optionsOf({ destination: aPattern, size: aNumber(1), ttl: aDurationFrom(1) }, ['destination']));
const SLOW_CONSUMERS = listOf(
  optionsOf(
    {
      destination: aPattern,
      policy: oneOf('close', 'drop-oldest', 'conflate'),
      key: either((value) => typeof value === 'function', aFunction, aString),
    },
    ['destination', 'policy'],
  ),
);
/** What the broker in memory does for the clients of a relay, too. */
const DELIVERY_CHECKS = {
  heartbeat: pairOf(aBeat),
  selector: aBoolean,
  prefetchLimit: aNumber(1),
  sessionPrefetchLimit: aNumber(1),
  backlogLimit: aNumber(1),
  backlogSizeLimit: aNumber(1),
  slowConsumers: SLOW_CONSUMERS,
  slowConsumerLimit: aNumber(1),
  slowConsumerSizeLimit: aNumber(1),
};

const SIMPLE_BROKER_OPTIONS = optionsOf({
  kind: oneOf('simple', 'relay'),
  destinationPrefixes: listOf(aPrefix, 1),
  queues: QUEUES,
  queueLimit: aNumber(1),
  queueSizeLimit: aNumber(1),
  history: HISTORY,
  historyStore: anInstance('append', 'position', 'since'),
  historyLimit: aNumber(1),
  historySizeLimit: aNumber(1),
  ...DELIVERY_CHECKS,
});

const RELAY_OPTIONS = optionsOf({ ...RELAY_CHECKS, ...DELIVERY_CHECKS });

/** One of `messageConverters`. */
export const MESSAGE_CONVERTER = anInstance('fromMessage', 'toMessage');

const RATE = either(
  (value) => typeof value === 'number',
  aRate,
  optionsOf({ perSecond: aRate, burst: aNumber(1) }, ['perSecond']),
);

const CHANNEL_INTERCEPTORS = listOf(instanceOrClass('preSend', 'postSend', 'afterSendCompletion'));
const INTERCEPTORS = optionsOf({
  clientInboundChannel: CHANNEL_INTERCEPTORS,
  brokerChannel: CHANNEL_INTERCEPTORS,
  clientOutboundChannel: CHANNEL_INTERCEPTORS,
});

const COMMON_CLUSTER = {
  name: aString,
  heartbeat: aDurationFrom(100),
  timeout: aDurationFrom(200),
  bufferSizeLimit: aNumber(65_536),
  shareSubscriptions: aBoolean,
};
const CLUSTERS: Readonly<Record<string, Check>> = {
  node: optionsOf({ kind: oneOf('node'), ...COMMON_CLUSTER }),
  redis: optionsOf({ kind: oneOf('redis'), url: aString, channel: aString, client: anObject, ...COMMON_CLUSTER }),
  nats: optionsOf({
    kind: oneOf('nats'),
    servers: either(Array.isArray, listOf(aString, 1), aString),
    subject: aString,
    client: anObject,
    ...COMMON_CLUSTER,
  }),
  relay: optionsOf({ kind: oneOf('relay'), topic: aString, ...COMMON_CLUSTER }),
  bus: optionsOf({ kind: oneOf('bus'), bus: anInstance('start', 'publish', 'stop'), ...COMMON_CLUSTER }, ['bus']),
};
const CLUSTER: Check = (value, option) => {
  anObject(value, option);
  const { kind } = value as { kind?: unknown };
  oneOf(...Object.keys(CLUSTERS))(kind, `${option}.kind`);
  CLUSTERS[kind as string]!(value, option);
};

/** `StompModule.forRoot()`: each option by itself; how they suit each other `resolveOptions` says. */
export const OPTIONS = optionsOf({
  endpoints: listOf(
    optionsOf({
      path: either(Array.isArray, listOf(aPath, 1), aPath),
      allowedOrigins: listOf(aString),
      sockJs: either((value) => typeof value === 'boolean', aBoolean, SOCK_JS_OPTIONS),
      middleware: listOf(aFunction),
      handshakeInterceptors: listOf(anInstanceWith('beforeHandshake', 'afterHandshake')),
      handshake: aFunction,
    }),
    1,
  ),
  applicationDestinationPrefixes: listOf(aPrefix, 1),
  userDestinationPrefix: aPrefix,
  defaultDestinationPrefix: aPrefix,
  defaultUserDestinationPrefix: aPrefix,
  pathSeparator: oneOf('/', '.'),
  broker: either((value) => (value as BrokerOptions | null)?.kind === 'relay', RELAY_OPTIONS, SIMPLE_BROKER_OPTIONS),
  cluster: CLUSTER,
  transport: optionsOf({
    messageSizeLimit: aNumber(256),
    headerCountLimit: aNumber(1),
    headerLengthLimit: aNumber(16),
    sendBufferSizeLimit: aNumber(1_024),
    sendTimeLimit: aDuration,
    timeToFirstMessage: aDurationFrom(1),
    closeTimeout: aDuration,
    subscriptionLimit: aNumber(1),
    subscriptionSizeLimit: aNumber(1),
    transactionLimit: aNumber(1),
    transactionFrameLimit: aNumber(1),
    transactionSizeLimit: aNumber(1),
    streamLimit: aNumber(1),
    handshakeLimit: aNumber(1),
    handshakeTimeout: aDuration,
    sessionsPerUserLimit: aNumber(0),
    sessionsPerUserOverflow: oneOf('reject', 'close-oldest'),
    sessionsPerAddressLimit: aNumber(0),
    connectingLimit: aNumber(1),
    connectionRateLimit: either((value) => value === 0, aNumber(0), RATE),
    trustedProxies: listOf(aNetwork),
    pingInterval: aBeat,
    perMessageDeflate: either(
      (value) => typeof value === 'boolean',
      aBoolean,
      optionsOf({ threshold: aNumber(0), level: aNumber(1, 9) }),
    ),
    shutdownTimeout: aDurationFrom(1),
  }),
  authenticate: aFunction,
  security: aFunction,
  rateLimits: listOf(
    optionsOf({
      by: oneOf('session', 'user', 'address', 'destination'),
      destination: either(Array.isArray, listOf(aString, 1), aString),
      frames: RATE,
      bytes: RATE,
    }),
  ),
  rateLimitKeyLimit: aNumber(1),
  interceptors: INTERCEPTORS,
  messageConverters: either((value) => typeof value === 'function', aFunction, listOf(MESSAGE_CONVERTER)),
  contentTypeResolver: aFunction,
  errorDestination: aPrefix,
  errorHandler: aFunction,
  allowSendToUser: aBoolean,
  asyncContext: aBoolean,
  requests: optionsOf({ replyDestinationPrefix: aPrefix, limit: aNumber(1), timeout: aDurationFrom(1) }),
});

/** `StompModule.forFeature()`. */
export const FEATURE_OPTIONS = optionsOf({
  broker: optionsOf({ queues: QUEUES, history: HISTORY, slowConsumers: SLOW_CONSUMERS }),
  interceptors: INTERCEPTORS,
  security: aFunction,
});

import { StompOptionException } from '../exceptions/stomp-option.exception.js';
import { MemoryHistoryStore } from '../broker/history.js';
import type {
  BrokerOptions,
  HistoryOptions,
  QueueOptions,
  ResolvedSimpleBrokerOptions,
} from '../interfaces/broker-options.interface.js';
import type { EndpointOptions } from '../interfaces/endpoint-options.interface.js';
import type { StompModuleOptions } from '../interfaces/stomp-module-options.interface.js';
import type { TransportOptions } from '../interfaces/transport-options.interface.js';
import {
  aBoolean,
  aDuration,
  aFunction,
  aNumber,
  aPath,
  aPrefix,
  aString,
  aText,
  anInstance,
  either,
  instanceOrClass,
  listOf,
  oneOf,
  optionsOf,
  pairOf,
} from './checks.js';

/** The options as the rest of the code sees them: nothing is missing any more. */
export interface ResolvedStompOptions extends Required<
  Omit<StompModuleOptions, 'broker' | 'transport' | 'interceptors'>
> {
  readonly endpoints: EndpointOptions[];
  readonly broker: ResolvedSimpleBrokerOptions;
  readonly transport: Required<TransportOptions>;
  readonly interceptors: Required<NonNullable<StompModuleOptions['interceptors']>>;
}

export const DEFAULT_OPTIONS: ResolvedStompOptions = {
  endpoints: [{ path: '/ws' }],
  applicationDestinationPrefixes: ['/app'],
  userDestinationPrefix: '/user',
  pathSeparator: '/',
  broker: {
    kind: 'simple',
    destinationPrefixes: ['/topic', '/queue'],
    heartbeat: [10_000, 10_000],
    queues: [],
    queueLimit: 10_000,
    history: [],
    historyStore: new MemoryHistoryStore(),
    selector: false,
    prefetchLimit: 1_000,
    backlogLimit: 10_000,
  },
  transport: {
    messageSizeLimit: 65_536,
    headerCountLimit: 100,
    headerLengthLimit: 8_192,
    sendBufferSizeLimit: 524_288,
    sendTimeLimit: 10_000,
    timeToFirstMessage: 60_000,
    closeTimeout: 5_000,
    subscriptionLimit: 1_000,
    transactionLimit: 16,
    transactionFrameLimit: 1_000,
    transactionSizeLimit: 1_048_576,
    streamLimit: 100,
  },
  authenticate: () => undefined,
  interceptors: { clientInboundChannel: [], brokerChannel: [], clientOutboundChannel: [] },
  messageConverters: [],
  errorDestination: '/queue/errors',
  allowSendToUser: false,
};

const DEFAULT_QUEUE = {
  maxMessages: 10_000,
  maxBytes: 16_777_216,
  maxAge: 0,
  overflow: 'reject',
  maxDeliveries: 10,
} as const;

const DEFAULT_HISTORY = { size: 100, ttl: 300_000 };

const SOCK_JS_OPTIONS = optionsOf({
  heartbeatTime: aDuration,
  disconnectDelay: aDuration,
  streamBytesLimit: aNumber(1),
  sessionCookieNeeded: aBoolean,
  webSocketEnabled: aBoolean,
  clientLibraryUrl: aString,
});

const QUEUE_OPTIONS = optionsOf({
  prefix: aPrefix,
  maxMessages: aNumber(1),
  maxBytes: aNumber(1),
  maxAge: aDuration,
  overflow: oneOf('reject', 'drop-oldest'),
  maxDeliveries: aNumber(0),
  deadLetterDestination: aText,
});

const CHANNEL_INTERCEPTORS = listOf(instanceOrClass('preSend', 'postSend', 'afterSendCompletion'));

const OPTIONS = optionsOf({
  endpoints: listOf(
    optionsOf({
      path: either(Array.isArray, listOf(aPath, 1), aPath),
      allowedOrigins: listOf(aString),
      sockJs: either((value) => typeof value === 'boolean', aBoolean, SOCK_JS_OPTIONS),
      handshakeInterceptors: listOf(instanceOrClass('beforeHandshake', 'afterHandshake')),
      handshake: aFunction,
    }),
    1,
  ),
  applicationDestinationPrefixes: listOf(aPrefix, 1),
  userDestinationPrefix: aPrefix,
  pathSeparator: oneOf('/', '.'),
  broker: optionsOf({
    kind: oneOf('simple'),
    destinationPrefixes: listOf(aPrefix, 1),
    heartbeat: pairOf(aDuration),
    queues: listOf(either((value) => typeof value === 'string', aPrefix, QUEUE_OPTIONS)),
    queueLimit: aNumber(1),
    history: listOf(optionsOf({ destination: aString, size: aNumber(1), ttl: aDuration })),
    historyStore: anInstance('append', 'position', 'since'),
    selector: aBoolean,
    prefetchLimit: aNumber(1),
    backlogLimit: aNumber(1),
  }),
  transport: optionsOf({
    messageSizeLimit: aNumber(256),
    headerCountLimit: aNumber(1),
    headerLengthLimit: aNumber(16),
    sendBufferSizeLimit: aNumber(1_024),
    sendTimeLimit: aDuration,
    timeToFirstMessage: aDuration,
    closeTimeout: aDuration,
    subscriptionLimit: aNumber(1),
    transactionLimit: aNumber(1),
    transactionFrameLimit: aNumber(1),
    transactionSizeLimit: aNumber(1),
    streamLimit: aNumber(1),
  }),
  authenticate: aFunction,
  interceptors: optionsOf({
    clientInboundChannel: CHANNEL_INTERCEPTORS,
    brokerChannel: CHANNEL_INTERCEPTORS,
    clientOutboundChannel: CHANNEL_INTERCEPTORS,
  }),
  messageConverters: listOf(instanceOrClass('fromMessage')),
  errorDestination: aPrefix,
  allowSendToUser: aBoolean,
});

/** @throws StompOptionException when an option cannot be: which one, its value and what it should be */
export function resolveOptions(options: StompModuleOptions = {}): ResolvedStompOptions {
  OPTIONS(options, '');
  const given = withoutUndefined(options);
  const resolved = {
    ...DEFAULT_OPTIONS,
    ...given,
    broker: resolveBroker(given.broker),
    transport: { ...DEFAULT_OPTIONS.transport, ...withoutUndefined(given.transport) },
    interceptors: { ...DEFAULT_OPTIONS.interceptors, ...withoutUndefined(given.interceptors) },
  };
  checkPaths(resolved.endpoints);
  checkPrefixes(resolved);
  return resolved;
}

function resolveBroker(options: BrokerOptions = {}): ResolvedSimpleBrokerOptions {
  const { queues = [], history = [], ...given } = withoutUndefined(options);
  return {
    ...DEFAULT_OPTIONS.broker,
    // Every server has histories of its own, unless it is given a store to share.
    historyStore: new MemoryHistoryStore(),
    ...given,
    queues: queues.map(resolveQueue),
    history: history.map((entry): Required<HistoryOptions> => ({
      ...DEFAULT_HISTORY,
      ...withoutUndefined(entry),
      destination: entry.destination,
    })),
  };
}

function resolveQueue(queue: string | QueueOptions): Required<QueueOptions> {
  const { prefix, ...given } = typeof queue === 'string' ? { prefix: queue } : queue;
  return { prefix, deadLetterDestination: `${prefix}/dead-letter`, ...DEFAULT_QUEUE, ...withoutUndefined(given) };
}

/** Two endpoints on one path: which of their options would hold? */
function checkPaths(endpoints: readonly EndpointOptions[]): void {
  const seen = new Set<string>();
  for (const { path = '/ws' } of endpoints) {
    for (const one of [path].flat()) {
      if (seen.has(one)) throw new StompOptionException('endpoints[].path', one, 'different for every endpoint');
      seen.add(one);
    }
  }
}

/** A destination must have one way only: to a handler, to a user or to the broker. */
function checkPrefixes({ applicationDestinationPrefixes, userDestinationPrefix, broker }: ResolvedStompOptions): void {
  const prefixes = [...applicationDestinationPrefixes, userDestinationPrefix, ...broker.destinationPrefixes].map(
    withSlash,
  );
  prefixes.forEach((prefix, index) => {
    const other = prefixes.find((candidate, at) => at !== index && candidate.startsWith(prefix));
    if (other !== undefined) {
      throw new StompOptionException(
        'applicationDestinationPrefixes, userDestinationPrefix, broker.destinationPrefixes',
        [prefix, other],
        'different prefixes, none the beginning of another',
      );
    }
  });
}

function withSlash(prefix: string): string {
  return prefix.endsWith('/') ? prefix : `${prefix}/`;
}

function withoutUndefined<T extends object>(given: T | undefined): Partial<T> {
  return Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>;
}

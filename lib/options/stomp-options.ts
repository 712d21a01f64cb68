import { hostname } from 'node:os';
import { StompOptionException } from '../exceptions/stomp-option.exception.js';
import { HISTORY_LIMITS, MemoryHistoryStore } from '../broker/history.js';
import type {
  BrokerOptions,
  HistoryOptions,
  QueueOptions,
  ResolvedBrokerOptions,
  ResolvedSimpleBrokerOptions,
  SimpleBrokerOptions,
} from '../interfaces/broker-options.interface.js';
import type { BrokerRelayOptions } from '../interfaces/broker-relay-options.interface.js';
import type { ClusterOptions, ResolvedClusterOptions } from '../interfaces/cluster-options.interface.js';
import type { EndpointOptions } from '../interfaces/endpoint-options.interface.js';
import type {
  ChannelInterceptorOptions,
  SecurityRules,
  StompFeatureOptions,
  StompModuleOptions,
} from '../interfaces/stomp-module-options.interface.js';
import type { RateLimitOptions, ResolvedRateLimit } from '../interfaces/rate-limit-options.interface.js';
import type { TransportOptions } from '../interfaces/transport-options.interface.js';
import { DEFAULT_CONVERTERS, type MessageConverter } from '../messaging/message-converter.js';
import { rateOf } from '../utils/token-bucket.js';
import { listOf } from './checks.js';
import { FEATURE_OPTIONS, MESSAGE_CONVERTER, OPTIONS } from './option-checks.js';
import { checkRelay, DEFAULT_RELAY } from './relay-options.js';

/** The options as the rest of the code sees them: nothing is missing any more. */
export interface ResolvedStompOptions extends Required<
  Omit<
    StompModuleOptions,
    'broker' | 'cluster' | 'transport' | 'interceptors' | 'messageConverters' | 'requests' | 'security' | 'rateLimits'
  >
> {
  readonly endpoints: EndpointOptions[];
  readonly broker: ResolvedBrokerOptions;
  /** undefined: there is one server. */
  readonly cluster: ResolvedClusterOptions | undefined;
  readonly transport: Required<TransportOptions>;
  readonly interceptors: Required<NonNullable<StompModuleOptions['interceptors']>>;
  /** All that are asked, in order. */
  readonly messageConverters: readonly MessageConverter[];
  readonly requests: Required<NonNullable<StompModuleOptions['requests']>>;
  /** Those of features first; empty: everything is allowed. */
  readonly security: readonly SecurityRules[];
  readonly rateLimits: readonly ResolvedRateLimit[];
}

export const DEFAULT_OPTIONS: ResolvedStompOptions & { readonly broker: ResolvedSimpleBrokerOptions } = {
  endpoints: [{ path: '/ws' }],
  applicationDestinationPrefixes: ['/app'],
  userDestinationPrefix: '/user',
  defaultDestinationPrefix: '/topic',
  defaultUserDestinationPrefix: '/queue',
  pathSeparator: '/',
  broker: {
    kind: 'simple',
    destinationPrefixes: ['/topic', '/queue'],
    heartbeat: [10_000, 10_000],
    queues: [],
    queueLimit: 10_000,
    queueSizeLimit: 268_435_456,
    history: [],
    historyStore: new MemoryHistoryStore(),
    ...HISTORY_LIMITS,
    selector: false,
    prefetchLimit: 1_000,
    sessionPrefetchLimit: 10_000,
    backlogLimit: 10_000,
    backlogSizeLimit: 16_777_216,
    slowConsumers: [],
    slowConsumerLimit: 1_000,
    slowConsumerSizeLimit: 1_048_576,
  },
  cluster: undefined,
  transport: {
    messageSizeLimit: 65_536,
    headerCountLimit: 100,
    headerLengthLimit: 8_192,
    sendBufferSizeLimit: 524_288,
    sendTimeLimit: 10_000,
    timeToFirstMessage: 60_000,
    closeTimeout: 5_000,
    subscriptionLimit: 1_000,
    subscriptionSizeLimit: 4_194_304,
    transactionLimit: 16,
    transactionFrameLimit: 1_000,
    transactionSizeLimit: 1_048_576,
    streamLimit: 100,
    handshakeLimit: 1_000,
    handshakeTimeout: 10_000,
    sessionsPerUserLimit: 100,
    sessionsPerUserOverflow: 'reject',
    sessionsPerAddressLimit: 0,
    connectingLimit: 5_000,
    connectionRateLimit: 0,
    trustedProxies: [],
    pingInterval: 30_000,
    perMessageDeflate: false,
    shutdownTimeout: 10_000,
  },
  authenticate: () => undefined,
  security: [],
  rateLimits: [],
  rateLimitKeyLimit: 100_000,
  interceptors: { clientInboundChannel: [], brokerChannel: [], clientOutboundChannel: [] },
  messageConverters: DEFAULT_CONVERTERS,
  contentTypeResolver: ({ contentType }) => contentType,
  errorDestination: '/queue/errors',
  errorHandler: () => {},
  allowSendToUser: false,
  asyncContext: false,
  requests: { replyDestinationPrefix: '/reply', limit: 10_000, timeout: 30_000 },
};

const DEFAULT_QUEUE = {
  maxMessages: 10_000,
  maxBytes: 16_777_216,
  maxAge: 0,
  overflow: 'reject',
  maxDeliveries: 10,
} as const;

export const DEFAULT_CLUSTER = {
  heartbeat: 5_000,
  timeout: 15_000,
  bufferSizeLimit: 16_777_216,
  shareSubscriptions: false,
} as const;

/** Twice what is sent to a session before anything is kept back from it. */
const LEAST_SEND_BUFFER = 131_072;

const DEFAULT_HISTORY = { size: 100, ttl: 300_000 };

/** @throws StompOptionException when an option of a feature cannot be; whether it suits the others only `resolveOptions` can say */
export function checkFeature(feature: StompFeatureOptions): void {
  FEATURE_OPTIONS(feature, 'forFeature');
}

/**
 * @param features what feature modules add
 * @throws StompOptionException when an option cannot be: which one, its value and what it should be
 */
export function resolveOptions(
  options: StompModuleOptions = {},
  features: readonly StompFeatureOptions[] = [],
): ResolvedStompOptions {
  OPTIONS(options, '');
  const given = withoutUndefined(features.reduce(withFeature, options));
  const all = { ...DEFAULT_OPTIONS, ...given };
  const resolved = {
    ...all,
    userDestinationPrefix: withoutSlash(all.userDestinationPrefix),
    defaultDestinationPrefix: withoutSlash(all.defaultDestinationPrefix),
    defaultUserDestinationPrefix: withoutSlash(all.defaultUserDestinationPrefix),
    broker: resolveBroker(given.broker),
    cluster: resolveCluster(given.cluster),
    transport: { ...DEFAULT_OPTIONS.transport, ...withoutUndefined(given.transport) },
    interceptors: { ...DEFAULT_OPTIONS.interceptors, ...withoutUndefined(given.interceptors) },
    messageConverters: resolveConverters(given.messageConverters),
    requests: { ...DEFAULT_OPTIONS.requests, ...withoutUndefined(given.requests) },
    security: resolveSecurity(given.security, features),
    rateLimits: (given.rateLimits ?? []).map(resolveRateLimit),
  };
  checkPaths(resolved.endpoints);
  checkPrefixes(resolved);
  checkQueues(resolved.broker);
  checkCluster(resolved);
  checkSlowConsumers(resolved);
  checkDefaultDestination(given.defaultDestinationPrefix, resolved.broker);
  return resolved;
}

function withFeature(options: StompModuleOptions, { broker, interceptors }: StompFeatureOptions): StompModuleOptions {
  const both = <T>(first: T[] | undefined, second: T[] | undefined): T[] => [...(first ?? []), ...(second ?? [])];
  const channel = (name: keyof ChannelInterceptorOptions) => both(options.interceptors?.[name], interceptors?.[name]);
  return {
    ...options,
    broker: brokerWithFeature(options.broker, broker, both),
    interceptors: {
      clientInboundChannel: channel('clientInboundChannel'),
      brokerChannel: channel('brokerChannel'),
      clientOutboundChannel: channel('clientOutboundChannel'),
    },
  };
}

function brokerWithFeature(
  options: BrokerOptions | undefined,
  feature: StompFeatureOptions['broker'],
  both: <T>(first: T[] | undefined, second: T[] | undefined) => T[],
): BrokerOptions {
  const slowConsumers = both(options?.slowConsumers, feature?.slowConsumers);
  if (options?.kind !== 'relay') {
    const queues = both(options?.queues, feature?.queues);
    return { ...options, queues, history: both(options?.history, feature?.history), slowConsumers };
  }
  for (const name of ['queues', 'history'] as const) {
    if (feature?.[name] === undefined) continue;
    throw new StompOptionException(`forFeature.broker.${name}`, feature[name], 'left out: the broker is a relay');
  }
  return { ...options, slowConsumers };
}

function resolveRateLimit(limit: RateLimitOptions, index: number): ResolvedRateLimit {
  const { by = 'session', destination, frames, bytes } = limit;
  if (frames === undefined && bytes === undefined) {
    throw new StompOptionException(`rateLimits[${index}]`, limit, 'limited by frames, bytes or both');
  }
  const destinations = destination === undefined ? undefined : [destination].flat();
  return { by, destination: destinations, frames: rateOf(frames), bytes: rateOf(bytes) };
}

function resolveSecurity(
  security: SecurityRules | undefined,
  features: readonly StompFeatureOptions[],
): readonly SecurityRules[] {
  const ofFeatures = features.map((feature) => feature.security).filter((rules) => rules !== undefined);
  if (security) return [...ofFeatures, security];
  if (ofFeatures.length === 0) return [];
  throw new StompOptionException(
    'security',
    security,
    'given to forRoot too, since a feature adds rules: what no rule is for is denied',
  );
}

function resolveBroker(options: BrokerOptions = {}): ResolvedBrokerOptions {
  return options.kind === 'relay' ? resolveRelay(options) : resolveSimpleBroker(options);
}

function resolveSimpleBroker(options: SimpleBrokerOptions): ResolvedSimpleBrokerOptions {
  const { queues = [], history = [], ...given } = withoutUndefined(options);
  return {
    ...DEFAULT_OPTIONS.broker,
    // Every server has histories of its own, unless it is given a store to share.
    historyStore: new MemoryHistoryStore(given),
    ...given,
    queues: queues.map(resolveQueue),
    history: history.map((entry): Required<HistoryOptions> => ({
      ...DEFAULT_HISTORY,
      ...withoutUndefined(entry),
      destination: entry.destination,
    })),
  };
}

function resolveCluster(given: ClusterOptions | undefined): ResolvedClusterOptions | undefined {
  if (!given) return undefined;
  return { name: `${hostname()}:${process.pid}`, ...DEFAULT_CLUSTER, ...(withoutUndefined(given) as ClusterOptions) };
}

/** What the broker elsewhere does not do is done by one in memory, which has no queues and no histories. */
function resolveRelay(options: BrokerRelayOptions): ResolvedBrokerOptions {
  checkRelay(options);
  const given = withoutUndefined(options);
  const { host, port } = { ...DEFAULT_RELAY, ...given };
  return { ...resolveSimpleBroker({}), ...DEFAULT_RELAY, addresses: [{ host, port }], ...given, kind: 'relay' };
}

function resolveQueue(queue: string | QueueOptions): Required<QueueOptions> {
  const { prefix, ...given } = typeof queue === 'string' ? { prefix: queue } : queue;
  const deadLetterDestination = `${withoutSlash(prefix)}/dead-letter`;
  return { prefix, deadLetterDestination, ...DEFAULT_QUEUE, ...withoutUndefined(given) };
}

function resolveConverters(given: StompModuleOptions['messageConverters'] = []): MessageConverter[] {
  if (Array.isArray(given)) return [...given, ...DEFAULT_CONVERTERS];
  const chosen = given([...DEFAULT_CONVERTERS]);
  listOf(MESSAGE_CONVERTER, 1)(chosen, 'messageConverters(defaults)');
  return [...chosen];
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

/**
 * A destination must have one way only: to a handler, to a user or to the broker. But a method may answer who subscribes to a user
 * destination, as with Spring's `setApplicationDestinationPrefixes("/app", "/user")`.
 */
function checkPrefixes(options: ResolvedStompOptions): void {
  const { applicationDestinationPrefixes, userDestinationPrefix, broker, requests } = options;
  const users = withSlash(userDestinationPrefix);
  const applications = applicationDestinationPrefixes.map(withSlash);
  const others = [users, withSlash(requests.replyDestinationPrefix)];
  const brokers = broker.destinationPrefixes.map(withSlash);
  checkDistinct(applications);
  checkDistinct([...applications.filter((prefix) => !prefix.startsWith(users)), ...others, ...brokers]);
  // The broker takes all that begins with its prefix, as Spring's does: "/topic" takes "/topics/x" too.
  for (const prefix of broker.destinationPrefixes) {
    const other = [...applications, ...others].find((candidate) => candidate.startsWith(prefix));
    if (other !== undefined) refusePrefixes(prefix, other);
  }
}

function checkDistinct(prefixes: readonly string[]): void {
  prefixes.forEach((prefix, index) => {
    const other = prefixes.find((candidate, at) => at !== index && candidate.startsWith(prefix));
    if (other !== undefined) refusePrefixes(prefix, other);
  });
}

function refusePrefixes(prefix: string, other: string): never {
  throw new StompOptionException(
    'applicationDestinationPrefixes, userDestinationPrefix, broker.destinationPrefixes, requests.replyDestinationPrefix',
    [prefix, other],
    'different prefixes, none the beginning of another',
  );
}

/** What never reaches the broker cannot be a queue. */
function checkQueues({ queues, destinationPrefixes }: ResolvedBrokerOptions): void {
  const expected = `within one of broker.destinationPrefixes (${destinationPrefixes.join(', ')})`;
  const isOurs = (destination: string): boolean => destinationPrefixes.some((prefix) => destination.startsWith(prefix));
  queues.forEach(({ prefix, deadLetterDestination }, index) => {
    if (!isOurs(prefix)) throw new StompOptionException(`broker.queues[${index}]`, prefix, expected);
    if (deadLetterDestination !== '' && !isOurs(deadLetterDestination)) {
      const option = `broker.queues[${index}].deadLetterDestination`;
      throw new StompOptionException(option, deadLetterDestination, `${expected}, or ""`);
    }
  });
}

/** A queue lives in one server: what is sent to it on another would wait there for consumers that never come. */
function checkCluster({ cluster, broker: { kind, queues } }: ResolvedStompOptions): void {
  if (!cluster) return;
  if (cluster.kind === 'relay' && kind !== 'relay') {
    throw new StompOptionException('cluster.kind', cluster.kind, 'another, since the broker is no relay');
  }
  if (queues.length > 0) {
    const prefixes = queues.map(({ prefix }) => prefix);
    throw new StompOptionException(
      'broker.queues',
      prefixes,
      'left out, since cluster is given: the work queues of the embedded broker live in one server',
    );
  }
  if (cluster.timeout < 2 * cluster.heartbeat) {
    throw new StompOptionException(
      'cluster.timeout',
      cluster.timeout,
      `twice cluster.heartbeat (${cluster.heartbeat}) or more`,
    );
  }
}

/** A session must not be closed by what is sent before anything is kept back. */
function checkSlowConsumers({ broker: { slowConsumers }, transport }: ResolvedStompOptions): void {
  slowConsumers.forEach(({ policy, key }, index) => {
    if (key !== undefined && policy !== 'conflate') {
      throw new StompOptionException(`broker.slowConsumers[${index}].key`, key, 'left out: only "conflate" has keys');
    }
    if (policy !== 'close' && transport.sendBufferSizeLimit < LEAST_SEND_BUFFER) {
      throw new StompOptionException(
        'transport.sendBufferSizeLimit',
        transport.sendBufferSizeLimit,
        `${LEAST_SEND_BUFFER} or more, since broker.slowConsumers[${index}] keeps back only what comes after the first 65536 bytes`,
      );
    }
  });
}

/** Replies that the broker does not take would be lost. */
function checkDefaultDestination(prefix: string | undefined, { destinationPrefixes }: ResolvedBrokerOptions): void {
  if (prefix === undefined || destinationPrefixes.some((brokers) => prefix.startsWith(brokers))) return;
  const expected = `within one of broker.destinationPrefixes (${destinationPrefixes.join(', ')})`;
  throw new StompOptionException('defaultDestinationPrefix', prefix, expected);
}

function withoutSlash(prefix: string): string {
  return prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
}

function withSlash(prefix: string): string {
  return prefix.endsWith('/') ? prefix : `${prefix}/`;
}

function withoutUndefined<T extends object>(given: T | undefined): Partial<T> {
  return Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>;
}

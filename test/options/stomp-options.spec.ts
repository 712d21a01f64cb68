import { MemoryHistoryStore } from '../../lib/broker/history.js';
import { Message } from '../../lib/messaging/message.js';
import { StompOptionException } from '../../lib/exceptions/stomp-option.exception.js';
import type { StompModuleOptions } from '../../lib/interfaces/stomp-module-options.interface.js';
import { DEFAULT_OPTIONS, resolveOptions } from '../../lib/options/stomp-options.js';

/** What a programmer without a type checker may have written. */
function resolve(options: unknown): () => unknown {
  return () => resolveOptions(options as StompModuleOptions);
}

describe('The options', () => {
  it('all have a default', () => {
    const { broker, ...rest } = resolveOptions();
    const { broker: defaultBroker, ...defaults } = DEFAULT_OPTIONS;
    expect(rest).toEqual(defaults);
    expect({ ...broker, historyStore: undefined }).toEqual({ ...defaultBroker, historyStore: undefined });
    expect(broker.historyStore).toBeInstanceOf(MemoryHistoryStore);
  });

  it('have the defaults that the reference tells', () => {
    expect(resolveOptions()).toMatchObject({
      endpoints: [{ path: '/ws' }],
      applicationDestinationPrefixes: ['/app'],
      userDestinationPrefix: '/user',
      defaultDestinationPrefix: '/topic',
      defaultUserDestinationPrefix: '/queue',
      pathSeparator: '/',
      broker: { destinationPrefixes: ['/topic', '/queue'], heartbeat: [10_000, 10_000], selector: false, queues: [] },
      transport: {
        messageSizeLimit: 65_536,
        sendBufferSizeLimit: 524_288,
        sendTimeLimit: 10_000,
        timeToFirstMessage: 60_000,
      },
      errorDestination: '/queue/errors',
      allowSendToUser: false,
      asyncContext: false,
      requests: { replyDestinationPrefix: '/reply', limit: 10_000, timeout: 30_000 },
    });
  });

  it('keep the default where undefined is given', () => {
    const options = resolveOptions({
      endpoints: undefined,
      userDestinationPrefix: undefined,
      broker: { heartbeat: undefined, queues: undefined },
      transport: { messageSizeLimit: undefined },
    });
    expect(options.endpoints).toEqual([{ path: '/ws' }]);
    expect(options.userDestinationPrefix).toBe('/user');
    expect(options.broker.heartbeat).toEqual([10_000, 10_000]);
    expect(options.transport.messageSizeLimit).toBe(65_536);
  });

  it('keep the other defaults of a group where one is given', () => {
    const { transport, broker } = resolveOptions({
      transport: { messageSizeLimit: 1_000 },
      broker: { selector: true },
    });
    expect(transport).toEqual({ ...DEFAULT_OPTIONS.transport, messageSizeLimit: 1_000 });
    expect(broker.selector).toBe(true);
    expect(broker.prefetchLimit).toBe(1_000);
  });

  it('do not change what they are given', () => {
    const given = { broker: { queues: ['/queue'], history: [{ destination: '/topic/a' }] }, transport: {} };
    const before = structuredClone(given);
    resolveOptions(given);
    expect(given).toEqual(before);
  });

  it('make a queue of a prefix alone', () => {
    expect(resolveOptions({ broker: { queues: ['/queue'] } }).broker.queues).toEqual([
      {
        prefix: '/queue',
        deadLetterDestination: '/queue/dead-letter',
        maxMessages: 10_000,
        maxBytes: 16_777_216,
        maxAge: 0,
        overflow: 'reject',
        maxDeliveries: 10,
      },
    ]);
  });

  it('complete queues and histories that are given in part', () => {
    const { queues, history } = resolveOptions({
      broker: {
        queues: [{ prefix: '/queue/jobs/', maxMessages: 5, deadLetterDestination: undefined }],
        history: [{ destination: '/topic/price.*', size: 3 }],
      },
    }).broker;
    expect(queues[0]).toMatchObject({
      maxMessages: 5,
      maxDeliveries: 10,
      deadLetterDestination: '/queue/jobs/dead-letter',
    });
    expect(history).toEqual([{ destination: '/topic/price.*', size: 3, ttl: 300_000 }]);
  });

  it('have what features add behind what the application says', () => {
    const slowConsumers = (destination: string) => ({
      slowConsumers: [{ destination, policy: 'drop-oldest' as const }],
    });
    const features = ['/topic/b', '/topic/c'].map((destination) => ({ broker: slowConsumers(destination) }));
    const { broker } = resolveOptions({ broker: slowConsumers('/topic/a') }, features);
    expect(broker.slowConsumers.map(({ destination }) => destination)).toEqual(['/topic/a', '/topic/b', '/topic/c']);
  });

  it('give every server a history store of its own, unless one is given', () => {
    expect(resolveOptions().broker.historyStore).not.toBe(resolveOptions().broker.historyStore);
    const historyStore = new MemoryHistoryStore();
    expect(resolveOptions({ broker: { historyStore } }).broker.historyStore).toBe(historyStore);
  });

  it('bound the history in memory', () => {
    const { historyStore } = resolveOptions({ broker: { historyLimit: 1 } }).broker;
    const message = Message.to('/topic/a', new Uint8Array(1));
    for (const name of ['a', 'b']) void historyStore.append(name, message, { destination: '**', size: 1, ttl: 60_000 });
    expect(historyStore.stats!()).toEqual({ destinations: 1, messages: 1, bytes: 1 });
  });

  it('complete those of a cluster, whose name tells the process', () => {
    expect(resolveOptions().cluster).toBeUndefined();
    expect(resolveOptions({ cluster: { kind: 'node', name: undefined } }).cluster).toEqual({
      kind: 'node',
      name: expect.stringMatching(new RegExp(`.:${process.pid}$`)),
      heartbeat: 5_000,
      timeout: 15_000,
      bufferSizeLimit: 16_777_216,
      shareSubscriptions: false,
    });
  });

  it('do without the slash at the end of the user prefix', () => {
    expect(resolveOptions({ userDestinationPrefix: '/me/' }).userDestinationPrefix).toBe('/me');
  });
});

describe('A mistake in the options stops the start and names the option, the value and what is expected:', () => {
  it.each<[string, unknown, string, string]>([
    ['the options themselves', null, 'options', 'null'],
    ['the options themselves', 'fast', 'options', '"fast"'],
    ['an option that nobody knows', { endpoint: '/ws' }, 'endpoint', '"/ws"'],
    ['an option called __proto__', JSON.parse('{"__proto__": 1}'), '__proto__', '1'],
    ['an option called constructor', { transport: { constructor: 1 } }, 'transport.constructor', '1'],
    ['endpoints', { endpoints: '/ws' }, 'endpoints', '"/ws"'],
    ['endpoints', { endpoints: [] }, 'endpoints', '[]'],
    ['endpoints[].path', { endpoints: [{ path: 'ws' }] }, 'endpoints[0].path', '"ws"'],
    ['endpoints[].path', { endpoints: [{ path: '/ws?x' }] }, 'endpoints[0].path', '"/ws?x"'],
    ['endpoints[].path', { endpoints: [{ path: [] }] }, 'endpoints[0].path', '[]'],
    ['endpoints[].path', { endpoints: [{ path: ['/a', 'b'] }] }, 'endpoints[0].path[1]', '"b"'],
    ['endpoints[].path', { endpoints: [{}, { path: ['/a', '/ws'] }] }, 'endpoints[].path', '"/ws"'],
    ['endpoints[].allowedOrigins', { endpoints: [{ allowedOrigins: '*' }] }, 'endpoints[0].allowedOrigins', '"*"'],
    ['endpoints[].allowedOrigins', { endpoints: [{ allowedOrigins: [''] }] }, 'endpoints[0].allowedOrigins[0]', '""'],
    ['endpoints[].sockJs', { endpoints: [{ sockJs: 'yes' }] }, 'endpoints[0].sockJs', '"yes"'],
    [
      'endpoints[].sockJs.heartbeatTime',
      { endpoints: [{ sockJs: { heartbeatTime: -1 } }] },
      'endpoints[0].sockJs.heartbeatTime',
      '-1',
    ],
    [
      'endpoints[].sockJs.transports',
      { endpoints: [{ sockJs: { transports: ['jsonp'] } }] },
      'endpoints[0].sockJs.transports[0]',
      '"jsonp"',
    ],
    ['endpoints[].middleware', { endpoints: [{ middleware: [{}] }] }, 'endpoints[0].middleware[0]', '{}'],
    [
      'endpoints[].handshakeInterceptors',
      { endpoints: [{ handshakeInterceptors: [{}] }] },
      'endpoints[0].handshakeInterceptors[0]',
      '{}',
    ],
    ['endpoints[].handshake', { endpoints: [{ handshake: true }] }, 'endpoints[0].handshake', 'true'],
    [
      'applicationDestinationPrefixes',
      { applicationDestinationPrefixes: '/app' },
      'applicationDestinationPrefixes',
      '"/app"',
    ],
    ['applicationDestinationPrefixes', { applicationDestinationPrefixes: [] }, 'applicationDestinationPrefixes', '[]'],
    [
      'applicationDestinationPrefixes',
      { applicationDestinationPrefixes: ['/app/*'] },
      'applicationDestinationPrefixes[0]',
      '"/app/*"',
    ],
    ['userDestinationPrefix', { userDestinationPrefix: '' }, 'userDestinationPrefix', '""'],
    ['defaultDestinationPrefix', { defaultDestinationPrefix: '/*' }, 'defaultDestinationPrefix', '"/*"'],
    ['defaultDestinationPrefix', { defaultDestinationPrefix: '/replies' }, 'defaultDestinationPrefix', '"/replies"'],
    ['defaultUserDestinationPrefix', { defaultUserDestinationPrefix: '' }, 'defaultUserDestinationPrefix', '""'],
    ['pathSeparator', { pathSeparator: ':' }, 'pathSeparator', '":"'],
    ['broker', { broker: 'simple' }, 'broker', '"simple"'],
    ['broker.kind', { broker: { kind: 'complicated' } }, 'broker.kind', '"complicated"'],
    ['broker.destinationPrefixes', { broker: { destinationPrefixes: [] } }, 'broker.destinationPrefixes', '[]'],
    ['broker.heartbeat', { broker: { heartbeat: 10_000 } }, 'broker.heartbeat', '10000'],
    ['broker.heartbeat', { broker: { heartbeat: [1] } }, 'broker.heartbeat', '[1]'],
    ['broker.heartbeat', { broker: { heartbeat: [0, 2 ** 31] } }, 'broker.heartbeat[1]', '2147483648'],
    ['broker.heartbeat', { broker: { heartbeat: [0, NaN] } }, 'broker.heartbeat[1]', 'NaN'],
    ['broker.queues', { broker: { queues: '/queue' } }, 'broker.queues', '"/queue"'],
    ['broker.queues', { broker: { queues: ['/work'] } }, 'broker.queues[0]', '"/work"'],
    ['broker.queues[].prefix', { broker: { queues: [{ maxMessages: 1 }] } }, 'broker.queues[0].prefix', 'undefined'],
    ['broker.slowConsumers', { broker: { slowConsumers: 'drop-oldest' } }, 'broker.slowConsumers', '"drop-oldest"'],
    [
      'broker.slowConsumers[].destination',
      { broker: { slowConsumers: [{ policy: 'close' }] } },
      'broker.slowConsumers[0].destination',
      'undefined',
    ],
    [
      'broker.slowConsumers[].destination',
      { broker: { slowConsumers: [{ destination: '/topic/{a:b}', policy: 'close' }] } },
      'broker.slowConsumers[0].destination',
      '"/topic/{a:b}"',
    ],
    [
      'broker.slowConsumers[].policy',
      { broker: { slowConsumers: [{ destination: '/topic/a' }] } },
      'broker.slowConsumers[0].policy',
      'undefined',
    ],
    [
      'broker.slowConsumers[].policy',
      { broker: { slowConsumers: [{ destination: '/topic/a', policy: 'drop' }] } },
      'broker.slowConsumers[0].policy',
      '"drop"',
    ],
    [
      'broker.slowConsumers[].key',
      { broker: { slowConsumers: [{ destination: '/topic/a', policy: 'conflate', key: 1 }] } },
      'broker.slowConsumers[0].key',
      '1',
    ],
    [
      'broker.slowConsumers[].key',
      { broker: { slowConsumers: [{ destination: '/topic/a', policy: 'drop-oldest', key: 'k' }] } },
      'broker.slowConsumers[0].key',
      '"k"',
    ],
    ['broker.slowConsumerLimit', { broker: { slowConsumerLimit: 0 } }, 'broker.slowConsumerLimit', '0'],
    ['broker.slowConsumerSizeLimit', { broker: { slowConsumerSizeLimit: 0.5 } }, 'broker.slowConsumerSizeLimit', '0.5'],
    [
      'a send buffer that is full before anything is kept back',
      {
        broker: { slowConsumers: [{ destination: '/topic/a', policy: 'conflate' }] },
        transport: { sendBufferSizeLimit: 65_536 },
      },
      'transport.sendBufferSizeLimit',
      '65536',
    ],
    [
      'broker.queues[].maxMessages',
      { broker: { queues: [{ prefix: '/queue', maxMessages: 0 }] } },
      'broker.queues[0].maxMessages',
      '0',
    ],
    [
      'broker.queues[].maxBytes',
      { broker: { queues: [{ prefix: '/queue', maxBytes: 1.5 }] } },
      'broker.queues[0].maxBytes',
      '1.5',
    ],
    [
      'broker.queues[].maxAge',
      { broker: { queues: [{ prefix: '/queue', maxAge: -1 }] } },
      'broker.queues[0].maxAge',
      '-1',
    ],
    [
      'broker.queues[].overflow',
      { broker: { queues: [{ prefix: '/queue', overflow: 'drop' }] } },
      'broker.queues[0].overflow',
      '"drop"',
    ],
    [
      'broker.queues[].maxDeliveries',
      { broker: { queues: [{ prefix: '/queue', maxDeliveries: '3' }] } },
      'broker.queues[0].maxDeliveries',
      '"3"',
    ],
    [
      'broker.queues[].deadLetterDestination',
      { broker: { queues: [{ prefix: '/queue', deadLetterDestination: '/dead' }] } },
      'broker.queues[0].deadLetterDestination',
      '"/dead"',
    ],
    ['broker.queueLimit', { broker: { queueLimit: 0 } }, 'broker.queueLimit', '0'],
    ['broker.queueSizeLimit', { broker: { queueSizeLimit: '1 GB' } }, 'broker.queueSizeLimit', '"1 GB"'],
    ['broker.historyLimit', { broker: { historyLimit: 0 } }, 'broker.historyLimit', '0'],
    ['broker.historySizeLimit', { broker: { historySizeLimit: 1.5 } }, 'broker.historySizeLimit', '1.5'],
    ['broker.history', { broker: { history: {} } }, 'broker.history', '{}'],
    [
      'broker.history[].destination',
      { broker: { history: [{ size: 1 }] } },
      'broker.history[0].destination',
      'undefined',
    ],
    [
      'broker.history[].destination',
      { broker: { history: [{ destination: '/topic/{id:[0-9]+}' }] } },
      'broker.history[0].destination',
      '"/topic/{id:[0-9]+}"',
    ],
    [
      'broker.history[].size',
      { broker: { history: [{ destination: '/topic/a', size: 0 }] } },
      'broker.history[0].size',
      '0',
    ],
    [
      'broker.history[].ttl',
      { broker: { history: [{ destination: '/topic/a', ttl: 0 }] } },
      'broker.history[0].ttl',
      '0',
    ],
    ['broker.historyStore', { broker: { historyStore: {} } }, 'broker.historyStore', '{}'],
    ['broker.selector', { broker: { selector: 'on' } }, 'broker.selector', '"on"'],
    ['broker.prefetchLimit', { broker: { prefetchLimit: 0 } }, 'broker.prefetchLimit', '0'],
    ['broker.sessionPrefetchLimit', { broker: { sessionPrefetchLimit: 0 } }, 'broker.sessionPrefetchLimit', '0'],
    ['broker.backlogLimit', { broker: { backlogLimit: Infinity } }, 'broker.backlogLimit', 'Infinity'],
    ['broker.backlogSizeLimit', { broker: { backlogSizeLimit: -1 } }, 'broker.backlogSizeLimit', '-1'],
    ['transport', { transport: [] }, 'transport', '[]'],
    ['transport.messageSizeLimit', { transport: { messageSizeLimit: 255 } }, 'transport.messageSizeLimit', '255'],
    ['transport.messageSizeLimit', { transport: { messageSizeLimit: '64k' } }, 'transport.messageSizeLimit', '"64k"'],
    ['transport.headerCountLimit', { transport: { headerCountLimit: 0 } }, 'transport.headerCountLimit', '0'],
    ['transport.headerLengthLimit', { transport: { headerLengthLimit: 15 } }, 'transport.headerLengthLimit', '15'],
    [
      'transport.sendBufferSizeLimit',
      { transport: { sendBufferSizeLimit: 1_023 } },
      'transport.sendBufferSizeLimit',
      '1023',
    ],
    ['transport.sendTimeLimit', { transport: { sendTimeLimit: -1 } }, 'transport.sendTimeLimit', '-1'],
    ['transport.timeToFirstMessage', { transport: { timeToFirstMessage: 0 } }, 'transport.timeToFirstMessage', '0'],
    ['transport.closeTimeout', { transport: { closeTimeout: null } }, 'transport.closeTimeout', 'null'],
    [
      'transport.subscriptionSizeLimit',
      { transport: { subscriptionSizeLimit: -1 } },
      'transport.subscriptionSizeLimit',
      '-1',
    ],
    ['transport.subscriptionLimit', { transport: { subscriptionLimit: 0 } }, 'transport.subscriptionLimit', '0'],
    ['transport.transactionLimit', { transport: { transactionLimit: -3 } }, 'transport.transactionLimit', '-3'],
    [
      'transport.transactionFrameLimit',
      { transport: { transactionFrameLimit: true } },
      'transport.transactionFrameLimit',
      'true',
    ],
    [
      'transport.transactionSizeLimit',
      { transport: { transactionSizeLimit: 10n } },
      'transport.transactionSizeLimit',
      '10',
    ],
    ['authenticate', { authenticate: 'me' }, 'authenticate', '"me"'],
    ['interceptors', { interceptors: [] }, 'interceptors', '[]'],
    [
      'interceptors.brokerChannel',
      { interceptors: { brokerChannel: [{ preSnd() {} }] } },
      'interceptors.brokerChannel[0]',
      '{}',
    ],
    ['messageConverters', { messageConverters: [null] }, 'messageConverters[0]', 'null'],
    ['messageConverters', { messageConverters: 'json' }, 'messageConverters', '"json"'],
    ['what messageConverters returns', { messageConverters: () => {} }, 'messageConverters(defaults)', 'undefined'],
    ['what messageConverters returns', { messageConverters: () => [] }, 'messageConverters(defaults)', '[]'],
    ['what messageConverters returns', { messageConverters: () => [{}] }, 'messageConverters(defaults)[0]', '{}'],
    ['errorDestination', { errorDestination: '/' }, 'errorDestination', '"/"'],
    ['allowSendToUser', { allowSendToUser: () => true }, 'allowSendToUser', 'a function'],
    ['asyncContext', { asyncContext: 1 }, 'asyncContext', '1'],
    [
      'transport.sessionsPerUserLimit',
      { transport: { sessionsPerUserLimit: -1 } },
      'transport.sessionsPerUserLimit',
      '-1',
    ],
    [
      'transport.sessionsPerUserOverflow',
      { transport: { sessionsPerUserOverflow: 'oldest' } },
      'transport.sessionsPerUserOverflow',
      '"oldest"',
    ],
    [
      'transport.sessionsPerAddressLimit',
      { transport: { sessionsPerAddressLimit: 1.5 } },
      'transport.sessionsPerAddressLimit',
      '1.5',
    ],
    ['transport.connectingLimit', { transport: { connectingLimit: 0 } }, 'transport.connectingLimit', '0'],
    [
      'transport.connectionRateLimit',
      { transport: { connectionRateLimit: -1 } },
      'transport.connectionRateLimit',
      '-1',
    ],
    [
      'transport.connectionRateLimit',
      { transport: { connectionRateLimit: 'fast' } },
      'transport.connectionRateLimit',
      '"fast"',
    ],
    ['transport.trustedProxies', { transport: { trustedProxies: true } }, 'transport.trustedProxies', 'true'],
    ['transport.pingInterval', { transport: { pingInterval: 99 } }, 'transport.pingInterval', '99'],
    ['transport.perMessageDeflate', { transport: { perMessageDeflate: 1 } }, 'transport.perMessageDeflate', '1'],
    [
      'transport.perMessageDeflate',
      { transport: { perMessageDeflate: { level: 10 } } },
      'transport.perMessageDeflate.level',
      '10',
    ],
    [
      'transport.perMessageDeflate',
      { transport: { perMessageDeflate: { threshold: -1 } } },
      'transport.perMessageDeflate.threshold',
      '-1',
    ],
    [
      'transport.perMessageDeflate',
      { transport: { perMessageDeflate: { serverNoContextTakeover: false } } },
      'transport.perMessageDeflate.serverNoContextTakeover',
      'false',
    ],
    ['transport.pingInterval', { transport: { pingInterval: 2 ** 31 } }, 'transport.pingInterval', '2147483648'],
    ['transport.shutdownTimeout', { transport: { shutdownTimeout: 0 } }, 'transport.shutdownTimeout', '0'],
    [
      'transport.connectionRateLimit',
      { transport: { connectionRateLimit: { perSecond: 1, burst: 0 } } },
      'transport.connectionRateLimit.burst',
      '0',
    ],
    [
      'transport.trustedProxies',
      { transport: { trustedProxies: ['127.0.0.1', 'loopback'] } },
      'transport.trustedProxies[1]',
      '"loopback"',
    ],
    [
      'transport.trustedProxies',
      { transport: { trustedProxies: ['127.0.0.1', '10.0.0.0/33'] } },
      'transport.trustedProxies[1]',
      '"10.0.0.0/33"',
    ],
    [
      'transport.trustedProxies',
      { transport: { trustedProxies: ['127.0.0.1', 'fd00::/129'] } },
      'transport.trustedProxies[1]',
      '"fd00::/129"',
    ],
    [
      'transport.trustedProxies',
      { transport: { trustedProxies: ['127.0.0.1', '10.0.0/8'] } },
      'transport.trustedProxies[1]',
      '"10.0.0/8"',
    ],
    [
      'transport.trustedProxies',
      { transport: { trustedProxies: ['127.0.0.1', '10.0.0.0/8/8'] } },
      'transport.trustedProxies[1]',
      '"10.0.0.0/8/8"',
    ],
    [
      'transport.trustedProxies',
      { transport: { trustedProxies: ['127.0.0.1', ''] } },
      'transport.trustedProxies[1]',
      '""',
    ],
    ['cluster', { cluster: 'redis' }, 'cluster', '"redis"'],
    ['cluster.kind', { cluster: { kind: 'kafka' } }, 'cluster.kind', '"kafka"'],
    ['cluster.kind', { cluster: {} }, 'cluster.kind', 'undefined'],
    ['cluster.url', { cluster: { kind: 'node', url: 'redis://x' } }, 'cluster.url', '"redis://x"'],
    ['cluster.servers', { cluster: { kind: 'nats', servers: [] } }, 'cluster.servers', '[]'],
    ['cluster.client', { cluster: { kind: 'redis', client: 'x' } }, 'cluster.client', '"x"'],
    ['cluster.bus', { cluster: { kind: 'bus' } }, 'cluster.bus', 'undefined'],
    ['cluster.bus', { cluster: { kind: 'bus', bus: { start() {} } } }, 'cluster.bus', '{}'],
    ['cluster.name', { cluster: { kind: 'node', name: '' } }, 'cluster.name', '""'],
    ['cluster.heartbeat', { cluster: { kind: 'node', heartbeat: 10 } }, 'cluster.heartbeat', '10'],
    ['cluster.timeout', { cluster: { kind: 'node', heartbeat: 10_000 } }, 'cluster.timeout', '15000'],
    ['cluster.bufferSizeLimit', { cluster: { kind: 'node', bufferSizeLimit: 1 } }, 'cluster.bufferSizeLimit', '1'],
    [
      'broker.queues in a cluster',
      { cluster: { kind: 'node' }, broker: { queues: ['/queue'] } },
      'broker.queues',
      '["/queue"]',
    ],
    ['requests.limit', { requests: { limit: 0 } }, 'requests.limit', '0'],
    ['requests.timeout', { requests: { timeout: -1 } }, 'requests.timeout', '-1'],
    [
      'requests.replyDestinationPrefix',
      { requests: { replyDestinationPrefix: '' } },
      'requests.replyDestinationPrefix',
      '""',
    ],
  ])('%s (%p)', (_, options, option, value) => {
    expect(resolve(options)).toThrow(StompOptionException);
    expect(resolve(options)).toThrow(`the option ${option} must be `);
    expect(resolve(options)).toThrow(`but it is ${value}.`);
  });

  it.each<[string, StompModuleOptions]>([
    ['equal', { applicationDestinationPrefixes: ['/app', '/app/'] }],
    ['the beginning of another', { applicationDestinationPrefixes: ['/app', '/app/admin'] }],
    ['both for handlers and for the broker', { applicationDestinationPrefixes: ['/topic'] }],
    ['both for replies and for the broker', { requests: { replyDestinationPrefix: '/queue' } }],
    ['both for users and for the broker', { userDestinationPrefix: '/queue' }],
    // The broker takes whatever begins with its prefix, "/topics/x" too.
    ['within what the broker takes', { applicationDestinationPrefixes: ['/topics'] }],
  ])('prefixes that are %s', (_, options) => {
    expect(() => resolveOptions(options)).toThrow('must be different prefixes, none the beginning of another');
  });

  it('shows a long value shortened', () => {
    expect(resolve({ pathSeparator: 'x'.repeat(1_000) })).toThrow(/but it is "x{79}…\.$/);
  });
});

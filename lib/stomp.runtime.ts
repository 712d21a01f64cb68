import { randomBytes } from 'node:crypto';
import { RelayBus } from './broker/relay/relay-bus.js';
import { SessionBrokerRelay } from './broker/relay/session-broker-relay.js';
import { SharedBrokerRelay } from './broker/relay/shared-broker-relay.js';
import { SimpleBroker } from './broker/simple-broker.js';
import type { MessageBroker } from './broker/message-broker.js';
import type { ClusterBus } from './cluster/cluster-bus.js';
import { createBus } from './cluster/create-bus.js';
import type { ClusterStats } from './cluster/cluster-stats.js';
import { StompCluster } from './cluster/stomp-cluster.js';
import type { BrokerUnavailableException } from './exceptions/messaging.exception.js';
import { StompException } from './exceptions/stomp.exception.js';
import { BrokerAvailabilityEvent } from './messaging/broker-availability.event.js';
import type { ChannelInterceptor } from './messaging/channel-interceptor.js';
import { ClientOutboundChannel } from './messaging/client-outbound.channel.js';
import { ClientRequests } from './messaging/client-requests.js';
import { Deliveries } from './messaging/deliveries.js';
import type { Message } from './messaging/message.js';
import { MessageChannel, type ChannelName } from './messaging/message-channel.js';
import { CompositeMessageConverter } from './messaging/message-converter.js';
import { SimpMessagingTemplate } from './messaging/simp-messaging.template.js';
import { SimpUserRegistry } from './messaging/simp-user.registry.js';
import { DEFAULT_CLUSTER, type ResolvedStompOptions } from './options/stomp-options.js';
import { AuthorizationChannelInterceptor } from './security/authorization-channel-interceptor.js';
import { MessageAuthorization } from './security/message-authorization.js';
import { MessageAuthorizationManager } from './security/message-authorization.manager.js';
import { MessageSecurityRules } from './security/message-security-rules.js';
import { RateLimitChannelInterceptor } from './security/rate-limit-channel-interceptor.js';
import { RateLimit } from './security/rate-limit.js';
import type { SessionCommand } from './session/session-command.js';
import { FramesUnderWay } from './session/frames-under-way.js';
import { HandshakeRefusedEvent } from './session/audit-events.js';
import { Audit } from './session/audit.js';
import { MessageEncoder } from './session/message-encoder.js';
import type { ErrorDescription, SessionContext, SessionLog } from './session/session-context.js';
import {
  SessionConnectedEvent,
  SessionDisconnectEvent,
  StompEventPublisher,
  SessionSubscribeEvent,
  SessionUnsubscribeEvent,
  SessionEvent,
  type StompEvent,
} from './session/session-events.js';
import { SessionCounters } from './session/session-counters.js';
import { StompSessionRegistry } from './session/stomp-session.registry.js';
import type { StompSession } from './session/stomp-session.js';
import { UserSessionLimit } from './session/user-session-limit.js';
import { StompServerState } from './stats/stomp-server-state.js';
import { StompStats } from './stats/stomp-stats.js';
import type { RefusedHandshake } from './transport/handshake-refusal.js';
import { UserDestinationHandler } from './user/user-destination.handler.js';
import { UserDestinationResolver } from './user/user-destination.resolver.js';
import { then, type MaybePromise } from './utils/maybe-promise.js';
import { networkOf } from './utils/network.js';
import { destinationUserName } from './utils/principal.js';
import { TimerWheel } from './utils/timer-wheel.js';

/**
 * The parts of a running server that know nothing of Nest, put together: three channels, those who listen to them, the
 * sessions and the broker. Handlers of the application subscribe to `inbound`.
 */
export class StompRuntime {
  readonly inbound: MessageChannel;
  readonly brokerChannel: MessageChannel;
  readonly outbound: ClientOutboundChannel;
  readonly converter: CompositeMessageConverter;
  readonly template: SimpMessagingTemplate;
  readonly users = new SimpUserRegistry();
  readonly events: StompEventPublisher;
  readonly audit: Audit;
  readonly sessions: StompSessionRegistry;
  readonly deliveries: Deliveries;
  /** To clients, by `template.request()`. */
  readonly requests: ClientRequests;
  readonly broker: MessageBroker;
  /** Alone, without the option `cluster`. */
  readonly cluster: StompCluster;
  readonly wheel: TimerWheel;
  readonly authorizationManager: MessageAuthorizationManager;
  readonly counters = new SessionCounters();
  readonly stats = new StompStats(this);
  readonly #userDestinations: UserDestinationResolver;
  #isBrokerAvailable = false;
  readonly #rateLimit: RateLimitChannelInterceptor | undefined;
  #messageCount = 0;
  #state = StompServerState.Starting;

  constructor(
    readonly options: ResolvedStompOptions,
    log: SessionLog,
    describeError: (error: unknown) => ErrorDescription,
  ) {
    const failed = (what: string) => (error: unknown) => log.error(`${what} failed`, error);
    const interceptorFailed = (channel: ChannelName) => failed(`An interceptor of ${channel}`);
    this.#rateLimit = this.#rateLimits();
    this.inbound = new MessageChannel(
      'clientInboundChannel',
      this.#rateLimit ? [this.#rateLimit] : [],
      interceptorFailed('clientInboundChannel'),
    );
    this.brokerChannel = new MessageChannel('brokerChannel', [], interceptorFailed('brokerChannel'));
    this.outbound = new ClientOutboundChannel('clientOutboundChannel', [], interceptorFailed('clientOutboundChannel'));
    this.converter = new CompositeMessageConverter(options.messageConverters, options.contentTypeResolver);
    this.template = new SimpMessagingTemplate(
      this.brokerChannel,
      this.converter,
      withSlash(options.userDestinationPrefix),
      failed('A message to the broker'),
    );
    this.events = new StompEventPublisher(failed('A listener to events'), (event) => this.#onEvent(event));
    this.audit = new Audit(this.events, log);
    this.wheel = new TimerWheel(undefined, failed('A timer'));
    this.deliveries = new Deliveries(this.outbound, options.broker.sessionPrefetchLimit);
    this.broker = this.#createBroker(log);
    this.#userDestinations = new UserDestinationResolver(
      withSlash(options.userDestinationPrefix),
      this.users,
      (id) => this.outbound.receiver(id) !== undefined,
    );
    this.authorizationManager = new MessageAuthorizationManager(
      authorization(options),
      () => this.sessions,
      (error) => describeError(error).isUnexpected && log.error('A security rule failed', error),
      (user) => void this.#commandOthers({ kind: 'recheck-user', user }),
    );
    this.sessions = new StompSessionRegistry(this.#sessionContext(log, describeError), (command) =>
      this.#commandOthers(command),
    );
    this.requests = this.#clientRequests();
    const userDestinations = this.#connect();
    // A relay's broker itself tells all servers what is published.
    const memory = this.broker instanceof SimpleBroker ? this.broker : undefined;
    this.cluster = new StompCluster(
      this.#createBus(),
      { name: '', ...DEFAULT_CLUSTER, ...options.cluster },
      {
        users: this.users,
        log,
        isWanted: (destination) => memory?.isWanted(destination) ?? false,
        deliver: (message) => memory?.receive(message),
        catchUp: () => memory?.catchUp(),
        deliverToUser: (message, onlySession) => userDestinations.fromOther(message, onlySession),
        deliverReply: (reply, sessionId, user) => this.requests.fromOther(reply, sessionId, user),
        carryOut: (command) => this.#carryOut(command),
        onAvailability: () => this.#tellAvailability(),
      },
    );
  }

  get state(): StompServerState {
    return this.#state;
  }

  /** Unique over restarts, increasing within one run. */
  readonly nextMessageId = (): string => `${RUN}-${(++this.#messageCount).toString(36)}`;

  /** Adds interceptors to a channel; before the start. */
  intercept(channel: ChannelName, interceptors: readonly ChannelInterceptor[]): void {
    const channels = [this.inbound, this.brokerChannel, this.outbound];
    channels.find(({ name }) => name === channel)!.addInterceptors(interceptors);
  }

  /** For the transports, which know nothing of events. */
  readonly handshakeRefused = ({ reason, ip, status, path, origin }: RefusedHandshake): void => {
    this.counters.refusedHandshakes.add(reason);
    // Mistakes of the application are in the log.
    if (status === 500) return;
    this.audit.publish(new HandshakeRefusedEvent(ip, status, path, origin));
  };

  async start(): Promise<void> {
    // Behind all others: what they have made of a message is what must be allowed.
    const manager = this.authorizationManager;
    if (manager.hasRules) this.inbound.addInterceptors([new AuthorizationChannelInterceptor(manager)]);
    if (this.options.cluster) await this.cluster.start();
    await this.broker.start();
    this.#state = StompServerState.Running;
  }

  /** From then on the application can send requests to clients. */
  answerRequests(): void {
    this.template.useRequests(this.requests);
    this.inbound.subscribe(this.requests);
  }

  clusterStats(): ClusterStats | undefined {
    return this.options.cluster && this.cluster.stats();
  }

  /** Finishes what has been received, says goodbye to every client, then stops the broker. */
  async stop(): Promise<void> {
    this.#state = StompServerState.Stopping;
    await this.sessions.shutDown('Server is shutting down', this.options.transport.shutdownTimeout);
    await this.broker.stop();
    await this.cluster.stop();
    this.wheel.stop();
    this.#state = StompServerState.Stopped;
  }

  #createBroker(log: SessionLog): MessageBroker {
    const { outbound, deliveries, nextMessageId, wheel } = this;
    const { broker, cluster, pathSeparator } = this.options;
    const common = {
      pathSeparator,
      onLost: (what: string, error: unknown) => log.error(what, error),
      onAvailability: () => this.#tellAvailability(),
    };
    if (broker.kind !== 'relay') {
      const toOthers = cluster && ((message: Message) => this.cluster.publish(message));
      return new SimpleBroker(outbound, deliveries, nextMessageId, { ...broker, ...common, toOthers });
    }
    const settings = {
      ...broker,
      ...common,
      wheel,
      warn: (sentence: string) => log.warn(sentence),
      onSessionLost: (id: string, error: BrokerUnavailableException) =>
        this.sessions.get(id)?.fail(new StompException('STOMP_ERR_BROKER_UNAVAILABLE', error.message)),
    };
    const parts = { outbound, deliveries, nextMessageId };
    return broker.connections === 'shared'
      ? new SharedBrokerRelay(parts, settings)
      : new SessionBrokerRelay(parts, settings);
  }

  #createBus(): ClusterBus {
    const { broker, cluster } = this.options;
    if (cluster?.kind !== 'relay' || broker.kind !== 'relay') return createBus(cluster);
    const { systemLogin: login, systemPasscode: passcode } = broker;
    return new RelayBus({ ...broker, login, passcode, wheel: this.wheel }, cluster.topic ?? 'nestjs-stomp');
  }

  /** First of all, so that what comes too fast costs little. */
  #rateLimits(): RateLimitChannelInterceptor | undefined {
    const { rateLimits, rateLimitKeyLimit, pathSeparator } = this.options;
    if (rateLimits.length === 0) return undefined;
    const addressOf = (sessionId: string): string | undefined => {
      const session = this.sessions.get(sessionId);
      return session && networkOf(session.ip);
    };
    const limits = rateLimits.map((limit) => new RateLimit(limit, pathSeparator, rateLimitKeyLimit, addressOf));
    return new RateLimitChannelInterceptor(limits);
  }

  #sessionContext(log: SessionLog, describeError: (error: unknown) => ErrorDescription): SessionContext {
    const { transport, broker, authenticate, errorHandler, userDestinationPrefix, errorDestination } = this.options;
    return {
      inbound: this.inbound,
      outbound: this.outbound,
      deliveries: this.deliveries,
      events: this.events,
      audit: this.audit,
      counters: this.counters,
      encoder: new MessageEncoder(),
      framesUnderWay: new FramesUnderWay(),
      wheel: this.wheel,
      log,
      authenticate,
      admit: (messages) => this.#rateLimit?.admit(messages),
      renewed: (session) => this.#renewed(session),
      subscriptionEnded: (sessionId, subscriptionId) => this.broker.subscriptionEnded(sessionId, subscriptionId),
      publishing: this.options.cluster && {
        mark: () => this.cluster.mark,
        settled: (since, isAnswered) => this.cluster.settled(since, isAnswered),
      },
      flush: (sessionId) => this.broker.flush?.(sessionId),
      describeError,
      errorHandler,
      limits: {
        frame: transport.messageSizeLimit,
        headerCount: transport.headerCountLimit,
        headerLength: transport.headerLengthLimit,
      },
      userSessions: new UserSessionLimit(transport, this.users, (id, code, reason) =>
        this.sessions.get(id)?.close(code, reason),
      ),
      subscriptionLimit: transport.subscriptionLimit,
      subscriptionSizeLimit: transport.subscriptionSizeLimit,
      transactionLimits: {
        count: transport.transactionLimit,
        frames: transport.transactionFrameLimit,
        bytes: transport.transactionSizeLimit,
      },
      timeToFirstMessage: transport.timeToFirstMessage,
      heartbeat: broker.heartbeat,
      errorDestination: `${userDestinationPrefix}${errorDestination}`,
    };
  }

  #renewed(session: StompSession): MaybePromise<void> {
    this.users.renewSession(session.id, session.user!);
    return then(this.authorizationManager.recheckSession(session), () => undefined);
  }

  /** The broker and the bus to other servers: without either, not everybody gets what is sent. */
  #tellAvailability(): void {
    const isAvailable =
      this.broker.stats().isAvailable && (this.options.cluster === undefined || this.cluster.isAvailable);
    if (isAvailable === this.#isBrokerAvailable) return;
    this.#isBrokerAvailable = isAvailable;
    this.events.publish(new BrokerAvailabilityEvent(isAvailable));
  }

  /** @returns how many sessions of other servers it is known to concern */
  #commandOthers(command: SessionCommand): number {
    if (!this.options.cluster) return 0;
    this.cluster.command(command);
    if (command.kind === 'close-session') return Number(this.users.isRemoteSession(command.sessionId));
    const user = this.users.getUser(command.user);
    return user?.sessions.filter(({ server }) => server !== undefined).length ?? 0;
  }

  #carryOut(command: SessionCommand): MaybePromise<unknown> {
    if (command.kind === 'recheck-user') return this.authorizationManager.recheckLocalUser(command.user);
    this.sessions.carryOut(command);
  }

  #clientRequests(): ClientRequests {
    const isSession = (id: string): boolean => this.outbound.receiver(id) !== undefined;
    const toOthers = (reply: Message): void => {
      const { user } = reply.headers;
      this.cluster.publishReply(reply, user && destinationUserName(user));
    };
    const { requests, cluster } = this.options;
    return new ClientRequests(this.users, isSession, this.converter, this.wheel, requests, cluster && toOthers);
  }

  #connect(): UserDestinationHandler {
    const userDestinations = new UserDestinationHandler(
      this.#userDestinations,
      this.brokerChannel,
      this.options.allowSendToUser,
      this.options.cluster && ((message, onlySession) => this.cluster.publishToUser(message, onlySession)),
    );
    this.inbound.subscribe(this.deliveries);
    this.inbound.subscribe(this.broker);
    this.inbound.subscribe(userDestinations.inbound);
    this.brokerChannel.subscribe(this.broker);
    this.brokerChannel.subscribe(userDestinations.broker);
    return userDestinations;
  }

  #onEvent(event: StompEvent): void {
    if (!(event instanceof SessionEvent)) return;
    const { sessionId, user } = event;
    if (event instanceof SessionConnectedEvent) {
      if (user) this.users.addSession(sessionId, user);
    } else if (event instanceof SessionSubscribeEvent) {
      this.users.addSubscription(sessionId, event.subscriptionId, event.destination);
    } else if (event instanceof SessionUnsubscribeEvent) {
      this.users.removeSubscription(sessionId, event.subscriptionId);
    } else if (event instanceof SessionDisconnectEvent) {
      this.users.removeSession(sessionId);
      this.#userDestinations.sessionEnded(sessionId);
      this.broker.sessionEnded(sessionId);
      this.requests.sessionEnded(sessionId, user && destinationUserName(user));
    }
  }
}

/** @throws StompOptionException when a rule cannot be */
function authorization({ security, pathSeparator }: ResolvedStompOptions): MessageAuthorization | undefined {
  if (security.length === 0) return undefined;
  const rules = new MessageSecurityRules();
  for (const say of security) say(rules);
  return new MessageAuthorization(rules, pathSeparator);
}

/** Short: message ids of less than 13 characters V8 makes in one piece, longer ones it puts together only when they are read. */
const RUN = randomBytes(5).toString('base64url').slice(0, 6);

function withSlash(prefix: string): string {
  return prefix.endsWith('/') ? prefix : `${prefix}/`;
}

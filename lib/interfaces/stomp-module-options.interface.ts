import type { ModuleMetadata, Type, InjectionToken, OptionalFactoryDependency } from '@nestjs/common';
import type { ChannelInterceptor } from '../messaging/channel-interceptor.js';
import type { ContentTypeResolver, MessageConverter } from '../messaging/message-converter.js';
import type { MessageSecurityRules } from '../security/message-security-rules.js';
import type { Authenticate, ErrorHandler } from '../session/session-context.js';
import type { BrokerOptions, SimpleBrokerOptions } from './broker-options.interface.js';
import type { ClusterOptions } from './cluster-options.interface.js';
import type { EndpointOptions } from './endpoint-options.interface.js';
import type { RateLimitOptions } from './rate-limit-options.interface.js';
import type { TransportOptions } from './transport-options.interface.js';

/** Interceptors of the three channels: instances, or classes that Nest provides. */
export interface ChannelInterceptorOptions {
  /** All that clients send. @default [] */
  clientInboundChannel?: (ChannelInterceptor | Type<ChannelInterceptor>)[];
  /** All that the application and clients send to the broker by way of handlers and user destinations. @default [] */
  brokerChannel?: (ChannelInterceptor | Type<ChannelInterceptor>)[];
  /** Every MESSAGE to every client. Costs a message object for each receiver. @default [] */
  clientOutboundChannel?: (ChannelInterceptor | Type<ChannelInterceptor>)[];
}

/** Says the rules, in the order in which they are asked. */
export type SecurityRules = (rules: MessageSecurityRules) => MessageSecurityRules;

/** Requests that the application sends to clients: `SimpMessagingTemplate.request()`. */
export interface ClientRequestOptions {
  /** What the `reply-to` destinations begin with that clients send their replies to. @default '/reply' */
  replyDestinationPrefix?: string;
  /** How many requests may wait for a reply; one more fails at once. @default 10_000 */
  limit?: number;
  /** How long a request waits that does not say itself, in milliseconds. @default 30_000 */
  timeout?: number;
}

/** Everything has a default: `StompModule.forRoot()` alone serves `/ws` with `/app`, `/topic`, `/queue` and `/user`. */
export interface StompModuleOptions {
  /** Where clients connect. All endpoints share the sessions, the handlers and the broker. @default [{ path: '/ws' }] */
  endpoints?: EndpointOptions[];
  /**
   * Messages whose destination begins with one of these go to `@MessageMapping` and `@SubscribeMapping` methods. One may lie within
   * `userDestinationPrefix`: with `/user/queue`, a `@SubscribeMapping('/inbox')` answers who subscribes to `/user/queue/inbox`, and
   * what is sent to the user there comes on the same subscription.
   *
   * @default ['/app']
   */
  applicationDestinationPrefixes?: string[];
  /** Destinations of single users begin with this. @default '/user' */
  userDestinationPrefix?: string;
  /**
   * Where the reply of a `@MessageMapping` method goes that names no destination: this, then the mapped destination. It must be within
   * one of the broker's prefixes, or a warning tells of each method that replies to nobody. @default '/topic'
   */
  defaultDestinationPrefix?: string;
  /** The same for `@SendToUser`, behind the user prefix. @default '/queue' */
  defaultUserDestinationPrefix?: string;
  /** What divides the segments of destinations behind the prefix. @default '/' */
  pathSeparator?: '/' | '.';
  /** Who distributes messages. @default { kind: 'simple' } */
  broker?: BrokerOptions;
  /**
   * What makes several servers act as one: topics, user destinations and `SimpUserRegistry` reach over all of them. All have the same
   * options. @default none: one server
   *
   * @example
   * cluster: { kind: 'node' } // the workers of node:cluster on one machine
   * cluster: { kind: 'redis', url: 'redis://cache.internal' }
   */
  cluster?: ClusterOptions;
  /** Limits. */
  transport?: TransportOptions;
  /**
   * Asked at CONNECT who the client is. What it returns becomes the session's user and overrides the handshake's; a throw refuses
   * the client with an ERROR that says no more than that. @default the handshake's principal
   */
  authenticate?: Authenticate;
  /**
   * Who may do what: rules of which the first that is for a client's message decides, before the message has any effect. What no rule is
   * for is denied, with ERROR or on the client's error destination. @default no rules: everything is allowed
   */
  security?: SecurityRules;
  /**
   * How fast clients may send. A frame that comes too fast is refused, before anything else is done with it, and takes nothing from the limits;
   * the client is told when to try again. @default [] // as fast as the server is: what is not handled yet is not read
   */
  rateLimits?: RateLimitOptions[];
  /** How many sessions, users, addresses or destinations a rate limit remembers; beyond it the oldest is forgotten. @default 100_000 */
  rateLimitKeyLimit?: number;
  /** Interceptors of the channels. */
  interceptors?: ChannelInterceptorOptions;
  /**
   * Who turns payloads into values and back (Spring `configureMessageConverters`): a list is asked before the built-in converters for
   * text, bytes and JSON; a function is given those, and returns all that are asked, in order. @default the built-in ones
   *
   * @example
   * messageConverters: [new XmlMessageConverter()] // asked first
   * messageConverters: (defaults) => [...defaults, new XmlMessageConverter()] // asked last
   * messageConverters: () => [new JsonMessageConverter()] // nothing but JSON
   */
  messageConverters?: MessageConverter[] | ((defaults: MessageConverter[]) => MessageConverter[]);
  /**
   * Which content type a client's message has (Spring `ContentTypeResolver`), where clients name none, or another. If there is none, the
   * built-in converters read text where a string is wanted, and JSON where not. @default ({ contentType }) => contentType
   *
   * @example
   * contentTypeResolver: ({ contentType }) => contentType ?? 'application/json'
   */
  contentTypeResolver?: ContentTypeResolver;
  /**
   * Where errors are reported to the client that caused them: a client which has subscribed to `/user` + this destination gets its
   * failed frames answered there and stays connected; what exception filters return goes there as well. @default '/queue/errors'
   */
  errorDestination?: string;
  /**
   * Has the last word on an ERROR frame: may change its headers and its body, in the client's own language for example. What it throws
   * is logged, and the frame goes out as it is. @default changes nothing
   * @example
   * errorHandler: (reply) => {
   *   reply.headers.append('support-id', reply.session.id);
   *   if (reply.exception.cause instanceof SoldOutError) reply.body = 'Sold out.';
   * }
   */
  errorHandler?: ErrorHandler;
  /** Whether clients may SEND to `/user/{name}/…` of others. @default false */
  allowSendToUser?: boolean;
  /**
   * Whether `StompContext.current()` tells services, guards and loggers of the message that is being handled. It is off because up to
   * Node 22 it makes every promise of the process slower, about 0.7 µs for a handler with two awaits. @default false
   */
  asyncContext?: boolean;
  /** Requests of the application to clients. */
  requests?: ClientRequestOptions;
}

/**
 * What a feature module adds to the options of `StompModule.forRoot()`: `StompModule.forFeature()`. The application's own come first, but
 * for the security rules, then those of the features in the order in which Nest finds their modules.
 */
export interface StompFeatureOptions {
  /** Queues and histories of the feature's destinations, and what happens to their messages for clients that read slowly. */
  broker?: Pick<SimpleBrokerOptions, 'queues' | 'history' | 'slowConsumers'>;
  /** Run behind the application's own interceptors, for all messages. */
  interceptors?: ChannelInterceptorOptions;
  /** Asked before the application's own rules, of which there must be some: they decide on all that the feature's are not for. */
  security?: SecurityRules;
}

/** Makes the options of `StompModule.forRootAsync({ useClass })`. */
export interface StompOptionsFactory {
  createStompOptions(): Promise<StompModuleOptions> | StompModuleOptions;
}

/** Options that are known only at run time, from a configuration service for example. */
export interface StompModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  useFactory?: (...args: any[]) => Promise<StompModuleOptions> | StompModuleOptions;
  inject?: (InjectionToken | OptionalFactoryDependency)[];
  useClass?: Type<StompOptionsFactory>;
  useExisting?: Type<StompOptionsFactory>;
}

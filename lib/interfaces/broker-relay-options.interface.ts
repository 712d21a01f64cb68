import type { ConnectionOptions } from 'node:tls';
import type { Message } from '../messaging/message.js';
import type { SimpleBrokerOptions } from './broker-options.interface.js';

/** Where a broker listens for STOMP over TCP. */
export interface RelayAddress {
  host: string;
  port: number;
}

/** Takes messages for the application from the relay's own connection. What it throws, or rejects with, is given back to the broker by NACK. */
export type SystemSubscriptionHandler = (message: Message) => unknown;

/**
 * A broker elsewhere, RabbitMQ or ActiveMQ, that is spoken to in STOMP over TCP (Spring `enableStompBrokerRelay`). docs/relay.md says what each way
 * of connecting keeps and costs.
 *
 * @example
 * broker: {
 *   kind: 'relay',
 *   addresses: [{ host: 'mq1', port: 61613 }, { host: 'mq2', port: 61613 }],
 *   virtualHost: '/chat',
 *   systemLogin: 'server',
 *   systemPasscode: process.env.MQ_PASSCODE,
 * }
 */
export interface BrokerRelayOptions extends Pick<
  SimpleBrokerOptions,
  | 'destinationPrefixes'
  | 'heartbeat'
  | 'selector'
  | 'prefetchLimit'
  | 'sessionPrefetchLimit'
  | 'backlogLimit'
  | 'backlogSizeLimit'
  | 'slowConsumers'
  | 'slowConsumerLimit'
  | 'slowConsumerSizeLimit'
> {
  kind: 'relay';
  /**
   * How clients and connections to the broker belong together. `shared`: a few connections for all clients; a topic is subscribed to once for the
   * whole server, and its messages are handed to all subscribers in the process. `per-session`: a connection for each client, as Spring has it, so
   * that receipts, acknowledgements, transactions and durable subscriptions are the broker's own. @default 'shared'
   */
  connections?: 'shared' | 'per-session';
  /** @default '127.0.0.1' */
  host?: string;
  /** @default 61_613 */
  port?: number;
  /** Several brokers in place of `host` and `port`: each connection takes the first that can be had, and another when that is lost. @default [{ host, port }] */
  addresses?: RelayAddress[];
  /** Whether the lines are encrypted: `true`, or the options of `tls.connect()` such as `ca`, `cert` and `key`. @default false */
  tls?: boolean | ConnectionOptions;
  /** The header `host` of CONNECT, which is the virtual host of RabbitMQ. @default '/' */
  virtualHost?: string;
  /** What the connections of clients log in with, in place of what the clients say: the senders of `shared`, and all of `per-session`. @default 'guest' */
  clientLogin?: string;
  /** @default 'guest' */
  clientPasscode?: string;
  /** What the server's own connection logs in with: the application's messages, subscriptions of `shared`. @default 'guest' */
  systemLogin?: string;
  /** @default 'guest' */
  systemPasscode?: string;
  /**
   * What the server offers the broker as heart-beats, in milliseconds: how often it can send, how often it wants to hear; 0 means never. A broker
   * that has not been heard for twice as long is given up. @default [10_000, 10_000]
   */
  systemHeartbeat?: [send: number, receive: number];
  /** Milliseconds for a connection to be opened, the answer to CONNECT included. @default 10_000 */
  connectTimeout?: number;
  /** After how many milliseconds a lost connection is tried again, at most; half of it at least. It doubles each time. @default 500 */
  reconnectDelay?: number;
  /** The most that it grows to. @default 5_000 */
  reconnectDelayLimit?: number;
  /**
   * Whether a broker that cannot be reached stops the start of the application. Otherwise it starts, says that there is no broker
   * (`BrokerAvailabilityEvent`, health) and goes on trying, as Spring does. A broker that refuses the credentials always stops it. @default false
   */
  requiredAtStart?: boolean;
  /**
   * For how many milliseconds the broker's RECEIPT is waited for, before the message counts as not confirmed; and before that, for a broker
   * that reads slowly. @default 10_000
   */
  receiptTimeout?: number;
  /**
   * How many frames of one connection may wait for the broker's RECEIPT, and how many for a broker that reads slowly; one more is refused.
   * @default 10_000
   */
  unconfirmedLimit?: number;
  /** Beyond how many bytes that wait for a slow broker the senders are made to wait. @default 1_048_576 // 1 MiB */
  sendBufferSizeLimit?: number;
  /** How large a frame of the broker may be, in bytes; a larger one costs the connection. @default 16_777_216 // 16 MiB */
  frameSizeLimit?: number;
  /** `shared`: over how many connections the SENDs of clients are spread; all of one session go over the same. @default 4 */
  sharedConnections?: number;
  /** Destinations that are work queues of the broker: each message goes to one consumer. @default ['/queue', '/amq/queue'] */
  queuePrefixes?: string[];
  /** Whether messages to work queues survive a restart of the broker unless their sender says `persistent:false`. @default true */
  persistentQueues?: boolean;
  /** `shared`: how many consumers of work queues there may be; each has a connection of its own. One more is refused. @default 1_000 */
  queueConsumerLimit?: number;
  /** `shared`: how many destinations and patterns may be subscribed to at the broker at a time. One more is refused. @default 10_000 */
  brokerSubscriptionLimit?: number;
  /**
   * `per-session`: what happens to clients whose connection to the broker is lost. `close`: ERROR and the end of the session, as in Spring.
   * `reattach`: the session stays, is connected and subscribed anew when the broker is back, and what it sends in between is refused.
   * @default 'close'
   */
  onConnectionLoss?: 'close' | 'reattach';
  /**
   * Destinations of the broker whose messages the application gets over the server's own connection, by destination; each is acknowledged when its
   * handler has finished. @default {}
   */
  systemSubscriptions?: Record<string, SystemSubscriptionHandler>;
}

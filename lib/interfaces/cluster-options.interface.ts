import type { ClusterBus } from '../cluster/cluster-bus.js';

/** What the servers of all kinds of clusters have. */
export interface CommonClusterOptions {
  /** What the other servers call this one, in logs and statistics. @default host name and process id */
  name?: string;
  /**
   * How often each server tells the others that it is there, in milliseconds. Also how soon a server that has missed something asks
   * again for all users of another. @default 5_000
   */
  heartbeat?: number;
  /**
   * After so many milliseconds without a word a server is taken for dead, and its users leave the registries of the others. At least twice
   * `heartbeat`. A server that stops properly leaves at once. @default 15_000
   */
  timeout?: number;
  /**
   * How many bytes may wait for the bus to take them. From a quarter of it on, clients that send are made to wait; beyond it, messages
   * reach the clients of this server only, and who waits for a RECEIPT gets an error. @default 16_777_216 // 16 MiB
   */
  bufferSizeLimit?: number;
  /** Whether `SimpUserRegistry` knows the subscriptions of users on other servers, too. Each SUBSCRIBE then goes over the bus. @default false */
  shareSubscriptions?: boolean;
}

/** The workers of one `node:cluster`. Their primary calls `connectWorkers()` of `nestjs-stomp/cluster`. */
export interface NodeClusterOptions extends CommonClusterOptions {
  kind: 'node';
}

/** Servers with one Redis, or Valkey. The package `redis` must be installed. */
export interface RedisClusterOptions extends CommonClusterOptions {
  kind: 'redis';
  /** @default 'redis://localhost:6379' */
  url?: string;
  /** The channel of Redis; servers of different applications need different ones. @default 'nestjs-stomp' */
  channel?: string;
  /** More options of `createClient()` of `redis`: `username`, `password`, `socket: { tls: true }` … @default {} */
  client?: Record<string, unknown>;
}

/** Servers with one NATS. The package `@nats-io/transport-node` must be installed. */
export interface NatsClusterOptions extends CommonClusterOptions {
  kind: 'nats';
  /** @default 'localhost:4222' */
  servers?: string | string[];
  /** The subject of NATS; servers of different applications need different ones. @default 'nestjs-stomp' */
  subject?: string;
  /** More options of `connect()` of `@nats-io/transport-node`: `user`, `pass`, `token`, `tls` … @default {} */
  client?: Record<string, unknown>;
}

/** Servers with one broker behind their relays, which is the option `broker`. */
export interface RelayClusterOptions extends CommonClusterOptions {
  kind: 'relay';
  /** Part of the destination of the broker by which they talk; servers of different applications need different ones. @default 'nestjs-stomp' */
  topic?: string;
}

/** Servers with anything else between them. */
export interface CustomClusterOptions extends CommonClusterOptions {
  kind: 'bus';
  /** It belongs to one server. */
  bus: ClusterBus;
}

/** What carries messages between servers that act as one. */
export type ClusterOptions =
  NodeClusterOptions | RedisClusterOptions | NatsClusterOptions | RelayClusterOptions | CustomClusterOptions;

/** The same with all that they have in common. */
export type ResolvedClusterOptions = ClusterOptions & Required<CommonClusterOptions>;

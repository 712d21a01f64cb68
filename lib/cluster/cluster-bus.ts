import type { MaybePromise } from '../utils/maybe-promise.js';

/** Who uses a bus: one server. */
export interface ClusterBusListener {
  /** What the server is called in the bytes that it publishes: new with each start. */
  readonly id: string;
  /**
   * What a server has published, as it was. The bytes may be changed or given back once this returns. A server's own come back or do not:
   * it takes no notice of them.
   */
  onMessage(bytes: Uint8Array): void;
  /** The bus ceases to carry messages, or does so again. After `start` it is there until it says otherwise; the same twice is no mistake. */
  onAvailability(isAvailable: boolean): void;
  /**
   * A server has ended, and all that it had published has come. Who cannot know that need not call it: the others notice by its silence.
   * @param id of the listener that it had
   */
  onGone(id: string): void;
}

/**
 * What carries bytes from one server to all the others. It knows nothing of what they mean, and stores nothing: who is not there misses them.
 *
 * What is asked of it: what one server publishes reaches each of the others in the order of publishing, at most once. What is lost on
 * the way the servers notice themselves by the numbers in the bytes. Between different servers there is no order.
 *
 * @example
 * StompModule.forRoot({ cluster: { kind: 'bus', bus: new MyBus() } });
 */
export interface ClusterBus {
  /** The largest message that it takes, in bytes. @default any size */
  readonly maxMessageSize?: number;
  /**
   * Connects. Settles when what others publish from now on reaches the listener, and rejects when that cannot be: that stops the start of
   * the application. A connection that is lost later the bus restores by itself, for as long as it takes.
   */
  start(listener: ClusterBusListener): MaybePromise<void>;
  /**
   * Settles when the bus has taken the message, so that it does not depend on this process any more; rejects when the bus is cut, or
   * cannot say whether it has taken it. It is not tried again. Several may be under way; they keep their order.
   *
   * @param bytes belong to the bus from now on
   */
  publish(bytes: Uint8Array): MaybePromise<void>;
  /** Disconnects when what has been published is on its way. Called once; a bus that never started may be stopped, too. */
  stop(): MaybePromise<void>;
}

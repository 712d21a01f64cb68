import type { MessageHandler } from '../messaging/message-channel.js';
import type { MaybePromise } from '../utils/maybe-promise.js';
import type { MessageBrokerStats } from './message-broker-stats.js';

/**
 * Who gets a message. Listens to clientInboundChannel and brokerChannel, and answers through clientOutboundChannel.
 *
 * What is guaranteed: when `handleMessage` settles for a SUBSCRIBE, nothing sent later is missed; when it settles for a SEND that
 * somebody waits for, the message has been handed to every subscription that matched, or to the broker of a relay, which has confirmed
 * it; messages of one sender to one destination reach each subscription in the order of sending, once.
 */
export interface MessageBroker extends MessageHandler {
  start(): MaybePromise<void>;
  stop(): MaybePromise<void>;
  /** A subscription is over, however it ended; UNSUBSCRIBE may have told the broker before. */
  subscriptionEnded(sessionId: string, subscriptionId: string): void;
  /** A session is gone, however it ended: nothing of it may remain. */
  sessionEnded(sessionId: string): void;
  /** Settles when all that the session has sent has been handed over. Without it nothing is ever on its way. */
  flush?(sessionId: string): MaybePromise<void>;
  /** What operators want to know; computed when it is asked for. */
  stats(): MessageBrokerStats;
}

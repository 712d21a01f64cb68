import type { MaybePromise } from '../utils/maybe-promise.js';
import type { Message } from './message.js';
import type { MessageChannel } from './message-channel.js';

/**
 * Sees every message on a channel (Spring `ChannelInterceptor`). `preSend` runs in the order of registration, `postSend` and
 * `afterSendCompletion` in reverse. Order per session is kept when one of them waits.
 */
export interface ChannelInterceptor {
  /**
   * Before the message is handled.
   * @returns the message, another one in its place, or null to drop it silently
   * @throws to refuse it: a client gets an ERROR with the exception's message if it is a `MessagingException`, or a plain sentence if not
   */
  preSend?(message: Message, channel: MessageChannel): MaybePromise<Message | null>;
  /** After every handler has finished; not called when one of them failed. What it throws fails the message all the same. Not waited for. */
  postSend?(message: Message, channel: MessageChannel): void;
  /** Always, once `preSend` of this interceptor has passed. What it throws is logged. Not waited for. */
  afterSendCompletion?(message: Message, channel: MessageChannel, error?: unknown): void;
}

import { then, type MaybePromise } from '../utils/maybe-promise.js';
import type { ChannelInterceptor } from './channel-interceptor.js';
import type { MessageChannel } from './message-channel.js';
import type { Message } from './message.js';

/** One message's way past the interceptors of a channel (Spring `ChannelInterceptorChain`). */
export class ChannelInterceptorChain {
  #passed = 0;

  constructor(
    private readonly channel: MessageChannel,
    private readonly interceptors: readonly ChannelInterceptor[],
    private message: Message,
  ) {}

  /** @returns the message as the interceptors want it sent, or null if one of them dropped it */
  preSend(): MaybePromise<Message | null> {
    const interceptor = this.interceptors[this.#passed];
    if (interceptor === undefined) return this.message;
    const result = interceptor.preSend ? interceptor.preSend(this.message, this.channel) : this.message;
    return then(result, (message) => {
      if (message === null) return null;
      this.message = message;
      this.#passed++;
      return this.preSend();
    });
  }

  postSend(): void {
    for (const interceptor of this.#passedInReverse()) interceptor.postSend?.(this.message, this.channel);
  }

  afterSendCompletion(error?: unknown): void {
    for (const interceptor of this.#passedInReverse())
      interceptor.afterSendCompletion?.(this.message, this.channel, error);
  }

  #passedInReverse(): ChannelInterceptor[] {
    return this.interceptors.slice(0, this.#passed).toReversed();
  }
}

import { MessageDeliveryException } from '../exceptions/messaging.exception.js';
import { StompException } from '../exceptions/stomp.exception.js';
import { isPromise, then, type MaybePromise } from '../utils/maybe-promise.js';
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
    /** Told of an interceptor that fails when nobody waits for it any more. */
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** @returns the message as the interceptors want it sent, or null if one of them dropped it */
  preSend(): MaybePromise<Message | null> {
    const interceptor = this.interceptors[this.#passed];
    if (interceptor === undefined) return this.message;
    return then(this.#ask(interceptor), (message) => {
      if (!message) return null;
      this.message = message;
      this.#passed++;
      return this.preSend();
    });
  }

  #ask(interceptor: ChannelInterceptor): MaybePromise<Message | null> {
    if (!interceptor.preSend) return this.message;
    try {
      const result = interceptor.preSend(this.message, this.channel);
      return isPromise<Message | null>(result) ? result.catch(refuse) : result;
    } catch (error) {
      return refuse(error);
    }
  }

  postSend(): void {
    for (const interceptor of this.#passedInReverse()) {
      this.#leaveAlone(interceptor.postSend?.(this.message, this.channel));
    }
  }

  afterSendCompletion(error?: unknown): void {
    for (const interceptor of this.#passedInReverse()) {
      try {
        this.#leaveAlone(interceptor.afterSendCompletion?.(this.message, this.channel, error));
      } catch (failure) {
        this.onFailure(failure);
      }
    }
  }

  /** Of a method that is `async` though nobody waits for it: what it rejects with must not end the process. */
  #leaveAlone(returned: unknown): void {
    if (isPromise(returned)) returned.catch(this.onFailure);
  }

  #passedInReverse(): ChannelInterceptor[] {
    return this.interceptors.slice(0, this.#passed).toReversed();
  }
}

/** Tells a refusal from the failure of a handler. */
function refuse(cause: unknown): never {
  if (cause instanceof StompException || cause instanceof MessageDeliveryException) throw cause;
  throw new MessageDeliveryException('The message was refused.', { cause });
}

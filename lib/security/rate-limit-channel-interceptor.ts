import { RateLimitExceededException } from '../exceptions/rate-limit-exceeded.exception.js';
import type { ChannelInterceptor } from '../messaging/channel-interceptor.js';
import type { Message } from '../messaging/message.js';
import type { TokenBucket } from '../utils/token-bucket.js';
import { describeFrame } from './describe-frame.js';
import type { RateLimit } from './rate-limit.js';

/** Stands before all other interceptors of clientInboundChannel and refuses what comes too fast. What is refused takes nothing. */
export class RateLimitChannelInterceptor implements ChannelInterceptor {
  readonly #admitted = new WeakSet<Message>();

  constructor(private readonly limits: readonly RateLimit[]) {}

  preSend(message: Message): Message {
    if (!this.#admitted.delete(message)) this.#take([message]);
    return message;
  }

  /**
   * The messages of a transaction, which take effect together or not at all, count as one of their sum. So one that is more than the
   * burst passes when nothing else has been sent, and is paid for afterwards.
   * @throws RateLimitExceededException
   */
  admit(messages: readonly Message[]): void {
    this.#take(messages);
    for (const message of messages) this.#admitted.add(message);
  }

  #take(messages: readonly Message[]): void {
    const now = performance.now();
    const amounts = new Map<TokenBucket, number>();
    for (const message of messages) {
      const { command } = message.headers;
      // An ACK answers what the server has sent, an UNSUBSCRIBE a SUBSCRIBE.
      if (command !== 'SEND' && command !== 'SUBSCRIBE') continue;
      for (const { bucket, amount, limit } of this.limits.flatMap((one) => one.drawsOf(message, now))) {
        const sum = (amounts.get(bucket) ?? 0) + amount;
        if (!bucket.has(sum, now)) {
          throw new RateLimitExceededException(describeFrame(message), limit, bucket.wait(sum, now));
        }
        amounts.set(bucket, sum);
      }
    }
    for (const [bucket, amount] of amounts) bucket.take(amount);
  }
}

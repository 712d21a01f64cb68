import { RateLimitExceededException } from '../exceptions/rate-limit-exceeded.exception.js';
import type { ChannelInterceptor } from '../messaging/channel-interceptor.js';
import type { Message } from '../messaging/message.js';
import { describeFrame } from './describe-frame.js';
import type { RateLimit } from './rate-limit.js';

/** Stands before all other interceptors of clientInboundChannel and refuses what comes too fast. What is refused takes nothing. */
export class RateLimitChannelInterceptor implements ChannelInterceptor {
  constructor(private readonly limits: readonly RateLimit[]) {}

  preSend(message: Message): Message {
    const { command } = message.headers;
    // An ACK answers what the server has sent, an UNSUBSCRIBE a SUBSCRIBE.
    if (command !== 'SEND' && command !== 'SUBSCRIBE') return message;
    const now = performance.now();
    const draws = this.limits.flatMap((limit) => limit.drawsOf(message, now));
    const short = draws.find(({ bucket, amount }) => !bucket.has(amount, now));
    if (short) {
      const { bucket, amount, limit } = short;
      throw new RateLimitExceededException(describeFrame(message), limit, bucket.wait(amount, now));
    }
    for (const { bucket, amount } of draws) bucket.take(amount);
    return message;
  }
}

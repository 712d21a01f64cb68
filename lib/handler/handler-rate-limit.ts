import type { HandlerRateLimitOptions } from '../decorators/rate-limit.decorator.js';
import { networkOf } from '../utils/network.js';
import { destinationUserName } from '../utils/principal.js';
import { RateLimitExceededException } from '../exceptions/rate-limit-exceeded.exception.js';
import { rateOf } from '../utils/token-bucket.js';
import { TokenBuckets } from '../utils/token-buckets.js';
import { RATE_LIMIT_METADATA } from '../stomp.constants.js';
import type { ContextMethod, StompExecutionContext } from './stomp-execution-context.js';

/** Refuses messages to one method that come too fast. */
export class HandlerRateLimit {
  readonly #by: NonNullable<HandlerRateLimitOptions['by']>;
  readonly #buckets: TokenBuckets;
  readonly #limit: string;

  constructor(method: string, { by = 'session', ...options }: HandlerRateLimitOptions, keyLimit: number) {
    if (!(options.perSecond > 0)) {
      throw new Error(`The perSecond of the @RateLimit of ${method} must be above 0, but it is ${options.perSecond}.`);
    }
    const rate = rateOf(options);
    if (!(rate.burst >= 1)) {
      throw new Error(`The burst of the @RateLimit of ${method} must be 1 or more, but it is ${rate.burst}.`);
    }
    this.#by = by;
    this.#buckets = new TokenBuckets(rate, keyLimit);
    this.#limit = `${options.perSecond} messages per second for each ${by}`;
  }

  /**
   * @returns nothing if neither the method nor its class has a limit
   * @throws Error when the limit cannot be
   */
  static of(method: ContextMethod, keyLimit: number): HandlerRateLimit | undefined {
    const { callback, classRef } = method;
    const options = (Reflect.getMetadata(RATE_LIMIT_METADATA, callback) ??
      Reflect.getMetadata(RATE_LIMIT_METADATA, classRef)) as HandlerRateLimitOptions | undefined;
    return options && new HandlerRateLimit(method.toString(), options, keyLimit);
  }

  /** @throws RateLimitExceededException */
  check(context: StompExecutionContext): void {
    const now = performance.now();
    const bucket = this.#buckets.of(this.#keyOf(context), now);
    if (!bucket.has(1, now)) {
      throw new RateLimitExceededException(
        `A message to ${context.lookupDestination}`,
        this.#limit,
        bucket.wait(1, now),
      );
    }
    bucket.take(1);
  }

  #keyOf({ session, user }: StompExecutionContext): string {
    switch (this.#by) {
      case 'session':
        return session?.id ?? '';
      case 'user':
        return user ? `user ${destinationUserName(user)}` : `session ${session?.id}`;
      case 'address':
        return networkOf(session?.ip ?? '');
      case 'method':
        return '';
    }
  }
}

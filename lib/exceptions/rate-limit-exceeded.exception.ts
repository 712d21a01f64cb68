import { MessageDeliveryException } from './messaging.exception.js';

/** A client sends faster than it may. */
export class RateLimitExceededException extends MessageDeliveryException {
  override readonly name = 'RateLimitExceededException';
  override readonly details: { readonly retryAfter: number };

  /** @param retryAfter when to try again, in milliseconds */
  constructor(what: string, limit: string, retryAfter: number) {
    super(`${what} came too fast: ${limit} are allowed. Try again in ${retryAfter} ms.`);
    this.details = { retryAfter };
  }
}

import type { RateOptions } from '../interfaces/rate-limit-options.interface.js';
import { RATE_LIMIT_METADATA } from '../stomp.constants.js';

export interface HandlerRateLimitOptions extends RateOptions {
  /** Who shares the limit: the messages of one session, of one user or of one address (of an IPv6 address the first 64 bits count), or all that the method is sent. @default 'session' */
  by?: 'session' | 'user' | 'address' | 'method';
}

/**
 * How fast a method may be sent messages. What comes too fast is refused before guards run, and the client is told when to try again:
 * `RateLimitExceededException`. On a class it holds for each of its methods that has no limit of its own. HTTP routes of the same class
 * are not concerned.
 *
 * @example
 * \@MessageMapping('/room/{id}/typing')
 * \@RateLimit({ by: 'user', perSecond: 1, burst: 3 })
 * typing() {}
 */
export function RateLimit(options: HandlerRateLimitOptions): ClassDecorator & MethodDecorator {
  return (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    Reflect.defineMetadata(RATE_LIMIT_METADATA, options, (descriptor?.value as object | undefined) ?? target);
  };
}

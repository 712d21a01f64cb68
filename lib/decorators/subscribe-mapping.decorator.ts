import { addMapping, listOf, methodOf } from './mapping-metadata.js';

/**
 * Hands SUBSCRIBE frames to a method (Spring `@SubscribeMapping`). What it returns goes straight to the new subscription, as
 * the answer to a request; with `@SendTo` or `@SendToUser` it goes through the broker instead.
 *
 * @param patterns as for `@MessageMapping`; the class's patterns come before
 * @example
 * \@SubscribeMapping('/prices/{symbol}')
 * prices(@DestinationVariable('symbol') symbol: string): Observable<Price> {
 *   return this.feed.watch(symbol); // ends when the client unsubscribes
 * }
 */
export function SubscribeMapping(patterns?: string | readonly string[]): MethodDecorator {
  const list = listOf(patterns);
  return (target, key, descriptor) => {
    const method = methodOf('SubscribeMapping', { target, key, descriptor });
    addMapping(target, method, { command: 'SUBSCRIBE', patterns: list });
  };
}

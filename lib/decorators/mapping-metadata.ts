import { MAPPINGS_METADATA } from '../stomp.constants.js';

/** Which frames a mapping is for. */
export type MappedCommand = 'SEND' | 'SUBSCRIBE';

/** What `@MessageMapping` and `@SubscribeMapping` say of a method. */
export interface MappingMetadata {
  readonly command: MappedCommand;
  /** Empty: the patterns of the class itself. */
  readonly patterns: readonly string[];
}

/** Several mappings on one method add up. */
export function addMapping(prototype: object, callback: object, mapping: MappingMetadata): void {
  const others = (Reflect.getOwnMetadata(MAPPINGS_METADATA, callback) ?? []) as MappingMetadata[];
  Reflect.defineMetadata(MAPPINGS_METADATA, [...others, mapping], callback);
  markEntryProvider(prototype.constructor);
}

/**
 * Nest runs a request-scoped `APP_GUARD` on a provider's methods only if the provider carries this mark; without it the guard
 * would be skipped silently.
 */
export function markEntryProvider(classRef: object): void {
  Reflect.defineMetadata('__entryProvider__', true, classRef);
}

export function listOf(patterns: string | readonly string[] | undefined): readonly string[] {
  if (patterns === undefined) return [];
  return typeof patterns === 'string' ? [patterns] : patterns;
}

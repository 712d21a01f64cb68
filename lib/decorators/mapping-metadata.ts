import { inspect } from 'node:util';
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

/** @throws TypeError when something in it is no text */
export function listOf(destinations: string | readonly string[] | undefined): readonly string[] {
  const list = destinations === undefined ? [] : [destinations].flat();
  for (const destination of list) {
    if (typeof destination !== 'string')
      throw new TypeError(`A destination must be a text, not ${inspect(destination)}.`);
  }
  return list;
}

/** What a decorator stands on, as it is called. */
export interface Decorated {
  readonly target: object;
  /** Undefined: a class. */
  readonly key: string | symbol | undefined;
  readonly descriptor: PropertyDescriptor | undefined;
}

/**
 * The method that a decorator stands on.
 * @throws TypeError when it is not one that instances have under a name: nobody would ever find it
 */
export function methodOf(decorator: string, { target, key, descriptor }: Decorated): object {
  const method: unknown = descriptor?.value;
  const isStatic = typeof target === 'function';
  if (typeof method === 'function' && typeof key === 'string' && !isStatic) return method;
  const { name } = isStatic ? target : target.constructor;
  const where = key === undefined ? name : `${name}.${String(key)}`;
  throw new TypeError(
    `@${decorator}() cannot stand on ${where}: it must be a method, not a static one, with a name that is no symbol.`,
  );
}

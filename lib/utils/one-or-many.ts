/** Some values, of which there is one in most places: a set for each of those would cost more than what is in it. */
export type OneOrMany<T extends object> = T | Set<T>;

/** @returns what holds the value, too: the same set, if it was one */
export function including<T extends object>(held: OneOrMany<T> | undefined, value: T): OneOrMany<T> {
  if (held instanceof Set) return held.add(value);
  return held === undefined || held === value ? value : new Set([held, value]);
}

/** @returns what is left without the value, undefined if that is nothing */
export function excluding<T extends object>(held: OneOrMany<T> | undefined, value: T): OneOrMany<T> | undefined {
  if (held === value) return undefined;
  if (held instanceof Set) held.delete(value);
  return held instanceof Set && held.size === 0 ? undefined : held;
}

export function forEachOf<T extends object>(held: OneOrMany<T> | undefined, visit: (value: T) => void): void {
  if (held instanceof Set) held.forEach(visit);
  else if (held) visit(held);
}

import { isDeepStrictEqual } from 'node:util';

/**
 * Puts a value into a part of the document under the wanted name, or under `name_2` and so on where that is taken by another value.
 * @returns the name
 */
export function put<T>(part: Record<string, T>, wanted: string, value: T): string {
  return take(part, wanted, value, (other) => isDeepStrictEqual(other, value));
}

/** The same, for a value that is not complete yet and so equals no other. */
export function putNew<T>(part: Record<string, T>, wanted: string, value: T): string {
  return take(part, wanted, value, () => false);
}

function take<T>(part: Record<string, T>, wanted: string, value: T, isSame: (other: T) => boolean): string {
  // Tools make names of files, classes and anchors of these keys.
  const base = wanted.replace(/[^\w-]+/g, '.').replace(/^\.|\.$/g, '') || '_';
  let name = base;
  for (let i = 2; Object.hasOwn(part, name); i++) {
    if (isSame(part[name]!)) return name;
    name = `${base}_${i}`;
  }
  part[name] = value;
  return name;
}

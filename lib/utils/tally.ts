/** Counts things by keys that are known beforehand. Whatever else comes is counted as `other`, so that nobody can make it grow. */
export class Tally<Key extends string | number> {
  readonly #counts: Map<Key, number>;
  #others = 0;

  constructor(keys: Iterable<Key>) {
    this.#counts = new Map([...keys].map((key) => [key, 0]));
  }

  add(key: Key | 'other'): void {
    const count = this.#counts.get(key as Key);
    if (count === undefined) this.#others++;
    else this.#counts.set(key as Key, count + 1);
  }

  /** A copy. */
  toRecord(): Record<Key | 'other', number> {
    return { ...Object.fromEntries(this.#counts), other: this.#others } as Record<Key | 'other', number>;
  }
}

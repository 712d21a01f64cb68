/**
 * Headers as STOMP has them: ordered, repeatable, and only the first entry of a name counts
 * (STOMP 1.2 “Repeated Header Entries”). A flat list rather than an object or a Map: frames have few headers,
 * order and repetition survive, and a header called `__proto__` is a header like any other.
 */
export class HeaderList {
  /** name, value, name, value … */
  readonly #entries: string[] = [];

  /** @param init pairs to start with; `null` and `undefined` values are left out, all others become strings */
  static from(init?: HeaderInit): HeaderList {
    const headers = new HeaderList();
    if (init === undefined) return headers;
    const pairs = Symbol.iterator in init ? init : Object.entries(init);
    for (const [name, value] of pairs) {
      if (value !== null && value !== undefined) headers.append(name, String(value));
    }
    return headers;
  }

  /** How many entries there are, repetitions included. */
  get size(): number {
    return this.#entries.length / 2;
  }

  /** The value that counts: that of the first entry of this name. */
  get(name: string): string | undefined {
    const entries = this.#entries;
    for (let i = 0; i < entries.length; i += 2) {
      if (entries[i] === name) return entries[i + 1];
    }
    return undefined;
  }

  /** All values of this name in the order in which they came. */
  getAll(name: string): string[] {
    const entries = this.#entries;
    const values: string[] = [];
    for (let i = 0; i < entries.length; i += 2) {
      if (entries[i] === name) values.push(entries[i + 1]!);
    }
    return values;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  append(name: string, value: string): this {
    this.#entries.push(name, value);
    return this;
  }

  /** Replaces every entry of this name by one at the end. */
  set(name: string, value: string): this {
    this.delete(name);
    return this.append(name, value);
  }

  delete(name: string): boolean {
    const entries = this.#entries;
    const before = entries.length;
    for (let i = entries.length - 2; i >= 0; i -= 2) {
      if (entries[i] === name) entries.splice(i, 2);
    }
    return entries.length < before;
  }

  /** The distinct names in the order of their first entry. */
  keys(): string[] {
    const names = new Set<string>();
    for (let i = 0; i < this.#entries.length; i += 2) names.add(this.#entries[i]!);
    return [...names];
  }

  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    const entries = this.#entries;
    for (let i = 0; i < entries.length; i += 2) yield [entries[i]!, entries[i + 1]!];
  }

  /** Without an iterator's cost, for the hot path. */
  forEach(visit: (name: string, value: string) => void): void {
    const entries = this.#entries;
    for (let i = 0; i < entries.length; i += 2) visit(entries[i]!, entries[i + 1]!);
  }

  clone(): HeaderList {
    const copy = new HeaderList();
    this.forEach((name, value) => copy.append(name, value));
    return copy;
  }
}

/** What headers can be made from: an object, a Map, another list. */
export type HeaderInit = Record<string, HeaderValue> | Iterable<readonly [name: string, value: HeaderValue]>;

/** Written as text; null and undefined leave the header out. */
export type HeaderValue = string | number | bigint | boolean | null | undefined;

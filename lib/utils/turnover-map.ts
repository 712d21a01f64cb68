/** Fewer deletions are not worth a new map. */
const FEW = 16;

/**
 * A Map for what belongs to clients that come and go.
 *
 * V8 moves the entries of a Map to a new table from time to time, and the old one keeps its entries and points to the new one. As soon as
 * one of these tables is in the old generation, nothing that is in a later one dies young: whole sessions, deleted long ago, are copied and
 * wait for the next full collection. Here the Map itself is left behind before it has had many tables.
 */
export class TurnoverMap<K, V> {
  #entries = new Map<K, V>();
  #deletions = 0;

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  set(key: K, value: V): this {
    this.#entries.set(key, value);
    return this;
  }

  delete(key: K): boolean {
    const wasThere = this.#entries.delete(key);
    if (wasThere && ++this.#deletions >= FEW + this.#entries.size) this.#renew();
    return wasThere;
  }

  clear(): void {
    this.#entries = new Map();
    this.#deletions = 0;
  }

  /** What is deleted or added while somebody goes through them may still be among them, or not yet. */
  values(): IterableIterator<V> {
    return this.#entries.values();
  }

  #renew(): void {
    this.#entries = new Map(this.#entries);
    this.#deletions = 0;
  }
}

/** A value that is replaced, never changed, and those who want to know. */
export class Observable<T> {
  private readonly listeners = new Set<() => void>();
  private announced = true;

  constructor(private value: T) {}

  get(): T {
    return this.value;
  }

  set(value: T): void {
    if (value === this.value) return;
    this.value = value;
    this.announce();
  }

  patch(part: Partial<T>): void {
    this.set({ ...this.value, ...part });
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Once for all that happens in one turn: 10,000 events at a resume are not drawn one by one. */
  private announce(): void {
    if (!this.announced) return;
    this.announced = false;
    queueMicrotask(() => {
      this.announced = true;
      for (const listener of this.listeners) listener();
    });
  }
}

export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

export function withoutEntry<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map;
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}

import type { Glob } from './glob.js';

interface Indexed<T> {
  readonly glob: Glob;
  readonly value: T;
}

/**
 * Many globs for one segment, each with a value. They are found by the letters that they begin or end with, so that a segment is compared
 * only with those that it might fit: a thousand `*.room-7` cost no more than one.
 */
export class GlobIndex<T> {
  readonly #byPattern = new Map<string, Indexed<T>>();
  readonly #byStart = new AffixTable<T>((segment, length) => segment.slice(0, length));
  readonly #byEnd = new AffixTable<T>((segment, length) => segment.slice(segment.length - length));

  get size(): number {
    return this.#byPattern.size;
  }

  get(pattern: string): T | undefined {
    return this.#byPattern.get(pattern)?.value;
  }

  add(glob: Glob, value: T): void {
    const indexed = { glob, value };
    this.#byPattern.set(glob.pattern, indexed);
    this.#tableOf(glob).add(affixOf(glob), indexed);
  }

  delete(pattern: string): void {
    const indexed = this.#byPattern.get(pattern);
    if (!indexed) return;
    this.#byPattern.delete(pattern);
    this.#tableOf(indexed.glob).delete(affixOf(indexed.glob), indexed);
  }

  match(segment: string, visit: (value: T) => void): void {
    this.#byStart.match(segment, visit);
    this.#byEnd.match(segment, visit);
  }

  #tableOf(glob: Glob): AffixTable<T> {
    return isKnownByStart(glob) ? this.#byStart : this.#byEnd;
  }
}

/** Globs by their first letters, or by their last. */
class AffixTable<T> {
  readonly #byAffix = new Map<string, Set<Indexed<T>>>();
  /** How many affixes there are of each length. */
  readonly #lengths = new Map<number, number>();

  /** @param cut as much of a segment's beginning, or end */
  constructor(private readonly cut: (segment: string, length: number) => string) {}

  add(affix: string, indexed: Indexed<T>): void {
    const known = this.#byAffix.get(affix);
    if (known) return void known.add(indexed);
    this.#byAffix.set(affix, new Set([indexed]));
    this.#lengths.set(affix.length, (this.#lengths.get(affix.length) ?? 0) + 1);
  }

  delete(affix: string, indexed: Indexed<T>): void {
    const known = this.#byAffix.get(affix);
    if (!known?.delete(indexed) || known.size > 0) return;
    this.#byAffix.delete(affix);
    const count = this.#lengths.get(affix.length)! - 1;
    if (count > 0) this.#lengths.set(affix.length, count);
    else this.#lengths.delete(affix.length);
  }

  match(segment: string, visit: (value: T) => void): void {
    for (const length of this.#lengths.keys()) {
      if (length > segment.length) continue;
      this.#byAffix.get(this.cut(segment, length))?.forEach(({ glob, value }) => {
        if (glob.matches(segment)) visit(value);
      });
    }
  }
}

/** The longer one tells more. */
function isKnownByStart({ start, end }: Glob): boolean {
  return start.length >= end.length;
}

function affixOf(glob: Glob): string {
  return isKnownByStart(glob) ? glob.start : glob.end;
}

/**
 * One segment of a client's pattern that mixes letters with wildcards: `*` any run of characters, `?` one, `{name}` like `*`.
 *
 * Never a RegExp: a client could choose one that takes for ever (SPRING: CVE-2018-1257). The literal parts between the stars
 * are looked for from left to right, each at its first place, which is enough and takes one pass.
 */
export class Glob {
  readonly #parts: readonly string[];

  constructor(readonly pattern: string) {
    this.#parts = pattern.replace(/\{[^{}]*\}/g, '*').split(/\*+/);
  }

  matches(text: string): boolean {
    const parts = this.#parts;
    const first = parts[0]!;
    if (parts.length === 1) return first.length === text.length && matchesAt(text, first, 0);
    const last = parts[parts.length - 1]!;
    const end = text.length - last.length;
    if (end < first.length || !matchesAt(text, first, 0) || !matchesAt(text, last, end)) return false;
    let at = first.length;
    for (let i = 1; i < parts.length - 1; i++) {
      const found = find(text, parts[i]!, at, end);
      if (found < 0) return false;
      at = found + parts[i]!.length;
    }
    return true;
  }
}

const ANY_CHARACTER = '?';

function matchesAt(text: string, part: string, at: number): boolean {
  for (let i = 0; i < part.length; i++) {
    if (part[i] !== ANY_CHARACTER && part[i] !== text[at + i]) return false;
  }
  return true;
}

/** The first place at or behind `from` where the part fits and ends at or before `end`; -1 if there is none. */
function find(text: string, part: string, from: number, end: number): number {
  if (!part.includes(ANY_CHARACTER)) {
    const found = text.indexOf(part, from);
    return found >= 0 && found + part.length <= end ? found : -1;
  }
  for (let at = from; at + part.length <= end; at++) {
    if (matchesAt(text, part, at)) return at;
  }
  return -1;
}

import { StompException, quote } from '../exceptions/stomp.exception.js';

/**
 * One segment of a client's pattern that mixes letters with wildcards: `*` any run of characters, `?` one, `{name}` like `*`.
 *
 * Never a RegExp: a client could choose one that takes for ever (SPRING: CVE-2018-1257). The parts between the stars are
 * looked for from left to right, each at its first place, which is enough and takes one pass.
 */
export class Glob {
  readonly #parts: readonly string[];
  readonly #finders: readonly Finder[];

  /** @throws StompException when a part is too long to be found in one pass */
  constructor(readonly pattern: string) {
    this.#parts = pattern.replace(/\{[^{}]*\}/g, '*').split(/\*+/);
    this.#finders = this.#parts.slice(1, -1).map(finderOf);
  }

  matches(text: string): boolean {
    const first = this.#parts[0]!;
    if (this.#parts.length === 1) return first.length === text.length && matchesAt(text, first, 0);
    const last = this.#parts.at(-1)!;
    const end = text.length - last.length;
    if (end < first.length || !matchesAt(text, first, 0) || !matchesAt(text, last, end)) return false;
    let at = first.length;
    for (const find of this.#finders) {
      at = find(text, at);
      if (at < 0 || at > end) return false;
    }
    return true;
  }
}

/** Where the first occurrence of a part at or behind a place ends; -1 if there is none. */
type Finder = (text: string, from: number) => number;

const ANY_CHARACTER = '?';

/** As many as a number has bits to shift. */
const LONGEST_PART = 31;

function matchesAt(text: string, part: string, at: number): boolean {
  for (let i = 0; i < part.length; i++) {
    if (part[i] !== ANY_CHARACTER && part[i] !== text[at + i]) return false;
  }
  return true;
}

function finderOf(part: string): Finder {
  if (part.length > LONGEST_PART) {
    throw new StompException(
      'STOMP_ERR_DESTINATION',
      `${quote(part)} is too long: between two stars there may be ${LONGEST_PART} characters.`,
    );
  }
  if (part.includes(ANY_CHARACTER)) return shiftAnd(part);
  return (text, from) => {
    const found = text.indexOf(part, from);
    return found < 0 ? -1 : found + part.length;
  };
}

/**
 * Bit n of the state says that the part's first n + 1 characters end here, so that each character of the text is looked at
 * once (Baeza-Yates and Gonnet, “shift-and”). Trying the part at each place would take their product.
 */
function shiftAnd(part: string): Finder {
  const fits = new Map<string, number>();
  let fitsAny = 0;
  part.split('').forEach((character, index) => {
    if (character === ANY_CHARACTER) fitsAny |= 1 << index;
    else fits.set(character, (fits.get(character) ?? 0) | (1 << index));
  });
  const whole = 1 << (part.length - 1);
  return (text, from) => {
    let state = 0;
    for (let at = from; at < text.length; at++) {
      state = ((state << 1) | 1) & ((fits.get(text[at]!) ?? 0) | fitsAny);
      if (state & whole) return at + 1;
    }
    return -1;
  };
}

import { StompException, quote } from '../exceptions/stomp.exception.js';

const ANY_CHARACTER = '?';

/**
 * One segment of a client's pattern that mixes letters with wildcards: `*` any run of characters, `?` one, `{name}` like `*`.
 *
 * Never a RegExp: a client could choose one that takes for ever (SPRING: CVE-2018-1257). The parts between the stars are
 * looked for from left to right, each at its first place, which is enough and takes one pass.
 */
export class Glob {
  readonly #parts: readonly string[];
  /** The letters that all that match begin with. */
  readonly start: string;
  /** The letters that all that match end with. */
  readonly end: string;

  /** @throws StompException when a part is too long to be found in one pass */
  constructor(readonly pattern: string) {
    this.#parts = pattern.replace(/\{[^{}]*\}/g, '*').split(/\*+/);
    const tooLong = this.#parts.slice(1, -1).find(({ length }) => length > LONGEST_PART);
    if (tooLong !== undefined) {
      throw new StompException(
        'STOMP_ERR_DESTINATION',
        `${quote(tooLong)} is too long: between two stars there may be ${LONGEST_PART} characters.`,
      );
    }
    this.start = this.#parts[0]!.split(ANY_CHARACTER)[0]!;
    this.end = this.#parts.at(-1)!.split(ANY_CHARACTER).at(-1)!;
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
      at = endOf(parts[i]!, text, at);
      if (at < 0 || at > end) return false;
    }
    return true;
  }
}

/** As many as a number has bits to shift. */
const LONGEST_PART = 31;

function matchesAt(text: string, part: string, at: number): boolean {
  for (let i = 0; i < part.length; i++) {
    if (part[i] !== ANY_CHARACTER && part[i] !== text[at + i]) return false;
  }
  return true;
}

/** Where the first occurrence of a part at or behind a place ends; -1 if there is none. */
function endOf(part: string, text: string, from: number): number {
  if (part.includes(ANY_CHARACTER)) return endOfFitting(part, text, from);
  const found = text.indexOf(part, from);
  return found < 0 ? -1 : found + part.length;
}

/** For each character the places in the part where it stands, as bits. All zero between two searches. */
const PLACES = new Int32Array(0x10000);

/**
 * Bit n of the state says that the part's first n + 1 characters end here, so that each character of the text is looked at
 * once (Baeza-Yates and Gonnet, “shift-and”). Trying the part at each place would take their product.
 */
function endOfFitting(part: string, text: string, from: number): number {
  let anyCharacter = 0;
  for (let i = 0; i < part.length; i++) {
    if (part[i] === ANY_CHARACTER) anyCharacter |= 1 << i;
    else PLACES[part.charCodeAt(i)]! |= 1 << i;
  }
  const whole = 1 << (part.length - 1);
  let state = 0;
  let end = -1;
  for (let at = from; at < text.length && end < 0; at++) {
    state = ((state << 1) | 1) & (PLACES[text.charCodeAt(at)]! | anyCharacter);
    if (state & whole) end = at + 1;
  }
  for (let i = 0; i < part.length; i++) PLACES[part.charCodeAt(i)] = 0;
  return end;
}

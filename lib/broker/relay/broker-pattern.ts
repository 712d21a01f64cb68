import { StompException, quote } from '../../exceptions/stomp.exception.js';

const WILDCARD = /[*?{]/;

/** How a broker writes its patterns; words are divided by dots. */
export interface PatternLanguage {
  /** Any one word. */
  readonly word: string;
  /** Any number of words, the last ones. */
  readonly rest: string;
  /** Writes a word that is no wildcard. @throws StompException when it would be one */
  literal(word: string): string;
}

/**
 * A client's pattern in a broker's language, or what is wider: the patterns here are finer (`?`, wildcards within a segment, `**` in the middle, slashes
 * between segments), so what comes is looked at once more.
 *
 * @param rest of the pattern, behind the prefix that says what kind of destination it is
 */
export function toBrokerPattern(
  rest: string,
  separator: string,
  { word, rest: all, literal }: PatternLanguage,
): string {
  if (separator !== '.') {
    // Brokers divide by dots only: whole words before the first wildcard are all that can be said.
    const known = rest.slice(0, rest.search(WILDCARD));
    const words = known.includes('.') ? known.slice(0, known.lastIndexOf('.')).split('.') : [];
    return [...words.map(literal), all].join('.');
  }
  const words: string[] = [];
  for (const segment of rest.split('.')) {
    if (segment === '**') return [...words, all].join('.');
    words.push(WILDCARD.test(segment) ? word : literal(segment));
  }
  return words.join('.');
}

/** @returns the prefix of the pattern that has no wildcard, and the rest */
export function splitPattern(pattern: string, prefixes: readonly string[]): [prefix: string, rest: string] {
  const prefix = prefixes.find((one) => pattern.startsWith(one));
  if (prefix !== undefined) return [prefix, pattern.slice(prefix.length)];
  throw new StompException(
    'STOMP_ERR_DESTINATION',
    `The pattern ${quote(pattern)} must begin with ${prefixes.join(' or ')}.`,
  );
}

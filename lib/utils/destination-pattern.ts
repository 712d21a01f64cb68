import { SegmentPattern, VariableSet, type Variables } from './segment-pattern.js';

/** What stands for nothing: the variables of a pattern that has none. */
export const NO_VARIABLES: Variables = Object.freeze(new VariableSet());

/** The segments of a destination behind its prefix; the slash that it begins with divides nothing. */
export function segmentsOf(destination: string, separator: string): string[] {
  return (destination.startsWith('/') ? destination.slice(1) : destination).split(separator);
}

/** A destination behind a prefix, with one slash between them; none behind a prefix that ends with a dot. */
export function withPrefix(prefix: string, destination: string): string {
  if (destination.startsWith('/')) return (prefix.endsWith('/') ? prefix.slice(0, -1) : prefix) + destination;
  return /[/.]$/.test(prefix) ? prefix + destination : `${prefix}/${destination}`;
}

/**
 * A programmer's pattern of destinations (Spring `AntPathMatcher`): `?` one character, `*` any within a segment, `**` any number of
 * segments, `{v}` a variable, `{v:regex}` a variable of that form. Nothing is trimmed and case counts.
 *
 * Matching takes time in proportion to the destination, which a client chooses, but for what a `{v:regex}` costs: that one is
 * the programmer's.
 */
export class DestinationPattern {
  readonly isLiteral: boolean;
  /** The names of the variables in the order of the pattern. */
  readonly variables: readonly string[];
  /** The pattern without the names of its variables: equal for two patterns that match the same destinations. */
  readonly shape: string;
  readonly #segments: readonly (SegmentPattern | typeof ANY_SEGMENTS)[];
  readonly #skeleton: string;

  /** @throws Error when the pattern is malformed; the message says how */
  constructor(
    readonly source: string,
    readonly separator: string = '/',
  ) {
    this.#segments = splitPattern(source, separator).map((segment) =>
      segment === '**' ? ANY_SEGMENTS : new SegmentPattern(segment),
    );
    const segments = this.#segments.filter((segment) => segment !== ANY_SEGMENTS);
    this.isLiteral = this.#segments.every((segment) => segment !== ANY_SEGMENTS && segment.isLiteral);
    this.variables = segments.flatMap((segment) => segment.variables);
    this.shape = this.#join(({ shape }) => shape);
    this.#skeleton = this.#join(({ skeleton }) => skeleton);
    const twice = this.variables.find((name, index) => this.variables.indexOf(name) !== index);
    if (twice !== undefined) throw new Error(`the variable "${twice}" is there twice`);
  }

  /** @returns the values of the variables, or undefined if the destination does not match */
  match(destination: readonly string[]): Variables | undefined {
    const variables = this.variables.length === 0 ? NO_VARIABLES : new VariableSet();
    return this.fits(destination, matchSegment, variables) ? variables : undefined;
  }

  /**
   * Whether segments can be laid beside those of the pattern so that each passes the test, but for those that a `**` takes.
   * @param context handed to the test
   */
  fits<T, C>(
    destination: readonly T[],
    test: (segment: SegmentPattern, text: T, context: C) => boolean,
    context: C,
  ): boolean {
    const segments = this.#segments;
    let at = 0;
    let index = 0;
    let restIndex = -1; // the last ** and how far it reaches: the only place to go back to
    let restEnd = 0;
    while (at < destination.length) {
      const segment = segments[index];
      if (segment === ANY_SEGMENTS) {
        restIndex = index++;
        restEnd = at;
      } else if (segment !== undefined && test(segment, destination[at]!, context)) {
        index++;
        at++;
      } else if (restIndex >= 0) {
        index = restIndex + 1;
        at = ++restEnd;
      } else {
        return false;
      }
    }
    while (segments[index] === ANY_SEGMENTS) index++;
    return index === segments.length;
  }

  /** Orders patterns by how much they say, those that say most first (Spring `AntPatternComparator`). */
  static compare(this: void, a: DestinationPattern, b: DestinationPattern): number {
    return (
      Number(a.#isEverything) - Number(b.#isEverything) ||
      a.#comparePrefixes(b) ||
      a.#wildness - b.#wildness ||
      b.#skeleton.length - a.#skeleton.length ||
      a.#stars - b.#stars ||
      a.#compareRanks(b)
    );
  }

  get #isEverything(): boolean {
    return this.shape === '**';
  }

  get #isPrefix(): boolean {
    return this.#segments.at(-1) === ANY_SEGMENTS;
  }

  /** Variables, `*` and twice the `**`. */
  get #wildness(): number {
    return this.variables.length + this.#stars;
  }

  get #stars(): number {
    return this.#skeleton.match(/\*/g)?.length ?? 0;
  }

  #join(textOf: (segment: SegmentPattern) => string): string {
    const texts = this.#segments.map((segment) => (segment === ANY_SEGMENTS ? '**' : textOf(segment)));
    return texts.join(this.separator);
  }

  #comparePrefixes(other: DestinationPattern): number {
    const hasRest = (pattern: DestinationPattern): boolean => pattern.#segments.includes(ANY_SEGMENTS);
    if (this.#isPrefix && other.#isPrefix) return other.#skeleton.length - this.#skeleton.length;
    if (this.#isPrefix && !hasRest(other)) return 1;
    if (other.#isPrefix && !hasRest(this)) return -1;
    return 0;
  }

  /** Spring gives up here and fails when a message comes; the first segment that says more decides. */
  #compareRanks(other: DestinationPattern): number {
    const rank = (segment: SegmentPattern | typeof ANY_SEGMENTS | undefined): number =>
      segment === ANY_SEGMENTS || segment === undefined ? SegmentPattern.WILDEST + 1 : segment.rank;
    for (let i = 0; i < Math.max(this.#segments.length, other.#segments.length); i++) {
      const difference = rank(this.#segments[i]) - rank(other.#segments[i]);
      if (difference !== 0) return difference;
    }
    return this.shape < other.shape ? -1 : Number(this.shape > other.shape);
  }
}

const ANY_SEGMENTS = Symbol('**');

function matchSegment(segment: SegmentPattern, text: string, variables: Record<string, string>): boolean {
  return segment.match(text, variables);
}

/** A separator within braces belongs to a regular expression. */
function splitPattern(source: string, separator: string): string[] {
  const segments = [''];
  let depth = 0;
  for (const character of source.startsWith('/') ? source.slice(1) : source) {
    if (character === '{') depth++;
    if (character === '}' && --depth < 0) throw new Error('a "}" closes nothing');
    if (character === separator && depth === 0) segments.push('');
    else segments[segments.length - 1] += character;
  }
  if (depth > 0) throw new Error('a "{" is not closed');
  return segments;
}

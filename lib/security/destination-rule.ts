import { StompOptionException } from '../exceptions/stomp-option.exception.js';
import { DestinationPattern, segmentsOf } from '../utils/destination-pattern.js';
import type { SegmentPattern, Variables } from '../utils/segment-pattern.js';
import { GlobAtoms } from './glob-atoms.js';

/** As the broker reads what a client subscribes to. */
const WILDCARDS = /[*?{]/;
/** Longer ones the broker refuses; to compare them would cost much for nothing. */
const LONGEST_PATTERN = 1_024;

/** What a client subscribes to when it means many destinations at once. */
export class ClientPattern {
  readonly segments: readonly string[];
  readonly #atoms: GlobAtoms | undefined;

  constructor(
    readonly source: string,
    private readonly separator: '/' | '.',
  ) {
    const slashed = withSlashes(source, separator);
    this.segments = segmentsOf(slashed, '/');
    if (source.length <= LONGEST_PATTERN) this.#atoms = new GlobAtoms(this.segments.join('/'), separator === '.');
  }

  static is(destination: string): boolean {
    return WILDCARDS.test(destination);
  }

  /** Where dots divide, a wildcard of the broker's may stand for slashes. */
  get spansSegments(): boolean {
    return this.separator === '.';
  }

  mayMeet(atoms: GlobAtoms): boolean {
    return this.#atoms?.meets(atoms) ?? true;
  }
}

/** A pattern of a rule: which destinations it is for, and which patterns of clients. */
export class DestinationRule {
  readonly #pattern: DestinationPattern;
  readonly #atoms: GlobAtoms;

  /** @throws StompOptionException when the pattern is malformed: what of which option is wrong, and how */
  constructor(
    option: string,
    source: string,
    private readonly separator: '/' | '.',
  ) {
    const slashed = source.replace(/\{(?:[^{}]|\{[^{}]*\})*\}|\./g, (token) =>
      token === '.' && separator === '.' ? '/' : token,
    );
    try {
      this.#pattern = new DestinationPattern(slashed);
    } catch (error) {
      throw new StompOptionException(option, source, `a pattern of destinations (${(error as Error).message})`);
    }
    this.#atoms = new GlobAtoms(slashed.replace(/^\//, ''));
  }

  get hasVariables(): boolean {
    return this.#pattern.variables.length > 0;
  }

  /** @returns the variables, or undefined if the rule is not for the destination */
  match(destination: string): Variables | undefined {
    return this.#pattern.match(segmentsOf(withSlashes(destination, this.separator), '/'));
  }

  /** Whether the rule is for some of the destinations that the client's pattern means. In doubt it is. */
  meets(pattern: ClientPattern): boolean {
    return pattern.mayMeet(this.#atoms);
  }

  /** Whether the rule is for all of them. In doubt it is not. */
  covers(pattern: ClientPattern): boolean {
    return this.#pattern.fits(pattern.segments, coversSegment, pattern.spansSegments);
  }

  /** @returns the variables if the client's pattern leaves none of them open */
  variablesOf({ source }: ClientPattern): Variables | undefined {
    const variables = this.match(source);
    return variables && Object.values(variables).every((value) => !WILDCARDS.test(value)) ? variables : undefined;
  }
}

function withSlashes(destination: string, separator: '/' | '.'): string {
  return separator === '/' ? destination : destination.replaceAll('.', '/');
}

/** Whether one segment of a rule takes all that one of a client's pattern can mean. */
function coversSegment(segment: SegmentPattern, text: string, spansSegments: boolean): boolean {
  if (!WILDCARDS.test(text)) return segment.match(text, {});
  if (text === '**' || spansSegments) return false;
  return segment.isAnything || segment.shape.replaceAll('{}', '*') === text.replace(/\{[^{}]*\}/g, '*');
}

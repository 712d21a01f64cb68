/** Values by the names of a pattern's variables. */
export type Variables = Readonly<Record<string, string>>;

/**
 * An empty set of variables. It inherits nothing, so that `constructor` and `__proto__` are names like others; and unlike
 * `Object.create(null)` the engine makes it as quickly as any object.
 */
export const VariableSet = function () {} as unknown as new () => Record<string, string>;
(VariableSet as { prototype: object }).prototype = Object.create(null) as object;

/** A run of characters: `*`, or a variable that shares its segment with letters. */
interface Run {
  readonly variable: string | undefined;
}

const ONE_CHARACTER = Symbol('?');

type Atom = string | typeof ONE_CHARACTER | Run;

type Matcher = (text: string, variables: Record<string, string>) => boolean;

const TOKEN = /\{((?:[^{}]|\{[^{}]*\})*)\}|\*+|\?|[^]/g;

/** One segment of a `DestinationPattern`. */
export class SegmentPattern {
  static readonly WILDEST = 4;
  readonly isLiteral: boolean;
  readonly variables: readonly string[];
  /** The segment without the names of its variables. */
  readonly shape: string;
  /** The segment with `#` for each variable: its wildcards and its length are what patterns are compared by. */
  readonly skeleton: string;
  /** 0 for a literal up to `WILDEST` for `*`: how little it says. */
  readonly rank: number;
  readonly match: Matcher;

  /** Whether it takes every segment that is not empty: `*` or `{v}`. */
  get isAnything(): boolean {
    return this.rank >= SegmentPattern.WILDEST - 1;
  }

  /** @throws Error when it is malformed */
  constructor(source: string) {
    const tokens = source.match(TOKEN) ?? [];
    const variables = tokens.filter(isVariable).map(parseVariable);
    this.isLiteral = !/[*?{]/.test(source);
    this.variables = variables.map(({ name }) => name);
    this.shape = tokens.map((token) => (isVariable(token) ? shapeOf(token) : token)).join('');
    this.skeleton = tokens.map((token) => (isVariable(token) ? '#' : token)).join('');
    this.rank = rankOf(source, tokens);
    if (this.isLiteral) this.match = (text) => text === source;
    else if (source === '*') this.match = (text) => text !== '';
    else if (variables.some(({ regex }) => regex !== undefined)) this.match = regexMatcher(tokens);
    else if (tokens.length === 1 && variables.length === 1) this.match = wholeSegmentMatcher(variables[0]!.name);
    else this.match = runMatcher(tokens);
  }
}

function isVariable(token: string): boolean {
  return token.startsWith('{');
}

function parseVariable(token: string): { name: string; regex: string | undefined } {
  const [, name, regex] = /^\{([^:]*)(?::([^]+))?\}$/.exec(token) ?? [];
  if (name === undefined || !/^[\w-]+$/.test(name))
    throw new Error(`${token} must have the form {name} or {name:regex}`);
  return { name, regex };
}

function shapeOf(token: string): string {
  const { regex } = parseVariable(token);
  return regex === undefined ? '{}' : `{:${regex}}`;
}

function rankOf(source: string, tokens: readonly string[]): number {
  if (!/[*?{]/.test(source)) return 0;
  if (source === '*') return SegmentPattern.WILDEST;
  if (tokens.length > 1 || !isVariable(source)) return 1;
  return parseVariable(source).regex === undefined ? 3 : 2;
}

function wholeSegmentMatcher(name: string): Matcher {
  return (text, variables) => {
    variables[name] = text;
    return text !== '';
  };
}

/** Runs take as little as they can, but for the last. Only that one is ever taken back, so a match costs one pass. */
function runMatcher(tokens: readonly string[]): Matcher {
  const atoms = tokens.map(toAtom);
  return (text, variables) => {
    let at = 0;
    let index = 0;
    let runIndex = -1;
    let runStart = 0;
    let runEnd = 0;
    const endRun = (): void => {
      const run = atoms[runIndex] as Run | undefined;
      if (run?.variable !== undefined) variables[run.variable] = text.slice(runStart, runEnd);
    };
    for (;;) {
      const atom = atoms[index];
      if (typeof atom === 'object') {
        endRun();
        runIndex = index++;
        runStart = runEnd = at;
      } else if (at < text.length && (atom === ONE_CHARACTER || atom === text[at])) {
        index++;
        at++;
      } else if (index === atoms.length && at === text.length) {
        endRun();
        return true;
      } else if (runIndex >= 0 && runEnd < text.length) {
        index = runIndex + 1;
        at = ++runEnd;
      } else {
        return false;
      }
    }
  };
}

function toAtom(token: string): Atom {
  if (token === '?') return ONE_CHARACTER;
  if (token.startsWith('*')) return { variable: undefined };
  return isVariable(token) ? { variable: parseVariable(token).name } : token;
}

function regexMatcher(tokens: readonly string[]): Matcher {
  const names: string[] = [];
  const parts = tokens.map((token) => {
    if (token === '?') return '[^]';
    if (token.startsWith('*')) return '[^]*';
    if (!isVariable(token)) return token.replace(/[\\^$.|()[\]+]/g, '\\$&');
    const { name, regex } = parseVariable(token);
    // A group of our own name, so that groups within the programmer's expression do not shift the count.
    return `(?<v${names.push(name) - 1}>${regex ?? '[^]*'})`;
  });
  const expression = new RegExp(`^${parts.join('')}$`);
  return (text, variables) => {
    const groups = expression.exec(text)?.groups;
    if (groups === undefined) return false;
    names.forEach((name, index) => (variables[name] = groups[`v${index}`] ?? ''));
    return true;
  };
}

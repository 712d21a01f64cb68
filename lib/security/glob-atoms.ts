/** One character that divides nothing. */
const ONE: unique symbol = Symbol('?');
/** Any run of characters that divide nothing. */
const RUN: unique symbol = Symbol('*');
/** Any run of characters. */
const REST: unique symbol = Symbol('**');

type Atom = string | typeof ONE | typeof RUN | typeof REST;

const SEPARATOR = '/';
const TOKEN = /\/?\*\*(?=\/|$)\/?|\{(?:[^{}]|\{[^{}]*\})*\}|\*+|[^]/g;

/** A pattern of destinations with slashes as a row of atoms: at least the destinations that it matches, perhaps some more. */
export class GlobAtoms {
  readonly #atoms: readonly Atom[];

  /** @param spansSegments whether `*` and `{v}` may stand for slashes too */
  constructor(pattern: string, spansSegments = false) {
    const run = spansSegments ? REST : RUN;
    this.#atoms = (pattern.match(TOKEN) ?? []).map((token) => {
      if (token === '?') return spansSegments ? REST : ONE;
      if (token.includes('**')) return REST;
      return token.length > 1 || token === '*' ? run : token;
    });
  }

  /** Whether some destination is in both. Takes the product of their lengths at most. */
  meets(other: GlobAtoms): boolean {
    const [first, second] = [this.#atoms, other.#atoms];
    const width = second.length + 1;
    const seen = new Uint8Array((first.length + 1) * width);
    const open = [0];
    const visit = (i: number, j: number): void => {
      const place = i * width + j;
      if (seen[place]) return;
      seen[place] = 1;
      open.push(place);
    };
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      const i = Math.floor(place / width);
      const j = place % width;
      const a: Atom | undefined = first[i];
      const b: Atom | undefined = second[j];
      if (a === undefined && b === undefined) return true;
      if (isRun(a)) visit(i + 1, j);
      if (isRun(b)) visit(i, j + 1);
      if (a !== undefined && b !== undefined && haveCommonCharacter(a, b))
        visit(isRun(a) ? i : i + 1, isRun(b) ? j : j + 1);
    }
    return false;
  }
}

function isRun(atom: Atom | undefined): boolean {
  return atom === RUN || atom === REST;
}

function haveCommonCharacter(a: Atom, b: Atom): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a === b;
  if (typeof a === 'string') return a !== SEPARATOR || b === REST;
  return typeof b !== 'string' || b !== SEPARATOR || a === REST;
}

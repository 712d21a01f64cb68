import type { HeaderList } from '../../utils/header-list.js';
import { malformed, tokens, type Token } from './selector-lexer.js';

/** Whether a message with these headers is wanted. */
export type Selector = (headers: HeaderList) => boolean;

type Value = string | number | boolean | null;
type Term = (headers: HeaderList) => Value;

const LONGEST = 1_024;
const DEEPEST = 16;

/**
 * Reads a selector: comparisons of headers with values (`headers.foo == 'bar'`, `price > 10`, `kind in ('a', 'b')`), joined by
 * `and`, `or`, `not` and parentheses. There are no calls, no patterns and no loops, so evaluating one costs no more than its
 * length (Spring's SpEL selectors were a way to run code: CVE-2018-1270).
 *
 * A missing header is null, and null equals only null. A header is compared as a number with a number, and with true or false
 * by its text.
 * @throws StompException when it is malformed, too long or nested too deeply
 */
export function parseSelector(text: string): Selector {
  if (text.length > LONGEST) throw malformed(`it has more than ${LONGEST} characters`);
  return new Parser(tokens(text)).parse();
}

class Parser {
  #at = 0;
  #depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  parse(): Selector {
    const selector = this.#or();
    if (this.#at < this.tokens.length) throw malformed(`there is more behind its end: ${this.#here()}`);
    return selector;
  }

  #or(): Selector {
    const terms = [this.#and()];
    while (this.#takes('||')) terms.push(this.#and());
    return terms.length === 1 ? terms[0]! : (headers) => terms.some((term) => term(headers));
  }

  #and(): Selector {
    const terms = [this.#not()];
    while (this.#takes('&&')) terms.push(this.#not());
    return terms.length === 1 ? terms[0]! : (headers) => terms.every((term) => term(headers));
  }

  #not(): Selector {
    if (!this.#takes('!')) return this.#comparison();
    const term = this.#deeper(() => this.#not());
    return (headers) => !term(headers);
  }

  #comparison(): Selector {
    if (this.#takes('(')) {
      const inner = this.#deeper(() => this.#or());
      this.#expect(')');
      return inner;
    }
    const left = this.#term();
    if (this.#takes('in')) return this.#membership(left);
    const operator = this.#operator();
    const compare = COMPARISONS.get(operator);
    if (!compare) {
      this.#at -= operator === '' ? 0 : 1;
      return (headers) => isTrue(left(headers));
    }
    const right = this.#term();
    return (headers) => compare(left(headers), right(headers));
  }

  #membership(left: Term): Selector {
    this.#expect('(');
    const values = [this.#term()];
    while (this.#takes(',')) values.push(this.#term());
    this.#expect(')');
    return (headers) => values.some((value) => equal(left(headers), value(headers)));
  }

  #term(): Term {
    const token = this.tokens[this.#at];
    if (token?.kind === 'value') {
      this.#at++;
      return () => token.value;
    }
    if (token?.kind !== 'name') throw malformed(`a header or a value is expected, not ${this.#here()}`);
    this.#at++;
    const name = token.text.replace(/^headers\./, '');
    return (headers) => headers.get(name) ?? null;
  }

  #operator(): string {
    const token = this.tokens[this.#at];
    if (token?.kind !== 'operator') return '';
    this.#at++;
    return token.text;
  }

  #takes(text: string): boolean {
    const token = this.tokens[this.#at];
    const isThere = token?.kind === 'operator' && token.text === text;
    if (isThere) this.#at++;
    return isThere;
  }

  #expect(text: string): void {
    if (!this.#takes(text)) throw malformed(`"${text}" is expected, not ${this.#here()}`);
  }

  #deeper<T>(read: () => T): T {
    if (++this.#depth > DEEPEST) throw malformed(`it is nested deeper than ${DEEPEST}`);
    const result = read();
    this.#depth--;
    return result;
  }

  #here(): string {
    const token = this.tokens[this.#at];
    if (!token) return 'its end';
    return JSON.stringify(token.kind === 'value' ? token.value : token.text.slice(0, 20));
  }
}

const COMPARISONS = new Map<string, (left: Value, right: Value) => boolean>([
  ['==', equal],
  ['!=', (left, right) => !equal(left, right)],
  ['<', (left, right) => ordered(left, right, (a, b) => a < b)],
  ['<=', (left, right) => ordered(left, right, (a, b) => a <= b)],
  ['>', (left, right) => ordered(left, right, (a, b) => a > b)],
  ['>=', (left, right) => ordered(left, right, (a, b) => a >= b)],
]);

function isTrue(value: Value): boolean {
  return value === true || value === 'true';
}

function equal(left: Value, right: Value): boolean {
  if (left === null || right === null) return left === right;
  if (typeof left === 'number' || typeof right === 'number') return numberOf(left) === numberOf(right);
  return String(left) === String(right);
}

/** As numbers if both are, else as text; nothing is before or behind null, and no text before or behind a number. */
function ordered(left: Value, right: Value, holds: (a: number | string, b: number | string) => boolean): boolean {
  if (left === null || right === null) return false;
  const [a, b] = [numberOf(left), numberOf(right)];
  const areTexts = typeof left !== 'number' && typeof right !== 'number';
  return areTexts && (Number.isNaN(a) || Number.isNaN(b)) ? holds(String(left), String(right)) : holds(a, b);
}

/** Empty text is no number, whatever `Number` says of it. */
function numberOf(value: string | number | boolean): number {
  return typeof value === 'string' && value.trim() === '' ? NaN : Number(value);
}

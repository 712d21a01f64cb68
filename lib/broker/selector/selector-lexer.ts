import { StompException, quote } from '../../exceptions/stomp.exception.js';

export type Token =
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'value'; readonly value: string | number | boolean | null }
  | { readonly kind: 'operator'; readonly text: string };

// Sticky, and none can backtrack: every alternative begins with a character of its own.
const SPACE = /\s+/y;
const STRING = /'((?:[^']|'')*)'/y;
const NUMBER = /-?\d+(?:\.\d+)?/y;
const NAME = /[A-Za-z_][\w.-]*/y;
const OPERATOR = /==|!=|<>|<=|>=|&&|\|\||[=<>!(),]/y;

const WORDS = new Map<string, Token>([
  ['and', { kind: 'operator', text: '&&' }],
  ['or', { kind: 'operator', text: '||' }],
  ['not', { kind: 'operator', text: '!' }],
  ['in', { kind: 'operator', text: 'in' }],
  ['true', { kind: 'value', value: true }],
  ['false', { kind: 'value', value: false }],
  ['null', { kind: 'value', value: null }],
]);

const SAME = new Map([
  ['=', '=='],
  ['<>', '!='],
]);

/** @throws StompException when there is something that no selector has */
export function tokens(selector: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(selector);
    if (match) at = pattern.lastIndex;
    return match;
  };
  while (at < selector.length) {
    if (take(SPACE)) continue;
    let match: RegExpExecArray | null;
    if ((match = take(STRING))) found.push({ kind: 'value', value: match[1]!.replaceAll("''", "'") });
    else if ((match = take(NUMBER))) found.push({ kind: 'value', value: Number(match[0]) });
    else if ((match = take(NAME))) found.push(WORDS.get(match[0].toLowerCase()) ?? { kind: 'name', text: match[0] });
    else if ((match = take(OPERATOR))) found.push({ kind: 'operator', text: SAME.get(match[0]) ?? match[0] });
    else throw malformed(`${quote(selector.slice(at), 10)} is not expected at position ${at}`);
  }
  return found;
}

export function malformed(sentence: string): StompException {
  return new StompException('STOMP_ERR_SELECTOR', `The selector is malformed: ${sentence}.`);
}

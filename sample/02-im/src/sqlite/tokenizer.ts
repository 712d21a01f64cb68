const SCRIPT_WITHOUT_SPACES = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}々ー]+/u;
const WORD = new RegExp(
  `(${SCRIPT_WITHOUT_SPACES.source})|[\\p{L}\\p{N}\\p{M}]+?(?=${SCRIPT_WITHOUT_SPACES.source}|[^\\p{L}\\p{N}\\p{M}]|$)`,
  'gu',
);

/**
 * What the index knows a text by: words, and of scripts that write no spaces, each two neighbouring characters.
 * A run's last character is a token too, so that each single character begins some token.
 */
export function tokenize(text: string): string[] {
  return runsOf(text).flatMap(({ run, cjk }) => (cjk ? [...bigrams(run), lastOf(run)] : [run]));
}

/**
 * The same for what is looked for, as an expression of FTS5: all of its terms have to occur, each as a phrase.
 * `wor*` finds all words that begin so.
 *
 * @returns undefined when there is nothing to look for
 */
export function searchExpression(query: string): string | undefined {
  const phrases = query.split(/\s+/u).flatMap((term) => phraseOf(term) ?? []);
  return phrases.length === 0 ? undefined : phrases.join(' AND ');
}

function phraseOf(term: string): string | undefined {
  const runs = runsOf(term);
  const last = runs.pop();
  if (!last) return undefined;
  const before = runs.flatMap(({ run, cjk }) => (cjk ? [...bigrams(run), lastOf(run)] : [run]));
  const end = last.cjk ? bigrams(last.run) : [last.run];
  const prefix = end.length === 0 || (!last.cjk && term.endsWith('*'));
  const tokens = [...before, ...(end.length === 0 ? [last.run] : end)];
  return `"${tokens.join(' ')}"${prefix ? ' *' : ''}`;
}

function runsOf(text: string): { run: string; cjk: boolean }[] {
  const normalized = text.normalize('NFKC').toLowerCase();
  return Array.from(normalized.matchAll(WORD), ([run, cjk]) => ({ run, cjk: cjk !== undefined }));
}

function bigrams(run: string): string[] {
  const characters = Array.from(run);
  return characters.slice(1).map((character, index) => characters[index]! + character);
}

function lastOf(run: string): string {
  return Array.from(run).at(-1)!;
}

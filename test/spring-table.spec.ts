import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expectTests, ROOT, tableRows } from './utils/documented-tests.js';

const HEAD = /^\|[^|]+\| Spring \| here \| test \|$/;

/** Which of Spring's features each file must have. */
const RANGES: Record<string, readonly (readonly [first: number, last: number])[]> = {
  'spring.md': [
    [1, 56],
    [113, 148],
  ],
  'spring-programming-model.md': [[57, 112]],
};

interface Row {
  readonly file: string;
  readonly name: string;
  readonly here: string;
  readonly test: string;
}

const FILES = readdirSync(join(ROOT, 'docs')).filter((file) => /^spring.*\.md$/.test(file));
const ROWS = FILES.flatMap(rowsOf);

function rowsOf(file: string): Row[] {
  return tableRows(`docs/${file}`, HEAD, 4).map(([name, , here, test]) => ({ file, name, here, test }) as Row);
}

function numbersOf(file: string): number[] {
  return ROWS.filter((row) => row.file === file && /^\d+$/.test(row.name)).map(({ name }) => Number(name));
}

describe("The table of Spring's features", () => {
  it.each(FILES)('has each number of its range once: docs/%s', (file) => {
    const expected = RANGES[file]!.flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, index) => first + index),
    );
    expect(numbersOf(file)).toEqual(expected);
  });

  it('has all features together', () => {
    const numbers = FILES.flatMap(numbersOf).toSorted((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 148 }, (_, index) => index + 1));
  });

  it.each(ROWS.map((row) => [row.file, row.name, row] as const))('%s, %s: names tests that there are', (_, __, row) => {
    const { here, test } = row;
    expect(here).not.toBe('');
    expect([test === '–', here]).toEqual([/^not done: ./.test(here), here]);
    if (test === '–') return;
    expectTests(test);
  });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const HEAD = /^\|[^|]+\| Spring \| here \| test \|$/;
const REFERENCE = /^`(test\/[^`]+\.ts)` › “(.+)”$/;

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
const TESTS = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);

/** The rows of all tables of a file that have our four columns. */
function rowsOf(file: string): Row[] {
  const rows: Row[] = [];
  let isInTable = false;
  for (const line of read(`docs/${file}`).split('\n')) {
    if (HEAD.test(line.replace(/ +/g, ' '))) isInTable = true;
    else if (!line.startsWith('|')) isInTable = false;
    else if (isInTable && !/^\|[\s:|-]+$/.test(line)) rows.push(rowOf(file, line));
  }
  return rows;
}

function rowOf(file: string, line: string): Row {
  const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
  if (cells.length !== 6) throw new Error(`docs/${file} has a row that has not four cells: ${line.slice(0, 80)}`);
  const [, name, , here, test] = cells as [string, string, string, string, string, string];
  return { file, name, here, test };
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function numbersOf(file: string): number[] {
  return ROWS.filter((row) => row.file === file && /^\d+$/.test(row.name)).map(({ name }) => Number(name));
}

/** Whether the title stands in the file as a text of its own. */
function hasTitle(path: string, title: string): boolean {
  const source = read(path);
  return ["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote}`));
}

/** Whether jest runs the file, or a file that it runs is made of it. */
function isRun(path: string): boolean {
  if (path.endsWith('.spec.ts')) return true;
  const imported = `/${basename(path, '.ts')}.js'`;
  return TESTS.some((file) => read(`test/${file}`).includes(imported));
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
    for (const reference of test.split('<br>')) {
      const [, path, title] = REFERENCE.exec(reference.trim()) ?? [];
      if (path === undefined || title === undefined) throw new Error(`This names no test: ${reference}`);
      expect([path, existsSync(join(ROOT, path)) && isRun(path)]).toEqual([path, true]);
      expect([path, title, hasTitle(path, title)]).toEqual([path, title, true]);
    }
  });
});

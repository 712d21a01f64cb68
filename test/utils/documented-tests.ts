import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
const REFERENCE = /^`(test\/[^`]+\.ts)` › “(.+)”$/;

const TESTS = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);

/** The rows of all tables of a Markdown file that have this head, each as its cells. */
export function tableRows(path: string, head: RegExp, columns: number): string[][] {
  const rows: string[][] = [];
  let isInTable = false;
  for (const line of read(path).split('\n')) {
    if (head.test(line.replace(/ +/g, ' '))) isInTable = true;
    else if (!line.startsWith('|')) isInTable = false;
    else if (isInTable && !/^\|[\s:|-]+$/.test(line)) rows.push(cellsOf(path, line, columns));
  }
  return rows;
}

/** Each reference of the cell, as `file` › “title” and divided by <br>, is to a test that jest runs. */
export function expectTests(cell: string): void {
  for (const reference of cell.split('<br>')) {
    const [, path, title] = REFERENCE.exec(reference.trim()) ?? [];
    if (path === undefined || title === undefined) throw new Error(`This names no test: ${reference}`);
    expect([path, existsSync(join(ROOT, path)) && isRun(path)]).toEqual([path, true]);
    expect([path, title, hasTitle(path, title)]).toEqual([path, title, true]);
  }
}

function cellsOf(path: string, line: string, columns: number): string[] {
  const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
  if (cells.length !== columns + 2) {
    throw new Error(`${path} has a row that has not ${columns} cells: ${line.slice(0, 80)}`);
  }
  return cells.slice(1, -1);
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
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

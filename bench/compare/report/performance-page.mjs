import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { judge } from '../goals.mjs';
import { chart } from './chart.mjs';
import { goalTable, microTable, planTable } from './table.mjs';

const DOCS = new URL('../../../docs/', import.meta.url);
const PAGE = fileURLToPath(new URL('performance.md', DOCS));
const PICTURE = fileURLToPath(new URL('performance.svg', DOCS));
const BEGIN = '<!-- measured: npm run bench -- --write -->';
const END = '<!-- /measured -->';

/** Puts what was measured into docs/performance.md, and the picture beside it. @returns the files that were written */
export function writePage(results, environment, order, micro) {
  const page = readFileSync(PAGE, 'utf8');
  const [before, rest] = page.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (after === undefined) throw new Error(`${PAGE} has no place for the figures: ${BEGIN} … ${END}`);
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${measured(results, environment, order, micro)}\n\n${END}${after}`);
  writeFileSync(PICTURE, chart(results, results.plans, order, describe(environment)));
  return [PAGE, PICTURE];
}

export function describe({ date, machine, versions }) {
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${date}; ${machine}; ${programs.join(', ')}`;
}

function measured(results, environment, order, micro) {
  const rounds = `Medians of ${environment.rounds} rounds, or of three where one takes long.`;
  const parts = [
    `Measured on ${describe(environment)}. ${rounds}`,
    '![Bars for each plan and server](performance.svg)',
  ];
  const goals = judge(results, micro);
  if (goals.length > 0) parts.push('### Goals', goalTable(goals));
  if (micro) parts.push('### In one process', microTable(micro));
  for (const { name, title } of results.plans) parts.push(`### ${title}`, planTable(results, name, order));
  return parts.join('\n\n');
}

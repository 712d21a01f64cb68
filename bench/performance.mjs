#!/usr/bin/env node
// `npm run bench`: our server beside what one would use instead of it. See docs/performance.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Comparison } from './compare/comparison.mjs';
import { judge } from './compare/goals.mjs';
import { availableTargets } from './compare/installation.mjs';
import { allTitles, chooseGroups, planOf } from './compare/plans.mjs';
import { environment } from './compare/report/environment.mjs';
import { describe, writePage } from './compare/report/performance-page.mjs';
import { Results } from './compare/report/results.mjs';
import { goalTable, microTable, planTable } from './compare/report/table.mjs';
import { nodeArguments, targets } from './compare/targets.mjs';
import { microBenchmarks } from './micro/run.mjs';

const USAGE = `npm run bench -- [options] [plan …]

  --servers a,b        only these of: ${Object.keys(targets).join(', ')}
  --rounds 5           how often each is measured
  --warm-ups 1         rounds before those, which do not count
  --seconds 5          how long one measurement takes, unless its plan says it; --warmup 2 before it
  --scenario 'fanout n=10 size=1000'   any scenario with any parameters, instead of plans
  --out FILE           where the results go as JSON (bench/results.json)
  --from a.json,b.json reports those results, of one machine, and measures nothing
  --write              puts the figures into docs/performance.md, and a picture beside it
  --node-options='--cpu-prof --cpu-prof-dir=DIR'   for servers that are Node programs

Plans (all, if none is named):
micro                Parts of the library, in one process
${allTitles().join('\n')}`;

const { values, positionals } = readArguments();
const order = Object.keys(targets);

try {
  if (values.help) console.log(USAGE);
  else report(values.from ? readResults(values.from.split(',')) : await measure());
} catch (error) {
  console.error(error.stack);
  process.exitCode = 1;
}
process.exit();

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        servers: { type: 'string' },
        rounds: { type: 'string', default: '5' },
        'warm-ups': { type: 'string', default: '1' },
        seconds: { type: 'string' },
        warmup: { type: 'string' },
        scenario: { type: 'string', multiple: true },
        out: { type: 'string', default: join(import.meta.dirname, 'results.json') },
        from: { type: 'string' },
        write: { type: 'boolean', default: false },
        'node-options': { type: 'string', default: '' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch ({ message }) {
    console.error(`${message}\n\n${USAGE}`);
    process.exit(1);
  }
}

function readResults(files) {
  const all = files.map((file) => JSON.parse(readFileSync(file, 'utf8')));
  const micro = all.findLast((one) => one.micro)?.micro;
  return { environment: all.at(-1).environment, micro, rows: all.flatMap(({ rows }) => rows) };
}

async function measure() {
  nodeArguments.push(...values['node-options'].split(' ').filter(Boolean));
  const measured = { environment: undefined, micro: undefined, rows: [] };
  const save = () => writeFileSync(values.out, `${JSON.stringify(measured, null, 1)}\n`);
  const groups = groupsToRun();
  const names = groups.length > 0 ? availableTargets(serversToRun()) : [];
  const rounds = Number(values.rounds);
  measured.environment = { ...environment(), rounds };
  if (isWanted('micro')) {
    measured.micro = await microBenchmarks();
    console.log(`${microTable(measured.micro)}\n`);
    save();
  }
  const comparison = new Comparison({ names, rounds, warmUps: Number(values['warm-ups']), onRun: progress });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => void comparison.stop().finally(() => process.exit(1)));
  }
  try {
    for (const group of groups) {
      const rows = await comparison.run(group);
      measured.rows.push(...rows);
      save();
      progress('');
      const results = new Results(rows);
      for (const { name, title } of results.plans) console.log(`${title}\n\n${planTable(results, name, order)}\n`);
    }
  } finally {
    await comparison.stop();
  }
  console.log(`The results are in ${values.out}`);
  return measured;
}

function report({ rows, environment, micro }) {
  const results = new Results(rows);
  if (values.from) {
    for (const { name, title } of results.plans) console.log(`${title}\n\n${planTable(results, name, order)}\n`);
  }
  const goals = judge(results, micro);
  if (goals.length > 0) console.log(`${goalTable(goals)}\n`);
  console.log(describe(environment));
  if (values.write) console.log(`Written: ${writePage(results, environment, order, micro).join(', ')}`);
}

function groupsToRun() {
  const parameters = Object.fromEntries(
    ['seconds', 'warmup'].filter((key) => values[key] !== undefined).map((key) => [key, Number(values[key])]),
  );
  if (values.scenario) return values.scenario.map((text) => [planOf(text, parameters)]);
  const names = positionals.filter((name) => name !== 'micro');
  return names.length === 0 && positionals.length > 0 ? [] : chooseGroups(names, parameters);
}

function serversToRun() {
  const names = values.servers?.split(',') ?? order;
  const unknown = names.filter((name) => !order.includes(name));
  if (unknown.length > 0) throw new Error(`There is no server ${unknown.join(', ')}. There are: ${order.join(', ')}`);
  return names;
}

function isWanted(plan) {
  return !values.scenario && (positionals.length === 0 || positionals.includes(plan));
}

/** What is going on, on one line of a terminal. */
function progress(what) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${what}`);
}

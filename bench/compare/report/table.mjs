import { FIGURES, count, mainFigure } from './figures.mjs';

/** The figures of one plan: medians, the range of the main figure, and the ratio of ours to each. */
export function planTable(results, plan, order) {
  const servers = results.serversOf(plan, order);
  const main = mainFigure(results, plan);
  const figures = FIGURES.filter(({ read }) => servers.some((server) => results.values(plan, server, read).length > 0));
  const head = ['server', ...figures.map(({ title }) => title), `${main.title}, range`, 'ours to it'];
  const ours = results.median(plan, 'nestjs-stomp', main.read);
  const rows = servers.map((server) => {
    const values = results.values(plan, server, main.read);
    const cells = figures.map(({ read, write, isTotal }) => {
      const value = isTotal ? results.total(plan, server, read) : results.median(plan, server, read);
      return value === undefined ? '' : write(value);
    });
    const range = values.length > 0 ? `${main.write(Math.min(...values))} – ${main.write(Math.max(...values))}` : '';
    const ratio = ours / results.median(plan, server, main.read);
    return [server, ...cells, range, Number.isFinite(ratio) ? ratio.toFixed(2) : ''];
  });
  const failures = results.failures(plan).map(({ target, failed }) => `${target} failed: ${failed}`);
  return [...(rows.length > 0 ? markdownTable(head, rows) : []), ...failures.flatMap((line) => ['', line])].join('\n');
}

export function goalTable(goals) {
  return markdownTable(
    ['plan', 'goal', 'measured', 'reached'],
    goals.map(({ plan, text, shown, isReached }) => [plan, text, shown, isReached ? 'yes' : '**no**']),
  ).join('\n');
}

export function microTable(rows) {
  const cells = rows.map(({ part, name, ns, bytes }) => [
    `${part}: ${name}`,
    count(Math.round(ns)),
    count(Math.round(bytes)),
  ]);
  return markdownTable(['operation', 'ns', 'bytes'], cells).join('\n');
}

function markdownTable(head, rows) {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(3, ...all.map((row) => row[i].length)));
  const line = (cells) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)];
}

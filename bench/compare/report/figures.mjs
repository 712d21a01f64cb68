// What of a run is looked at, and how it is written.

export const perCpuSecond = (run) => run.perCpuSecond;
export const bytesPerSession = (run) => run.bytesPerSession;
export const p99 = (run) => run.latency?.p99;
export const rssGrowth = (run) => run.rssGrowth;
export const incomplete = (run) => run.incomplete;

const WORK = { title: 'per CPU-s', read: perCpuSecond, write: count, isMoreBetter: true };
const MEMORY = { title: 'bytes a session', read: bytesPerSession, write: count };
const LATENCY = { title: 'p99 ms', read: p99, write: milliseconds };

export const FIGURES = [
  WORK,
  { title: 'per s', read: (run) => run.perSecond, write: count },
  { title: 'server CPU', read: (run) => run.serverCpu, write: (value) => value.toFixed(2) },
  { title: 'p50 ms', read: (run) => run.latency?.p50, write: milliseconds },
  LATENCY,
  { title: 'RSS MiB', read: (run) => run.rss, write: mebibytes },
  MEMORY,
  { title: 'RSS grew MiB', read: rssGrowth, write: mebibytes },
  { title: 'messages a read', read: (run) => run.perRead, write: (value) => value.toFixed(1) },
  { title: 'incomplete', read: incomplete, write: count, isTotal: true },
  { title: 'disordered', read: (run) => run.disordered, write: count, isTotal: true },
];

/** What the servers of a plan are told apart by. */
export function mainFigure(results, plan) {
  const scenario = results.scenarioOf(plan);
  if (scenario === 'idle') return MEMORY;
  return scenario.endsWith('-latency') || scenario === 'slow' ? LATENCY : WORK;
}

export function count(value) {
  if (Math.abs(value) < 1000) return value.toFixed(Number.isInteger(value) ? 0 : 1);
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

function milliseconds(us) {
  return (us / 1000).toFixed(us < 10_000 ? 2 : 0);
}

function mebibytes(bytes) {
  return (bytes / 2 ** 20).toFixed(0);
}

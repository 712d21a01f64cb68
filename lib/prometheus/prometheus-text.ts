import type { StompStatsSnapshot } from '../stats/index.js';
import { METRICS, type Labels, type Metric, type Sample } from './metrics.js';

/** Labels that every sample gets, `{ application: 'chat' }` for example. */
export type PrometheusLabels = Labels;

/** What the `Content-Type` of the text must be. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Labels that metrics have of their own. */
const TAKEN: ReadonlySet<string> = new Set(['code', 'command', 'prefix', 'reason', 'transport']);

/**
 * A snapshot as Prometheus reads it (text exposition format 0.0.4). What the server does not know is left out.
 *
 * @param labels for every sample
 * @throws Error when the name of a label cannot be, or is one that a metric has of its own
 * @example
 * response.type(PROMETHEUS_CONTENT_TYPE).send(prometheusText(stats.snapshot(), { application: 'chat' }));
 */
export function prometheusText(snapshot: StompStatsSnapshot, labels: PrometheusLabels = {}): string {
  for (const name of Object.keys(labels)) checkName(name);
  let text = '';
  for (const metric of METRICS) {
    const samples = metric.samples(snapshot) ?? [];
    if (samples.length > 0) text += family(metric, samples, labels);
  }
  return text;
}

function family({ name, type, help }: Metric, samples: readonly Sample[], labels: Labels): string {
  const lines = samples.map(([value, own]) => `${name}${braced({ ...labels, ...own })} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function braced(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function checkName(name: string): void {
  if (LABEL_NAME.test(name) && !TAKEN.has(name)) return;
  throw new Error(
    `prometheusText: the label ${JSON.stringify(name)} must be of letters, digits and underscores, must not begin with a digit or two ` +
      `underscores, and must be none of ${[...TAKEN].join(', ')}.`,
  );
}

/** A metric and its samples, as a scraper reads them. */
export interface ExposedMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ExposedSample[];
}

export interface ExposedSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const HELP = new RegExp(`^# HELP (${NAME}) ((?:[^\\\\\n]|\\\\[\\\\n])*)$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{([^\n]*)\\})? (-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|NaN|[+-]Inf)$`);
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;
const UNESCAPED: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };

/**
 * Reads the text exposition format 0.0.4, more strictly than it asks for: each metric has HELP, then TYPE, then its samples.
 * @throws Error which names the line that breaks a rule
 */
export function parseExposition(text: string): ExposedMetric[] {
  if (!text.endsWith('\n')) throw new Error('The last line must end with a line feed.');
  const metrics: (ExposedMetric & { samples: ExposedSample[] })[] = [];
  const lines = text.slice(0, -1).split('\n');
  for (let at = 0; at < lines.length;) {
    const [, name, help] = demand(HELP.exec(lines[at]!), lines[at]!);
    const [, typed, type] = demand(TYPE.exec(lines[at + 1] ?? ''), lines[at + 1]);
    if (typed !== name || metrics.some((metric) => metric.name === name)) throw broken(lines[at + 1]);
    const samples: ExposedSample[] = [];
    for (at += 2; at < lines.length && !lines[at]!.startsWith('#'); at++) {
      const [, sampled, labels = '', value] = demand(SAMPLE.exec(lines[at]!), lines[at]);
      if (sampled !== name) throw broken(lines[at]);
      samples.push({ labels: parseLabels(labels, lines[at]!), value: Number(value!.replace('Inf', 'Infinity')) });
    }
    if (new Set(samples.map(({ labels }) => identity(labels))).size !== samples.length) throw broken(name);
    metrics.push({ name: name!, type: type!, help: help!, samples });
  }
  return metrics;
}

function parseLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let isOver = text === '';
  for (LABEL.lastIndex = 0; !isOver;) {
    const [, name, value, end] = demand(LABEL.exec(text), line);
    if (Object.hasOwn(labels, name!)) throw broken(line);
    labels[name!] = value!.replace(/\\[\\"n]/g, (escape) => UNESCAPED[escape]!);
    isOver = end === '';
  }
  return labels;
}

function identity(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

function demand(match: RegExpExecArray | null, line: string | undefined): RegExpExecArray {
  if (!match) throw broken(line);
  return match;
}

function broken(line: string | undefined): Error {
  return new Error(`This breaks the format: ${JSON.stringify(line)}`);
}

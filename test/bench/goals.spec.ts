import { join } from 'node:path';

const COMPARE = join(import.meta.dirname, '../../bench/compare');
const { judge } = await import(`${COMPARE}/goals.mjs`);
const { Results } = await import(`${COMPARE}/report/results.mjs`);
const { goalTable, planTable } = await import(`${COMPARE}/report/table.mjs`);
const { chart } = await import(`${COMPARE}/report/chart.mjs`);

const PLAN = { plan: 'fan-out-100', title: 'Fan-out', scenario: 'fanout' };

/** Runs of some rounds, by the figure of each. */
function runs(target: string, ...figures: number[]) {
  return figures.map((perCpuSecond, round) => ({ ...PLAN, round, target, perCpuSecond, incomplete: 0 }));
}

describe('A comparison', () => {
  const results = new Results([
    ...runs('nestjs-stomp', 900, 100, 800),
    ...runs('stomp-limit', 1_000, 990, 1_010),
    ...runs('socket.io', 200, 210, 190),
    { ...PLAN, round: 0, target: 'mosquitto', failed: 'it did not start' },
  ]);

  it('judges the ratio of the medians, and says which goals are missed', () => {
    const goals = judge(results);
    expect(goals).toEqual([
      { plan: 'fan-out-100', text: '≥ 0.8 × stomp-limit', shown: '0.80', isReached: true },
      { plan: 'fan-out-100', text: '≥ 6 × socket.io', shown: '4.00', isReached: false },
    ]);
    expect(goalTable(goals)).toMatch(/6 × socket\.io\s+\|\s+4\.00 \|\s+\*\*no\*\* \|/);
  });

  it('shows what was lost in any one of the rounds', () => {
    const [first, ...others] = runs('nestjs-stomp', 900, 100, 800);
    const table = planTable(new Results([{ ...first, incomplete: 7 }, ...others]), 'fan-out-100', ['nestjs-stomp']);
    expect(table).toMatch(/\| nestjs-stomp \|\s+800 \|\s+7 \|/);
  });

  it('is shown as a table with the failures, and as a picture', () => {
    const order = ['nestjs-stomp', 'stomp-limit', 'socket.io', 'mosquitto'];
    const table = planTable(results, 'fan-out-100', order);
    expect(table).toMatch(/\| socket\.io\s+\|\s+200 \|\s+0 \|\s+190 – 210 \|\s+4\.00 \|/);
    expect(table).toContain('mosquitto failed: it did not start');
    const picture = chart(results, results.plans, order, 'a < b & c');
    expect(picture.match(/<rect class="/g)).toHaveLength(3);
    expect(picture).toContain('a &lt; b &amp; c');
  });
});

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
const SCENARIOS = [
  'fanout n=5 window=4',
  'fanout-latency n=5 rate=500',
  'echo clients=4 depth=2',
  'echo-latency clients=4 rate=200',
  'echo-latency clients=4 rate=200 burst=5',
  'topics n=5',
  'patterns n=5',
  'users n=5',
  'churn lanes=2',
  'idle n=20 warm=5 rest=0.2 heartbeat=500 seconds=0.3',
  'slow n=3 rate=100 seconds=0.3 warmup=0.1',
];

describe('The comparison of the built package with others', () => {
  it('runs every scenario, and nothing is lost', async () => {
    if (!existsSync(join(ROOT, 'dist'))) throw new Error('There is no dist: npm run build');
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-stomp-bench-'));
    const out = join(folder, 'results.json');
    const command = ['bench/performance.mjs', '--servers', 'nestjs-stomp', '--rounds', '1', '--warm-ups', '0'];
    const options = ['--seconds', '0.3', '--warmup', '0.1', '--out', out];
    const scenarios = SCENARIOS.flatMap((scenario) => ['--scenario', scenario]);
    const { stdout } = await promisify(execFile)(process.execPath, [...command, ...options, ...scenarios], {
      cwd: ROOT,
    });
    const { rows } = JSON.parse(await readFile(out, 'utf8'));
    expect(rows.map(({ plan }: { plan: string }) => plan)).toEqual(SCENARIOS);
    for (const row of rows) {
      expect(row).not.toHaveProperty('failed');
      expect(row.count).toBeGreaterThan(0);
      expect([row.incomplete ?? 0, row.disordered ?? 0, row.lost ?? 0]).toEqual([0, 0, 0]);
    }
    for (const scenario of SCENARIOS) expect(stdout).toContain(`${scenario}\n\n| server `);
    await rm(folder, { recursive: true });
  }, 120_000);
});

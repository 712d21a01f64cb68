import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');

describe('The compiled package in a process of its own', () => {
  it('withstands a few thousand frames of mutated sessions', async () => {
    if (!existsSync(join(ROOT, 'dist'))) throw new Error('There is no dist: npm run build');
    const fuzzer = [
      join(ROOT, 'bench/fuzz-sessions.mjs'),
      '--seed',
      '1',
      '--frames',
      '4000',
      '--warmUp',
      '300',
      '--clients',
      '20',
    ];
    const { stdout } = await promisify(execFile)(process.execPath, fuzzer, { cwd: ROOT });
    expect(stdout).toMatch(/control pair: \d+ messages each way/);
  }, 60_000);
});

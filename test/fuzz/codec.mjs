// `npm run fuzz -- --seed 7 --count 1000000`: random and mutated frames for the codec; the same seed makes the same inputs.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    count: { type: 'string', default: '1000000' },
  },
});
console.log(`npm run fuzz -- --seed ${values.seed} --count ${values.count}`);
const { status } = spawnSync(
  process.execPath,
  ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', 'test/fuzz'],
  {
    cwd: new URL('../..', import.meta.url),
    stdio: 'inherit',
    env: { ...process.env, FUZZ_SEED: values.seed, FUZZ_COUNT: values.count },
  },
);
process.exitCode = status ?? 1;

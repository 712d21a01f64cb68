// All benches that run against the whole server, one after the other: npm run bench -w 02-im
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

for (const name of ['e2e', 'sync', 'blocked-device']) {
  console.log(`\n${name}`);
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(`./${name}.mjs`, import.meta.url))], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}

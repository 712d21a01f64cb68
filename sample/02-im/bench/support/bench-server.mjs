import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerProcess } from '../../torture/server-process.mjs';
import { populate, SECRET } from './population.mjs';

const REPORTER = new URL('./heap-reporter.mjs', import.meta.url).href;

/** A server with so many users, over a folder that goes when this process does. @param profile where to write a CPU profile */
export async function startServer(userCount, { fill, profile } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'im-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const users = await populate(folder, userCount, fill);
  const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const server = new ServerProcess(folder, { IM_SECRET: SECRET }, ['--expose-gc', '--import', REPORTER, ...profiling]);
  await server.start();
  return { server, users };
}

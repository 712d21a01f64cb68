import { fork } from 'node:child_process';
import { once } from 'node:events';

const CHILD = new URL('./child.mjs', import.meta.url);
/** No garbage is collected between two looks at the heap. */
const LARGE_HEAP = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256'];

/**
 * What the parts of the library cost by themselves. Once for the time and once for the bytes, each in a process of its own: a heap that is large
 * enough to count in is slower than one that fits a processor's caches.
 *
 * @returns of each operation `part`, `name`, `ns` and `bytes`
 */
export async function microBenchmarks() {
  const times = await inChild('time', []);
  const bytes = await inChild('bytes', LARGE_HEAP);
  return times.map(({ part, name, value }, i) => ({ part, name, ns: value, bytes: Math.max(0, bytes[i].value) }));
}

async function inChild(what, execArgv) {
  const child = fork(CHILD, [what], { execArgv });
  const [results] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`A micro-benchmark ended with ${code}`);
    }),
  ]);
  return results;
}

// A case is `{ part, name, run, per }`: `run(times)` does the operation that often, `per` says of how many things one operation consists.
import { performance } from 'node:perf_hooks';

const BATCH_MS = 30;
const ROUNDS = 21;
const WARM_UP_MS = 300;
const COUNTED = 1_000;

/** Nanoseconds of processor time of each case, the median of rounds in which the cases take turns. */
export async function timesOf(cases) {
  const sizes = [];
  for (const one of cases) sizes.push(await warmUp(one));
  const times = cases.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, { run, per = 1 }] of cases.entries()) {
      const before = process.cpuUsage();
      await run(sizes[i]);
      const { user, system } = process.cpuUsage(before);
      times[i].push(((user + system) * 1e3) / (sizes[i] * per));
    }
  }
  return cases.map(({ part, name }, i) => ({ part, name, value: median(times[i]) }));
}

/** Bytes that each case allocates, on the heap and in buffers. */
export async function bytesOf(cases) {
  const results = [];
  for (const one of cases) {
    await warmUp(one);
    const { part, name, run, per = 1 } = one;
    const samples = [];
    for (let round = 0; round < ROUNDS; round++) {
      globalThis.gc();
      const before = held();
      await run(COUNTED);
      samples.push((held() - before) / (COUNTED * per));
    }
    results.push({ part, name, value: median(samples) });
  }
  return results;
}

/** @returns how often the operation is done in a batch */
async function warmUp({ run }) {
  let times = 1;
  const end = performance.now() + WARM_UP_MS;
  for (;;) {
    const start = performance.now();
    await run(times);
    const took = performance.now() - start;
    if (performance.now() > end && took > BATCH_MS / 2) return Math.ceil((times * BATCH_MS) / took);
    if (took < BATCH_MS) times *= 2;
  }
}

function held() {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

// A thread that says at a fixed rate that something is due. It sleeps meanwhile, to the microsecond, and does nothing else.
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';

const { rate, isStopped } = workerData;
const start = performance.now();
for (let beat = 0; sleepUntil(start + (beat * 1000) / rate); beat++) parentPort.postMessage(beat);

/** @returns whether it shall go on */
function sleepUntil(due) {
  for (;;) {
    const left = due - performance.now();
    if (Atomics.load(isStopped, 0) !== 0) return false;
    if (left <= 0) return true;
    Atomics.wait(isStopped, 0, 0, left);
  }
}

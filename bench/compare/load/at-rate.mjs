import { Worker } from 'node:worker_threads';

const METRONOME = new URL('./metronome.mjs', import.meta.url);

/**
 * Calls `tick(i)` `rate` times a second, one at a time, until what it returns is called; that says how often it was.
 *
 * A timer of this thread would not do: its millisecond begins anew with every answer that is read meanwhile, and what is due by then goes out
 * at once: how often a server is sent two requests at a time would depend on when it answers.
 */
export function atRate(rate, tick) {
  const isStopped = new Int32Array(new SharedArrayBuffer(4));
  const metronome = new Worker(METRONOME, { workerData: { rate, isStopped } });
  let done = 0;
  metronome.on('message', () => Atomics.load(isStopped, 0) === 0 && tick(done++));
  return () => {
    Atomics.store(isStopped, 0, 1);
    Atomics.notify(isStopped, 0);
    return done;
  };
}

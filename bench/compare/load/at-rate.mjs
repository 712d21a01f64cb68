import { performance } from 'node:perf_hooks';

/** Calls `tick(i)` `rate` times a second, in bursts of a millisecond's worth, until what it returns is called; that says how often it was. */
export function atRate(rate, tick) {
  const start = performance.now();
  let done = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - start) * rate) / 1000);
    while (done < due) tick(done++);
  }, 1);
  return () => {
    clearInterval(timer);
    return done;
  };
}

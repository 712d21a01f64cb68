import type { Observable } from '../../../web/src/core/observable.js';

const LONGEST_MS = 10_000;

/** Waits for a state, and returns what was looked for in it. */
export function until<T, R>(
  observable: Observable<T>,
  look: (value: T) => R | undefined | null | false,
  what = look.toString(),
): Promise<R> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      unsubscribe();
      reject(new Error(`It has not come to this: ${what}`));
    }, LONGEST_MS);
    const check = (): void => {
      const found = look(observable.get());
      if (found === undefined || found === null || found === false) return;
      clearTimeout(timer);
      unsubscribe();
      resolve(found);
    };
    const unsubscribe = observable.subscribe(check);
    check();
  });
}

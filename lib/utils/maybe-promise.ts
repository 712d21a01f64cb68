/** A value now or later. Most of a frame's way is synchronous; only what really waits pays for a promise. */
export type MaybePromise<T> = T | Promise<T>;

export function isPromise<T>(value: unknown): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** `next(value)`, at once when the value is there, later when it is not. */
export function then<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromise<T>(value) ? value.then(next) : next(value);
}

/**
 * Starts something for each item, in their order, and is done when all of it is. One that fails at once keeps those behind it
 * from being started; those before it are still waited for, so that none of them fails unheard and ends the process.
 *
 * @param context handed on, so that what is done for every message needs no closure
 */
export function startAll<T, C>(
  items: readonly T[],
  start: (item: T, context: C) => MaybePromise<unknown>,
  context: C = undefined as C,
): MaybePromise<void> {
  let pending: Promise<unknown>[] | undefined;
  try {
    for (const item of items) {
      const started = start(item, context);
      if (isPromise(started)) (pending ??= []).push(started);
    }
  } catch (error) {
    if (pending === undefined) throw error;
    pending.push(Promise.reject(error));
  }
  return pending && Promise.all(pending).then(() => undefined);
}

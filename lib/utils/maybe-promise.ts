/** A value now or later. Most of a frame's way is synchronous; only what really waits pays for a promise. */
export type MaybePromise<T> = T | Promise<T>;

export function isPromise<T>(value: unknown): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** `next(value)`, at once when the value is there, later when it is not. */
export function then<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromise<T>(value) ? value.then(next) : next(value);
}

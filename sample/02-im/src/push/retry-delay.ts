const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Milliseconds until the next attempt: twice as long each time, and not for all at the same moment. */
export function backoffDelay(attempts: number, first: number, random: () => number = Math.random): number {
  const full = Math.min(first * 2 ** attempts, HOUR);
  return Math.ceil(full * (0.5 + random() / 2));
}

/** Reads `Retry-After` (RFC 9110 section 10.2.3), seconds or a date. @returns milliseconds, a day at most; undefined if it says neither */
export function retryAfter(header: string | undefined, now = Date.now()): number | undefined {
  const text = header?.trim() ?? '';
  const delay = /^\d{1,10}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isNaN(delay) ? undefined : Math.min(Math.max(delay, 0), DAY);
}

const RANDOM_BYTES = 10;

/** Sorts by time; not `crypto.randomUUID`, which browsers have on https and localhost only. */
export function newIdentifier(now = Date.now()): string {
  const random = crypto.getRandomValues(new Uint8Array(RANDOM_BYTES));
  return now.toString(36) + Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

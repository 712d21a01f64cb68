import { backoffDelay, retryAfter } from '../../src/push/retry-delay.js';

const HOUR = 3_600_000;

it('waits twice as long each time, by up to a half less, and an hour at most', () => {
  const longest = Array.from({ length: 12 }, (_, attempts) => backoffDelay(attempts, 5_000, () => 1));
  expect(longest.slice(0, 4)).toEqual([5_000, 10_000, 20_000, 40_000]);
  expect(longest.at(-1)).toBe(HOUR);
  expect(backoffDelay(1, 5_000, () => 0)).toBe(5_000);
});

it('reads what a push service asks for, and no more than a day', () => {
  const now = Date.UTC(2026, 0, 1);
  expect(retryAfter('120', now)).toBe(120_000);
  expect(retryAfter('Thu, 01 Jan 2026 00:01:00 GMT', now)).toBe(60_000);
  expect(retryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0);
  expect(retryAfter('9999999999', now)).toBe(24 * HOUR);
  for (const header of [undefined, '', 'soon']) expect(retryAfter(header, now)).toBeUndefined();
});

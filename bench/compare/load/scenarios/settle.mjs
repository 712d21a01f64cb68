import { sleep } from '../clock.mjs';

const GIVE_UP_MS = 60_000;

/**
 * Brings a set of subscribers to a known state without receipts, which not every server gives: probes until each has had a delivery, then
 * waits until nothing more comes, then zeroes the counts.
 */
export async function settle(subscribers, probe) {
  const start = Date.now();
  let pause = 100;
  do {
    probe();
    await sleep(pause);
    pause = Math.min(pause * 2, 2000);
    if (Date.now() - start > GIVE_UP_MS) throw unserved(subscribers);
  } while (subscribers.some((client) => client.rx === 0));
  await quiet(subscribers, 300);
  for (const client of subscribers) client.rx = 0;
}

/** Waits until no subscriber has had anything for `ms`. */
export async function quiet(subscribers, ms) {
  const total = () => subscribers.reduce((sum, client) => sum + client.rx, 0);
  let before = -1;
  while (total() !== before) {
    before = total();
    await sleep(ms);
  }
}

function unserved(subscribers) {
  const missing = subscribers.filter((client) => client.rx === 0);
  const error = missing.find((client) => client.error)?.error;
  const why = error ? `: ${error.message}` : '';
  return new Error(`${missing.length} of ${subscribers.length} subscribers get nothing${why}`);
}

import { sleep } from '../clock.mjs';

const GIVE_UP_MS = 60_000;
/** A server that has sent nothing for so long has nothing to send: on a busy machine it may have to wait for a processor. */
const LOST_MS = 3_000;

/**
 * Brings a set of subscribers to a known state without receipts, which not every server gives: probes until each has had the latest probe,
 * behind which no earlier one can come, then zeroes the counts.
 *
 * @param probe sends something to every subscriber, with the sequence number that it is given
 */
export async function settle(subscribers, probe) {
  const start = Date.now();
  for (const client of subscribers) {
    client.onDelivery = (_, bytes, from) => (client.lastSequence = client.sequence(bytes, from));
  }
  let pause = 100;
  for (let sequence = 0; ; sequence++) {
    probe(sequence);
    if (await within(pause, () => subscribers.every(({ lastSequence }) => lastSequence === sequence))) break;
    if (Date.now() - start > GIVE_UP_MS) throw unserved(subscribers);
    pause = Math.min(pause * 2, 2000);
  }
  for (const client of subscribers) {
    client.onDelivery = null;
    client.lastSequence = -1;
    client.rx = 0;
  }
}

async function within(ms, isDone) {
  const end = Date.now() + ms;
  while (!isDone()) {
    if (Date.now() > end) return false;
    await sleep(10);
  }
  return true;
}

/** Waits until no subscriber has had anything for `ms`. */
export async function quiet(subscribers, ms) {
  let before = -1;
  while (deliveries(subscribers) !== before) {
    before = deliveries(subscribers);
    await sleep(ms);
  }
}

/** Waits until there have been so many deliveries, as long as some still come, and then whether there are too many. */
export async function allArrived(subscribers, expected) {
  let before = -1;
  let since = Date.now();
  while (deliveries(subscribers) < expected && Date.now() - since < LOST_MS) {
    if (deliveries(subscribers) !== before) since = Date.now();
    before = deliveries(subscribers);
    await sleep(50);
  }
  await quiet(subscribers, 300);
}

function deliveries(subscribers) {
  return subscribers.reduce((sum, client) => sum + client.rx, 0);
}

function unserved(subscribers) {
  const missing = subscribers.filter((client) => client.rx === 0);
  const error = missing.find((client) => client.error)?.error;
  const why = error ? `: ${error.message}` : '';
  return new Error(`${missing.length} of ${subscribers.length} subscribers get nothing${why}`);
}

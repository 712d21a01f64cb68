import type { QueueGroupStats, QueueStats } from './message-broker-stats.js';
import type { WorkQueue } from './work-queue.js';

/** There may be thousands of queues, and clients name them. */
const MOST_LISTED = 100;

export function groupQueues(
  queues: readonly WorkQueue[],
  options: readonly { readonly prefix: string }[],
): QueueGroupStats[] {
  const groups = new Map(options.map(({ prefix }) => [prefix, emptyGroup(prefix)]));
  for (const queue of queues) {
    const group = groups.get(queue.prefix)!;
    group.queues++;
    group.messages += queue.size;
    group.unacknowledged += queue.unacknowledged;
    group.bytes += queue.bytes;
    group.consumers += queue.consumerCount;
    group.longest = Math.max(group.longest, queue.size);
  }
  return [...groups.values()];
}

export function longestQueues(queues: readonly WorkQueue[]): QueueStats[] {
  const longest = queues.toSorted((one, other) => other.size - one.size).slice(0, MOST_LISTED);
  return longest.map(({ destination, size, unacknowledged, bytes, consumerCount }) => ({
    destination,
    messages: size,
    unacknowledged,
    bytes,
    consumers: consumerCount,
  }));
}

function emptyGroup(prefix: string) {
  return { prefix, queues: 0, messages: 0, unacknowledged: 0, bytes: 0, consumers: 0, longest: 0 };
}

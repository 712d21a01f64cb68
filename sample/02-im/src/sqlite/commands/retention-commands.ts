import type { Handles, WriteContext } from './context.js';

const DAY = 24 * 3_600_000;
/** The most messages that one command expires: the commits behind it must not wait for long. */
const MAX_EXPIRED = 5_000;

/** What rooms do not keep for ever. The rows stay, for their seq and their id: what they held goes. */
export function retentionCommands(context: WriteContext): Handles<'room.expire'> {
  const { rooms, messages, reactions, marks, files, search } = context;

  return {
    'room.expire': ({ now }) => {
      let expired = 0;
      for (const { rid, first_seq: first, last_seq, retention_days } of rooms.withRetention()) {
        const kept = messages.firstSince(rid, first, now - retention_days * DAY) ?? last_seq + 1;
        const end = Math.min(kept, first + MAX_EXPIRED - expired);
        if (end <= first) continue;
        const range = { rid, lo: first, hi: end - 1 };
        for (const mid of messages.expire(range)) search.remove(mid);
        reactions.clearRange(range);
        marks.clearRange(range);
        files.dropRange(range);
        rooms.setFirst(rid, end, messages.badge(rid, end - 1));
        expired += end - first;
      }
      return { expired };
    },
  };
}

import { Inject, Injectable } from '@nestjs/common';
import { IM_OPTIONS, type ImOptions } from '../im-options.js';
import { InboxCursors } from '../inbox/inbox-cursors.js';
import { IngestQueue } from '../ports/ingest-queue.js';
import type { PushCandidate, PushCandidates } from '../ports/push-work.js';
import { TimelineStore } from '../ports/timeline-store.js';

const ROOMS_AT_ONCE = 100;
/** Of users with 20 devices at most: the commits behind it must not wait for long. */
const USERS_OF_A_COMMAND = 20;

/** Decides who is told by push of what has waited long enough. */
@Injectable()
export class PushExpansion {
  constructor(
    private readonly store: TimelineStore,
    private readonly ingest: IngestQueue,
    private readonly cursors: InboxCursors,
    @Inject(IM_OPTIONS) private readonly options: ImOptions,
  ) {}

  async expand(now = Date.now()): Promise<void> {
    const { delay, ttl } = this.options.push;
    for (let rooms = ROOMS_AT_ONCE; rooms === ROOMS_AT_ONCE;) {
      const candidates = await this.store.pushCandidates({ now, delay, life: ttl * 1_000, limit: ROOMS_AT_ONCE });
      await Promise.all(candidates.map((room) => this.#expandRoom(room, now)));
      rooms = candidates.length;
    }
  }

  async #expandRoom({ roomId, upTo, dueSeq, users }: PushCandidates, now: number): Promise<void> {
    const places = users.map((user) => this.#whereabouts(user, now));
    const away = users.filter((_, index) => places[index] === 'away');
    for (let index = 0; index < away.length; index += USERS_OF_A_COMMAND) {
      await this.ingest.execute('push.expand', { roomId, users: away.slice(index, index + USERS_OF_A_COMMAND) });
    }
    // Last of all: what is interrupted before is decided again. Whether those who are coming have come is seen later.
    const keep = places.includes('coming') ? dueSeq : undefined;
    await this.ingest.execute('push.expand', { roomId, users: [], upTo, keep });
  }

  /** With a session that has the message, with one that is just getting what there is, or with none of the kind. */
  #whereabouts({ userId, dueInboxSeq }: PushCandidate, now: number): 'there' | 'coming' | 'away' {
    const session = this.cursors.progressOf(userId);
    if (!session) return 'away';
    // What is in no inbox is shown by the list of rooms to whoever is there.
    if (dueInboxSeq === undefined || session.acknowledged >= dueInboxSeq) return 'there';
    return session.lastSign > now - this.options.push.delay ? 'coming' : 'away';
  }
}

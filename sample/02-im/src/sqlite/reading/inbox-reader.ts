import type { InboxEvent } from '../../model/message.js';
import type { InboxState } from '../../ports/timeline-store.js';
import { epochOf, type SqliteDatabase } from '../database.js';
import { EVENT_KINDS, messageEvent, ownEvent, type OwnEvent } from '../inbox-row.js';
import { asSeenFrom } from '../message-row.js';
import type { MessageReader } from './message-reader.js';

const MAX_PAGE = 1_000;

interface InboxRow {
  readonly seq: number;
  readonly kind: number;
  readonly rid: number;
  readonly msg_seq: number | null;
  readonly data: string | null;
  readonly at: number;
}

export class InboxReader {
  readonly #head;
  readonly #acknowledged;
  readonly #page;
  readonly #visible;
  readonly #headOf;

  constructor(
    private readonly db: SqliteDatabase,
    private readonly messages: MessageReader,
  ) {
    this.#head = db.prepare<[number], { head: number; min_seq: number }>(
      `select head, min_seq from inbox_heads where uid = ?`,
    );
    this.#acknowledged = db
      .prepare<[number, string], number>(`select inbox_ack from devices where uid = ? and device_id = ?`)
      .pluck();
    this.#page = db.prepare<[number, number, number], InboxRow>(
      `select seq, kind, rid, msg_seq, data, at from inbox where uid = ? and seq > ? order by seq limit ?`,
    );
    // Whoever has left saw the room up to there, also when they have come back: what changed meanwhile is not for them.
    this.#visible = db.prepare<[{ rid: number; uid: number; seq: number }], { from: number; until: number | null }>(
      `select m.visible_from as "from",
         (select min(d.left_seq) from departures d where d.uid = m.uid and d.rid = m.rid and d.left_seq >= :seq) as until
       from members m where m.rid = :rid and m.uid = :uid`,
    );
    this.#headOf = db
      .prepare<[string], number>(
        `select ifnull(h.head, 0) from users u left join inbox_heads h on h.uid = u.uid where u.user_id = ?`,
      )
      .pluck();
  }

  state(uid: number, deviceId: string): InboxState {
    const { head, min_seq } = this.#head.get(uid) ?? { head: 0, min_seq: 1 };
    const acknowledged = this.#acknowledged.get(uid, deviceId) ?? 0;
    return { epoch: epochOf(this.db), head, min: min_seq, acknowledged };
  }

  page(uid: number, since: number, limit: number): InboxEvent[] {
    const rows = this.#page.all(uid, since, Math.max(0, Math.min(limit, MAX_PAGE)));
    return rows.map((row) => this.#event(uid, row));
  }

  heads(userIds: readonly string[]): Map<string, number> {
    const heads = new Map<string, number>();
    for (const userId of userIds) {
      const head = this.#headOf.get(userId);
      if (head !== undefined) heads.set(userId, head);
    }
    return heads;
  }

  #event(uid: number, { seq, kind, rid, msg_seq, data, at }: InboxRow): InboxEvent {
    if (kind === EVENT_KINDS.message) {
      const { from, until } = this.#visible.get({ rid, uid, seq: msg_seq! }) ?? { from: 1, until: null };
      const message = until === null ? this.messages.at(rid, msg_seq!) : this.messages.asOf(until, rid, msg_seq!);
      return messageEvent(seq, asSeenFrom(from, message));
    }
    return ownEvent(seq, at, JSON.parse(data!) as OwnEvent);
  }
}

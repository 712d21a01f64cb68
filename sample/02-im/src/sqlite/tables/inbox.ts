import type { Hint } from '../../ports/ingest-queue.js';
import type { SqliteDatabase } from '../database.js';
import { EVENT_KINDS, ownEvent, type OwnEvent } from '../inbox-row.js';
import type { Recipient } from './members.js';

/** The most rows that one trim removes: the commits behind it must not wait for long. */
const MAX_TRIMMED = 50_000;

interface HeadRow {
  readonly uid: number;
  readonly head: number;
  readonly min_seq: number;
}

export class Inbox {
  readonly #next;
  readonly #insert;
  readonly #head;
  readonly #heads;
  readonly #firstSince;
  readonly #setMin;
  readonly #trim;

  constructor(db: SqliteDatabase) {
    this.#next = db
      .prepare<[number], number>(
        `insert into inbox_heads (uid, head) values (?, 1) on conflict (uid) do update set head = head + 1 returning head`,
      )
      .pluck();
    this.#insert = db.prepare<[number, number, number, number, number | null, string | null, number]>(
      `insert into inbox (uid, seq, kind, rid, msg_seq, data, at) values (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#head = db.prepare<[number], number>(`select head from inbox_heads where uid = ?`).pluck();
    this.#heads = db.prepare<[], HeadRow>(`select uid, head, min_seq from inbox_heads where head >= min_seq`);
    this.#firstSince = db
      .prepare<[number, number, number], number>(
        `select seq from inbox where uid = ? and seq >= ? and at >= ? order by seq limit 1`,
      )
      .pluck();
    this.#setMin = db.prepare<[number, number]>(`update inbox_heads set min_seq = ? where uid = ?`);
    this.#trim = db.prepare<[number, number]>(`delete from inbox where uid = ? and seq < ?`);
  }

  /** @returns its place in the inbox */
  addMessage(uid: number, rid: number, seq: number, at: number): number {
    const inboxSeq = this.#next.get(uid)!;
    this.#insert.run(uid, inboxSeq, EVENT_KINDS.message, rid, seq, null, at);
    return inboxSeq;
  }

  addEvent({ uid, user_id }: Recipient, rid: number, event: OwnEvent, at: number): Hint & { inboxSeq: number } {
    const inboxSeq = this.#next.get(uid)!;
    this.#insert.run(uid, inboxSeq, EVENT_KINDS[event.kind], rid, null, JSON.stringify(event), at);
    return { userId: user_id, inboxSeq, event: ownEvent(inboxSeq, at, event) };
  }

  head(uid: number): number {
    return this.#head.get(uid) ?? 0;
  }

  /** Whatever the clock did, what goes is what came first. @returns how many rows have gone */
  trim(before: number, maxRows: number): number {
    let removed = 0;
    for (const { uid, head, min_seq } of this.#heads.all()) {
      const since = this.#firstSince.get(uid, min_seq, before) ?? head + 1;
      const min = Math.min(Math.max(since, head - maxRows + 1), min_seq + MAX_TRIMMED - removed);
      if (min <= min_seq) continue;
      this.#setMin.run(min, uid);
      removed += this.#trim.run(uid, min).changes;
      if (removed >= MAX_TRIMMED) break;
    }
    return removed;
  }
}

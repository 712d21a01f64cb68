import type { SqliteDatabase } from '../database.js';
import type { SeqRange } from './messages.js';

/** What refers to messages without changing them: mentions, pins, and what users have hidden. */
export class Marks {
  readonly #mention;
  readonly #clearMentions;
  readonly #pin;
  readonly #unpin;
  readonly #pinCount;
  readonly #hidden;
  readonly #touching;
  readonly #removeHide;
  readonly #addHide;
  readonly #clear;

  constructor(db: SqliteDatabase) {
    this.#mention = db.prepare<[number, number, number]>(
      `insert into mentions (uid, rid, seq) values (?, ?, ?) on conflict do nothing`,
    );
    this.#clearMentions = db.prepare<[number, number]>(`delete from mentions where rid = ? and seq = ?`);
    this.#pin = db.prepare<[number, number]>(`insert into pins (rid, seq) values (?, ?) on conflict do nothing`);
    this.#unpin = db.prepare<[number, number]>(`delete from pins where rid = ? and seq = ?`);
    this.#pinCount = db.prepare<[number], number>(`select count(*) from pins where rid = ?`).pluck();
    this.#hidden = db.prepare<[number, number, number, number]>(
      `select 1 from hides where uid = ? and rid = ? and lo <= ? and hi >= ?`,
    );
    this.#touching = db.prepare<[number, number, number, number], { lo: number; hi: number }>(
      `select lo, hi from hides where uid = ? and rid = ? and lo <= ? + 1 and hi >= ? - 1`,
    );
    this.#removeHide = db.prepare<[number, number, number]>(`delete from hides where uid = ? and rid = ? and lo = ?`);
    this.#addHide = db.prepare<[number, number, number, number]>(
      `insert into hides (uid, rid, lo, hi) values (?, ?, ?, ?)`,
    );
    this.#clear = [
      db.prepare<[SeqRange]>(`delete from mentions where rid = :rid and seq between :lo and :hi`),
      db.prepare<[SeqRange]>(`delete from pins where rid = :rid and seq between :lo and :hi`),
      db.prepare<[SeqRange]>(`delete from hides where rid = :rid and lo >= :lo and hi <= :hi`),
    ];
  }

  /** What was hidden of it is gone for all, so nobody needs to know. */
  clearRange(range: SeqRange): void {
    for (const clear of this.#clear) clear.run(range);
  }

  mention(uid: number, rid: number, seq: number): void {
    this.#mention.run(uid, rid, seq);
  }

  clearMentions(rid: number, seq: number): void {
    this.#clearMentions.run(rid, seq);
  }

  pin(rid: number, seq: number): void {
    this.#pin.run(rid, seq);
  }

  unpin(rid: number, seq: number): void {
    this.#unpin.run(rid, seq);
  }

  pinCount(rid: number): number {
    return this.#pinCount.get(rid)!;
  }

  /** @returns false if all of it is hidden already */
  hide(uid: number, rid: number, lo: number, hi: number): boolean {
    if (this.#hidden.get(uid, rid, lo, hi)) return false;
    // Neighbouring ranges become one, so that the table grows with the gaps between them only.
    const touching = this.#touching.all(uid, rid, hi, lo);
    for (const range of touching) this.#removeHide.run(uid, rid, range.lo);
    const from = Math.min(lo, ...touching.map((range) => range.lo));
    const to = Math.max(hi, ...touching.map((range) => range.hi));
    this.#addHide.run(uid, rid, from, to);
    return true;
  }
}

import type { SqliteDatabase } from '../database.js';
import { ReactionReader } from '../reading/reaction-reader.js';
import type { SeqRange } from './messages.js';

export class Reactions extends ReactionReader {
  readonly #add;
  readonly #remove;
  readonly #clear;
  readonly #clearRange;
  readonly #count;

  constructor(db: SqliteDatabase) {
    super(db);
    this.#add = db.prepare<[number, number, string, number, number, number]>(
      `insert into reactions (rid, seq, emoji, uid, at, by_seq) values (?, ?, ?, ?, ?, ?) on conflict do nothing`,
    );
    this.#remove = db.prepare<[number, number, string, number]>(
      `delete from reactions where rid = ? and seq = ? and emoji = ? and uid = ?`,
    );
    this.#clear = db.prepare<[number, number]>(`delete from reactions where rid = ? and seq = ?`);
    this.#clearRange = db.prepare<[SeqRange]>(`delete from reactions where rid = :rid and seq between :lo and :hi`);
    this.#count = db
      .prepare<[number, number, number], number>(`select count(*) from reactions where rid = ? and seq = ? and uid = ?`)
      .pluck();
  }

  /** @param by the seq of the message that tells of it */
  add(rid: number, seq: number, emoji: string, uid: number, at: number, by: number): void {
    this.#add.run(rid, seq, emoji, uid, at, by);
  }

  remove(rid: number, seq: number, emoji: string, uid: number): void {
    this.#remove.run(rid, seq, emoji, uid);
  }

  clear(rid: number, seq: number): void {
    this.#clear.run(rid, seq);
  }

  clearRange(range: SeqRange): void {
    this.#clearRange.run(range);
  }

  /** How many the user has given to the message. */
  count(rid: number, seq: number, uid: number): number {
    return this.#count.get(rid, seq, uid)!;
  }
}

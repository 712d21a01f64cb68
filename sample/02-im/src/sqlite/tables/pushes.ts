import type { SqliteDatabase } from '../database.js';

export interface NewPush {
  readonly did: number;
  readonly rid: number;
  readonly seq: number;
  readonly inboxSeq: number | null;
  readonly at: number;
}

/** What devices are to be told of: for each of them and each room the newest message. */
export class Pushes {
  readonly #put;
  readonly #remove;
  readonly #removeAll;
  readonly #retry;
  readonly #trim;

  constructor(db: SqliteDatabase) {
    // One that waits for its next attempt waits on: a new message is no reason to ask a busy push service earlier.
    this.#put = db.prepare<[NewPush]>(
      `insert into pushes (did, rid, seq, inbox_seq, due_at) values (:did, :rid, :seq, :inboxSeq, :at)
       on conflict (did, rid) do update set seq = excluded.seq, inbox_seq = excluded.inbox_seq, attempts = 0
       where excluded.seq > seq`,
    );
    this.#remove = db.prepare<[number, number, number]>(`delete from pushes where did = ? and rid = ? and seq <= ?`);
    this.#removeAll = db.prepare<[number]>(`delete from pushes where did = ?`);
    this.#retry = db.prepare<[number, number, number]>(
      `update pushes set due_at = ?, attempts = attempts + 1 where did = ? and rid = ?`,
    );
    this.#trim = db.prepare<[number]>(
      `delete from pushes where (did, rid) in (
         select did, rid from pushes order by due_at desc, did desc, rid desc limit -1 offset ?)`,
    );
  }

  put(push: NewPush): void {
    this.#put.run(push);
  }

  /** Of a message up to this one; a newer one has yet to be told of. */
  remove(did: number, rid: number, seq: number): void {
    this.#remove.run(did, rid, seq);
  }

  removeAll(did: number): void {
    this.#removeAll.run(did);
  }

  retry(did: number, rid: number, at: number): void {
    this.#retry.run(at, did, rid);
  }

  trim(maxRows: number): number {
    return this.#trim.run(maxRows).changes;
  }
}

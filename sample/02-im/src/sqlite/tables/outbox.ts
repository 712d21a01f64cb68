import type { SqliteDatabase } from '../database.js';

/** Messages that nobody has been told of by push yet: written with the message, taken out when it is decided whom to tell. */
export class Outbox {
  readonly #add;
  readonly #keep;
  readonly #remove;
  readonly #trim;

  constructor(db: SqliteDatabase) {
    // Where no device is subscribed, a message costs a look into an empty index.
    this.#add = db.prepare<[number, number, number]>(
      `insert into outbox (rid, seq, since) select ?, ?, ?
       where exists (select 1 from devices where push_endpoint is not null)`,
    );
    this.#keep = db.prepare<[number, number, number]>(
      `insert into outbox (rid, seq, since) select rid, seq, ? from messages where rid = ? and seq = ?`,
    );
    this.#remove = db.prepare<[number, number]>(`delete from outbox where rid = ? and seq <= ?`);
    this.#trim = db.prepare<[number]>(
      `delete from outbox where (rid, seq) in (
         select rid, seq from outbox order by since desc, rid desc, seq desc limit -1 offset ?)`,
    );
  }

  add(rid: number, seq: number, at: number): void {
    this.#add.run(rid, seq, at);
  }

  /** Decides all up to `upTo`, but for `keep`, which waits anew. */
  remove(rid: number, upTo: number, keep: number | undefined, at: number): void {
    this.#remove.run(rid, upTo);
    if (keep !== undefined) this.#keep.run(at, rid, keep);
  }

  trim(maxRows: number): number {
    return this.#trim.run(maxRows).changes;
  }
}

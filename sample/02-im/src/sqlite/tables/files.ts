import type { SqliteDatabase } from '../database.js';
import type { SeqRange } from './messages.js';

export interface NewFile {
  readonly uid: number;
  readonly fileId: string;
  readonly sha256: string;
  readonly size: number;
  readonly mime: string;
  readonly name: string;
  readonly storageKey: string;
  readonly at: number;
}

/** `:fid` is a file that the user `:uid` has uploaded, or that a message which they may see refers to. */
export const FILE_IS_READABLE = `(
  f.uid = :uid or exists (
    select 1 from file_refs x join members m on m.rid = x.rid and m.uid = :uid
    where x.fid = f.fid and m.left_seq is null and x.seq >= m.visible_from
  ))`;

export class Files {
  readonly #find;
  readonly #keyOf;
  readonly #insert;
  readonly #touch;
  readonly #readable;
  readonly #refer;
  readonly #dropReferences;
  readonly #dropRange;
  readonly #collect;
  readonly #isStored;

  constructor(db: SqliteDatabase) {
    this.#find = db.prepare<[number, string, number], { fileId: string; storageKey: string }>(
      `select file_id as fileId, storage_key as storageKey from files where uid = ? and sha256 = ? and size = ?`,
    );
    this.#keyOf = db
      .prepare<[string, number], string>(`select storage_key from files where sha256 = ? and size = ? limit 1`)
      .pluck();
    this.#insert = db.prepare<[NewFile]>(
      `insert into files (file_id, uid, sha256, size, mime, name, storage_key, created_at)
       values (:fileId, :uid, :sha256, :size, :mime, :name, :storageKey, :at)`,
    );
    this.#touch = db.prepare<[number, string]>(`update files set created_at = ? where file_id = ?`);
    this.#readable = db
      .prepare<[{ fileId: string; uid: number }], number>(
        `select f.fid from files f where f.file_id = :fileId and ${FILE_IS_READABLE}`,
      )
      .pluck();
    this.#refer = db.prepare<[number, number, number]>(
      `insert into file_refs (fid, rid, seq) values (?, ?, ?) on conflict do nothing`,
    );
    this.#dropReferences = db.prepare<[number, number]>(`delete from file_refs where rid = ? and seq = ?`);
    this.#dropRange = db.prepare<[SeqRange]>(`delete from file_refs where rid = :rid and seq between :lo and :hi`);
    this.#collect = db
      .prepare<[number], string>(
        `delete from files where created_at < ? and not exists (select 1 from file_refs x where x.fid = files.fid)
         returning storage_key`,
      )
      .pluck();
    this.#isStored = db.prepare<[string]>(`select 1 from files where storage_key = ?`);
  }

  /** The same bytes of the same user are the same file, and as young as the last upload of them. */
  add(file: NewFile): { fileId: string; isNew: boolean; storageKey: string } {
    const known = this.#find.get(file.uid, file.sha256, file.size);
    if (known) {
      this.#touch.run(file.at, known.fileId);
      return { ...known, isNew: false };
    }
    // A key is given to files only while one has it: once it is collected, it is nobody's for ever.
    const storageKey = this.#keyOf.get(file.sha256, file.size) ?? file.storageKey;
    this.#insert.run({ ...file, storageKey });
    return { fileId: file.fileId, isNew: true, storageKey };
  }

  /** @returns undefined if the user may not see it, or there is none */
  readable(fileId: string, uid: number): number | undefined {
    return this.#readable.get({ fileId, uid });
  }

  refer(fid: number, rid: number, seq: number): void {
    this.#refer.run(fid, rid, seq);
  }

  dropReferences(rid: number, seq: number): void {
    this.#dropReferences.run(rid, seq);
  }

  dropRange(range: SeqRange): void {
    this.#dropRange.run(range);
  }

  /** @returns keys of bytes that no file has any more */
  collect(before: number): string[] {
    const keys = new Set(this.#collect.all(before));
    return [...keys].filter((key) => !this.#isStored.get(key));
  }
}

import { ImError } from '../../model/error.js';
import type { StoredFile } from '../../ports/timeline-store.js';
import type { SqliteDatabase } from '../database.js';
import { FILE_IS_READABLE } from '../tables/files.js';

export class FileReader {
  readonly #find;
  readonly #stored;

  constructor(db: SqliteDatabase) {
    this.#find = db.prepare<[{ fileId: string; uid: number }], StoredFile>(
      `select f.file_id, f.sha256, f.size, f.mime, f.name, f.storage_key as storageKey
       from files f where f.file_id = :fileId and ${FILE_IS_READABLE}`,
    );
    this.#stored = db
      .prepare<[string], string>(
        `select one.value from json_each(?) one where exists (select 1 from files f where f.storage_key = one.value)`,
      )
      .pluck();
  }

  file(uid: number, fileId: string): StoredFile {
    const file = this.#find.get({ fileId, uid });
    if (!file) throw new ImError('FORBIDDEN', `You may not see the file ${fileId}`);
    return file;
  }

  stored(keys: readonly string[]): string[] {
    return this.#stored.all(JSON.stringify(keys));
  }
}

import Database from 'better-sqlite3';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { ImError } from '../../model/error.js';
import { renewEpoch, type SqliteDatabase } from '../database.js';

/** Under its name there is a whole copy or none. */
export function backup(db: SqliteDatabase, path: string): void {
  if (existsSync(path)) throw new ImError('CONFLICT', `There is a file ${path} already`);
  const unfinished = `${path}.unfinished`;
  rmSync(unfinished, { force: true });
  db.prepare('vacuum into ?').run(unfinished);
  const copy = new Database(unfinished);
  try {
    copy.pragma('synchronous = FULL');
    renewEpoch(copy);
  } finally {
    copy.close();
  }
  renameSync(unfinished, path);
}

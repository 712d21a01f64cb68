import Database from 'better-sqlite3';
import { randomUUID } from 'node:crypto';
import { userKeys } from '../model/user-id.js';
import { MIGRATIONS } from './schema.js';
import { searchOrigin, searchTokens } from './tables/search-index.js';

export type SqliteDatabase = Database.Database;

/** The one connection that writes. Makes the database, or brings it to the present schema. */
export function openForWriting(path: string): SqliteDatabase {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  // The default of a WAL is NORMAL, with which a loss of power takes what was acknowledged.
  db.pragma('synchronous = FULL');
  db.pragma('cache_size = -65536');
  db.pragma('temp_store = MEMORY');
  db.pragma('wal_autocheckpoint = 4000');
  db.pragma('journal_size_limit = 67108864');
  defineFunctions(db);
  migrate(db);
  return db;
}

/** Sees what is committed, and cannot change it. The database has to be there. */
export function openForReading(path: string): SqliteDatabase {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  db.pragma('cache_size = -32768');
  db.pragma('temp_store = MEMORY');
  return db;
}

/** From now on, what clients know of seqs is void. */
export function renewEpoch(db: SqliteDatabase): void {
  db.prepare(`insert or replace into meta (name, value) values ('epoch', ?)`).run(randomUUID());
}

export function epochOf(db: SqliteDatabase): string {
  return db.prepare<[], string>(`select value from meta where name = 'epoch'`).pluck().get()!;
}

/** What migrations need of the program. */
function defineFunctions(db: SqliteDatabase): void {
  db.function('user_keys', (userId) => JSON.stringify(userKeys(String(userId))));
  db.function('search_tokens', (messageType, content) =>
    searchTokens(Number(messageType), JSON.parse(String(content)) as Record<string, unknown>),
  );
  db.function('search_origin', (rid, senderUid, messageType) =>
    searchOrigin(Number(rid), Number(senderUid), Number(messageType)),
  );
}

function migrate(db: SqliteDatabase): void {
  const upgrade = db.transaction(() => {
    const version = db.pragma('user_version', { simple: true }) as number;
    if (version > MIGRATIONS.length) {
      throw new Error(`The database has version ${version}, which is newer than this program (${MIGRATIONS.length})`);
    }
    for (const migration of MIGRATIONS.slice(version)) db.exec(migration);
    if (version === 0) renewEpoch(db);
    db.pragma(`user_version = ${MIGRATIONS.length}`);
  });
  upgrade.immediate();
}

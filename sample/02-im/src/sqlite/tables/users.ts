import type { SqliteDatabase } from '../database.js';

export const USER_IS_ADMIN = 1;

export interface UserRow {
  readonly uid: number;
  readonly user_id: string;
  readonly name: string;
  readonly flags: number;
}

export interface ActorRow extends UserRow {
  readonly did: number | null;
  readonly device_id: string | null;
  readonly revoked_at: number | null;
}

export class Users {
  readonly #insert;
  readonly #find;
  readonly #actor;

  constructor(db: SqliteDatabase) {
    this.#insert = db.prepare<[string, string, string, number, number]>(
      `insert into users (user_id, name, pass_hash, flags, created_at) values (?, ?, ?, ?, ?) on conflict do nothing`,
    );
    this.#find = db.prepare<[string], UserRow>(`select uid, user_id, name, flags from users where user_id = ?`);
    this.#actor = db.prepare<[string, string], ActorRow>(
      `select u.uid, u.user_id, u.name, u.flags, d.did, d.device_id, d.revoked_at
       from users u left join devices d on d.uid = u.uid and d.device_id = ?
       where u.user_id = ?`,
    );
  }

  /** @returns undefined if the id is taken */
  insert(userId: string, name: string, passwordHash: string, flags: number, at: number): number | undefined {
    const { changes, lastInsertRowid } = this.#insert.run(userId, name, passwordHash, flags, at);
    return changes === 0 ? undefined : Number(lastInsertRowid);
  }

  find(userId: string): UserRow | undefined {
    return this.#find.get(userId);
  }

  actor(userId: string, deviceId: string): ActorRow | undefined {
    return this.#actor.get(deviceId, userId);
  }
}

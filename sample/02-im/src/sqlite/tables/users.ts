import { userKeys } from '../../model/user-id.js';
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
  readonly #claim;
  readonly #holder;
  readonly #find;
  readonly #actor;

  constructor(db: SqliteDatabase) {
    this.#insert = db.prepare<[string, string, string, number, number]>(
      `insert into users (user_id, name, pass_hash, flags, created_at) values (?, ?, ?, ?, ?) on conflict do nothing`,
    );
    this.#claim = db.prepare<[string, number]>(`insert into user_keys (key, uid) values (?, ?) on conflict do nothing`);
    this.#holder = db
      .prepare<[string], string>(`select u.user_id from user_keys k join users u on u.uid = k.uid where k.key = ?`)
      .pluck();
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

  /** @returns whose id is taken for this one, if there is anybody */
  claim(uid: number, userId: string): string | undefined {
    const taken = userKeys(userId).find((key) => this.#claim.run(key, uid).changes === 0);
    return taken === undefined ? undefined : this.#holder.get(taken);
  }

  find(userId: string): UserRow | undefined {
    return this.#find.get(userId);
  }

  actor(userId: string, deviceId: string): ActorRow | undefined {
    return this.#actor.get(deviceId, userId);
  }
}

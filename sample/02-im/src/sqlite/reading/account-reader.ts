import type { UserInfo } from '../../model/message.js';
import type { Account, Device } from '../../ports/timeline-store.js';
import type { SqliteDatabase } from '../database.js';
import { USER_IS_ADMIN } from '../tables/users.js';

const MAX_FOUND = 20;

export class AccountReader {
  readonly #account;
  readonly #find;
  readonly #devices;
  readonly #isValid;

  constructor(db: SqliteDatabase) {
    this.#account = db.prepare<[string], { user_id: string; name: string; pass_hash: string; flags: number }>(
      `select user_id, name, pass_hash, flags from users where user_id = ?`,
    );
    // Two ranges of two indexes; as one condition it would be a scan.
    this.#find = db.prepare<[{ text: string; end: string; limit: number }], UserInfo>(
      `select user_id, name from users where uid in (
         select * from (select uid from users where user_id collate nocase >= :text
                        and user_id collate nocase < :end order by user_id collate nocase limit :limit)
         union select * from (select uid from users where name collate nocase >= :text
                              and name collate nocase < :end order by name collate nocase limit :limit))
       order by user_id collate nocase limit :limit`,
    );
    this.#devices = db.prepare<[string], Omit<Device, 'revoked'> & { revoked: number }>(
      `select d.device_id, d.name, d.platform, d.last_seen_at, d.revoked_at is not null as revoked
       from devices d join users u on u.uid = d.uid where u.user_id = ? order by d.did`,
    );
    this.#isValid = db.prepare<[string, string, number]>(
      `select 1 from devices d join users u on u.uid = d.uid
       where u.user_id = ? and d.device_id = ? and d.generation = ? and d.revoked_at is null`,
    );
  }

  account(userId: string): Account | undefined {
    const row = this.#account.get(userId);
    if (!row) return undefined;
    const { user_id, name, pass_hash, flags } = row;
    return { user_id, name, passwordHash: pass_hash, isAdmin: (flags & USER_IS_ADMIN) !== 0 };
  }

  find(text: string): UserInfo[] {
    return text === '' ? [] : this.#find.all({ text, end: `${text}\u{10ffff}`, limit: MAX_FOUND });
  }

  devices(userId: string): Device[] {
    return this.#devices.all(userId).map((row) => ({ ...row, revoked: row.revoked === 1 }));
  }

  isDeviceValid(userId: string, deviceId: string, generation: number): boolean {
    return this.#isValid.get(userId, deviceId, generation) !== undefined;
  }
}

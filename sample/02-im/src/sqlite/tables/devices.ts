import type { SqliteDatabase } from '../database.js';

export class Devices {
  readonly #open;
  readonly #refresh;
  readonly #revoke;
  readonly #acknowledge;

  constructor(db: SqliteDatabase) {
    this.#open = db
      .prepare<[number, string, string, string, string, number], number>(
        `insert into devices (uid, device_id, name, platform, refresh_hash, last_seen_at) values (?, ?, ?, ?, ?, ?)
       on conflict (uid, device_id) do update set
         name = excluded.name, platform = excluded.platform, refresh_hash = excluded.refresh_hash,
         last_seen_at = excluded.last_seen_at, revoked_at = null
       returning generation`,
      )
      .pluck();
    this.#refresh = db
      .prepare<[string, number, number, string, string], number>(
        `update devices set refresh_hash = ?, last_seen_at = ?
       where uid = ? and device_id = ? and refresh_hash = ? and revoked_at is null
       returning generation`,
      )
      .pluck();
    this.#revoke = db.prepare<[number, number, string]>(
      `update devices set revoked_at = ifnull(revoked_at, ?), refresh_hash = null, generation = generation + 1
       where uid = ? and device_id = ?`,
    );
    this.#acknowledge = db.prepare<[number, number, number]>(
      `update devices set inbox_ack = max(inbox_ack, ?), last_seen_at = ? where did = ?`,
    );
  }

  /** @returns how often it was revoked before */
  open(uid: number, deviceId: string, name: string, platform: string, refreshHash: string, at: number): number {
    return this.#open.get(uid, deviceId, name, platform, refreshHash, at)!;
  }

  /** @returns how often it was revoked before; undefined if the hash was not the device's present one */
  refresh(uid: number, deviceId: string, refreshHash: string, nextHash: string, at: number): number | undefined {
    return this.#refresh.get(nextHash, at, uid, deviceId, refreshHash);
  }

  /** @returns whether there is such a device */
  revoke(uid: number, deviceId: string, at: number): boolean {
    return this.#revoke.run(at, uid, deviceId).changes === 1;
  }

  acknowledge(did: number, inboxSeq: number, at: number): void {
    this.#acknowledge.run(inboxSeq, at, did);
  }
}

import type { SqliteDatabase } from '../database.js';

export class Devices {
  readonly #open;
  readonly #refresh;
  readonly #revoke;
  readonly #acknowledge;
  readonly #release;
  readonly #subscribe;
  readonly #unsubscribe;
  readonly #limitSubscribed;

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
      `update devices set revoked_at = ifnull(revoked_at, ?), refresh_hash = null, generation = generation + 1,
         push_endpoint = null, push_keys = null
       where uid = ? and device_id = ?`,
    );
    this.#acknowledge = db.prepare<[number, number, number]>(
      `update devices set inbox_ack = max(inbox_ack, ?), last_seen_at = ? where did = ?`,
    );
    this.#release = db.prepare<[string, number]>(
      `update devices set push_endpoint = null, push_keys = null where push_endpoint = ? and did <> ?`,
    );
    this.#subscribe = db.prepare<[string, string, number]>(
      `update devices set push_endpoint = ?, push_keys = ? where did = ?`,
    );
    this.#unsubscribe = db.prepare<[{ did: number; endpoint: string | null }]>(
      `update devices set push_endpoint = null, push_keys = null
       where did = :did and push_endpoint is not null and push_endpoint = ifnull(:endpoint, push_endpoint)`,
    );
    this.#limitSubscribed = db.prepare<[number, number, number]>(
      `update devices set push_endpoint = null, push_keys = null where did in (
         select did from devices where uid = ? and push_endpoint is not null
         order by did = ? desc, last_seen_at desc limit -1 offset ?)`,
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

  /** A browser that several people use has one endpoint: it is theirs who came last. */
  subscribe(did: number, endpoint: string, keys: string): void {
    this.#release.run(endpoint, did);
    this.#subscribe.run(endpoint, keys, did);
  }

  /** @param endpoint only if it still is this one @returns whether there was a subscription */
  unsubscribe(did: number, endpoint?: string): boolean {
    return this.#unsubscribe.run({ did, endpoint: endpoint ?? null }).changes === 1;
  }

  /** Those that were seen last keep theirs, `did` first of all. */
  limitSubscribed(uid: number, did: number, most: number): void {
    this.#limitSubscribed.run(uid, did, most);
  }
}

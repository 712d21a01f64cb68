import { Role } from '../../model/room.js';
import type { SqliteDatabase } from '../database.js';
import type { RoomRow } from './rooms.js';

export interface MemberRow {
  readonly rid: number;
  readonly uid: number;
  readonly user_id: string;
  readonly role: Role;
  readonly visible_from: number;
  readonly read_seq: number;
  readonly read_badge: number;
  readonly recv_seq: number;
  readonly mute_until: number | null;
}

export interface Recipient {
  readonly uid: number;
  readonly user_id: string;
}

/** Who is in a room, and from which seq on. */
export interface Reader extends Recipient {
  readonly visible_from: number;
}

/** Who is in a room. Those who have left stay in the table, so that what they may see of the past stays known. */
export class Members {
  readonly #add;
  readonly #find;
  readonly #all;
  readonly #visibleToAllFrom;
  readonly #leave;
  readonly #depart;
  readonly #isBanned;
  readonly #read;
  readonly #receive;
  readonly #tell;
  readonly #setRole;
  readonly #mute;
  readonly #pin;
  readonly #silence;
  readonly #heir;

  constructor(db: SqliteDatabase) {
    this.#add = db.prepare<[number, number, number, number, number, number]>(
      `insert into members (rid, uid, role, visible_from, read_seq, read_badge) values (?, ?, ?, ?, ?, ?)
       on conflict (rid, uid) do update set
         role = excluded.role, visible_from = excluded.visible_from, left_seq = null, banned = 0,
         read_seq = excluded.read_seq, read_badge = excluded.read_badge`,
    );
    this.#find = db.prepare<[number, number], MemberRow>(
      `select m.rid, m.uid, u.user_id, m.role, m.visible_from, m.read_seq, m.read_badge, m.recv_seq, m.mute_until
       from members m join users u on u.uid = m.uid
       where m.rid = ? and m.uid = ? and m.left_seq is null`,
    );
    this.#all = db.prepare<[number], Reader>(
      `select m.uid, u.user_id, m.visible_from from members m join users u on u.uid = m.uid where m.rid = ? and m.left_seq is null`,
    );
    this.#visibleToAllFrom = db
      .prepare<[number], number | null>(`select max(visible_from) from members where rid = ? and left_seq is null`)
      .pluck();
    this.#leave = db.prepare<[number, number, number, number]>(
      `update members set left_seq = ?, banned = ? where rid = ? and uid = ?`,
    );
    this.#isBanned = db
      .prepare<[number, number], number>(`select banned from members where rid = ? and uid = ?`)
      .pluck();
    this.#depart = db.prepare<[number, number, number]>(`insert into departures (uid, rid, left_seq) values (?, ?, ?)`);
    this.#read = db.prepare<[number, number, number, number]>(
      `update members set read_seq = ?, read_badge = ? where rid = ? and uid = ?`,
    );
    this.#receive = db.prepare<[number, number, number]>(`update members set recv_seq = ? where rid = ? and uid = ?`);
    this.#tell = db.prepare<[number, number, number]>(
      `update members set push_seq = max(push_seq, ?) where rid = ? and uid = ?`,
    );
    this.#setRole = db.prepare<[Role, number, number]>(`update members set role = ? where rid = ? and uid = ?`);
    this.#mute = db.prepare<[number, number, number]>(`update members set mute_until = ? where rid = ? and uid = ?`);
    this.#pin = db.prepare<[{ at: number | null; rid: number; uid: number }]>(
      `update members set pinned_at = :at
       where rid = :rid and uid = :uid and (pinned_at is null) = (:at is not null)`,
    );
    this.#silence = db.prepare<[{ until: number | null; rid: number; uid: number }]>(
      `update members set notifications_off_until = :until
       where rid = :rid and uid = :uid and notifications_off_until is not :until`,
    );
    this.#heir = db.prepare<[number, number], MemberRow>(
      `select m.rid, m.uid, u.user_id, m.role, m.visible_from, m.read_seq, m.read_badge, m.recv_seq, m.mute_until
       from members m join users u on u.uid = m.uid
       where m.rid = ? and m.uid <> ? and m.left_seq is null
       order by m.role desc, m.visible_from, m.uid limit 1`,
    );
  }

  /** From the given seq on; nothing before it is unread. */
  add(room: RoomRow, uid: number, role: Role, visibleFrom: number, readSeq = visibleFrom): void {
    this.#add.run(room.rid, uid, role, visibleFrom, readSeq, room.badge_seq);
  }

  find(rid: number, uid: number): MemberRow | undefined {
    return this.#find.get(rid, uid);
  }

  all(rid: number): Reader[] {
    return this.#all.all(rid);
  }

  /** From where on even the last one who came may see the room. */
  visibleToAllFrom(rid: number): number {
    return this.#visibleToAllFrom.get(rid) ?? 1;
  }

  /**
   * @param seq the last that they see
   * @param isBanned they may not come back of their own accord
   */
  leave(rid: number, uid: number, seq: number, isBanned: boolean): void {
    this.#leave.run(seq, isBanned ? 1 : 0, rid, uid);
    this.#depart.run(uid, rid, seq);
  }

  /** Whether they were kicked, and nobody has invited them since. */
  isBanned(rid: number, uid: number): boolean {
    return this.#isBanned.get(rid, uid) === 1;
  }

  read(rid: number, uid: number, seq: number, badge: number): void {
    this.#read.run(seq, badge, rid, uid);
  }

  receive(rid: number, uid: number, seq: number): void {
    this.#receive.run(seq, rid, uid);
  }

  /** By push, of all up to this one. */
  tell(rid: number, uid: number, seq: number): void {
    this.#tell.run(seq, rid, uid);
  }

  setRole(rid: number, uid: number, role: Role): void {
    this.#setRole.run(role, rid, uid);
  }

  mute(rid: number, uid: number, until: number): void {
    this.#mute.run(until, rid, uid);
  }

  /** @returns whether that is new */
  pin(rid: number, uid: number, at: number | null): boolean {
    return this.#pin.run({ at, rid, uid }).changes === 1;
  }

  /**
   * No notifications of the room until then; null: from now on again.
   * @returns whether that is new
   */
  silence(rid: number, uid: number, until: number | null): boolean {
    return this.#silence.run({ until, rid, uid }).changes === 1;
  }

  /** Who becomes the owner when this one leaves: the highest in role, then the longest there. */
  heir(rid: number, uid: number): MemberRow | undefined {
    return this.#heir.get(rid, uid);
  }
}

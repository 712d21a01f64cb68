import type { RoomKind } from '../../model/room.js';
import type { SqliteDatabase } from '../database.js';

/** Counters of a room, as they are now: an append moves them here and in the table. */
export interface RoomRow {
  readonly rid: number;
  readonly room_id: string;
  readonly kind: RoomKind;
  readonly title: string;
  timeline_from: number | null;
  last_seq: number;
  badge_seq: number;
  last_at: number;
  shown_seq: number;
  active_at: number;
  member_count: number;
  /** The first that has not expired, and how many before it counted as unread. */
  readonly first_seq: number;
  readonly first_badge: number;
}

export interface RetentionRow {
  readonly rid: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly retention_days: number;
}

export class Rooms {
  readonly #insert;
  readonly #find;
  readonly #findDirect;
  readonly #advance;
  readonly #setMemberCount;
  readonly #setTimelineFrom;
  readonly #setTitle;
  readonly #setRetention;
  readonly #withRetention;
  readonly #setFirst;

  constructor(db: SqliteDatabase) {
    const columns = `rid, room_id, kind, title, timeline_from, last_seq, badge_seq, last_at, shown_seq, active_at, member_count,
      first_seq, first_badge`;
    this.#insert = db.prepare<[string, string, string | null, string, number]>(
      `insert into rooms (room_id, kind, dm_key, title, created_at) values (?, ?, ?, ?, ?)`,
    );
    this.#find = db.prepare<[string], RoomRow>(`select ${columns} from rooms where room_id = ?`);
    this.#findDirect = db.prepare<[string], RoomRow>(`select ${columns} from rooms where dm_key = ?`);
    this.#advance = db.prepare<[number, number, number, number, number, number]>(
      `update rooms set last_seq = ?, badge_seq = ?, last_at = ?, shown_seq = ?, active_at = ? where rid = ?`,
    );
    this.#setMemberCount = db.prepare<[number, number]>(
      `update rooms set member_count = ?, version = version + 1 where rid = ?`,
    );
    this.#setTimelineFrom = db.prepare<[number, number]>(
      `update rooms set timeline_from = ?, version = version + 1 where rid = ?`,
    );
    this.#setTitle = db.prepare<[string, number]>(`update rooms set title = ?, version = version + 1 where rid = ?`);
    this.#setRetention = db.prepare<[number | null, number]>(
      `update rooms set retention_days = ?, version = version + 1 where rid = ?`,
    );
    this.#withRetention = db.prepare<[], RetentionRow>(
      `select rid, first_seq, last_seq, retention_days from rooms where retention_days is not null`,
    );
    this.#setFirst = db.prepare<[number, number, number]>(
      `update rooms set first_seq = ?, first_badge = ? where rid = ?`,
    );
  }

  insert(room: { roomId: string; kind: RoomKind; directKey?: string; title: string; at: number }): RoomRow {
    this.#insert.run(room.roomId, room.kind, room.directKey ?? null, room.title, room.at);
    return this.find(room.roomId)!;
  }

  find(roomId: string): RoomRow | undefined {
    return this.#find.get(roomId);
  }

  findDirect(directKey: string): RoomRow | undefined {
    return this.#findDirect.get(directKey);
  }

  /** Writes the counters. */
  advance(room: RoomRow): void {
    this.#advance.run(room.last_seq, room.badge_seq, room.last_at, room.shown_seq, room.active_at, room.rid);
  }

  addMembers(room: RoomRow, count: number): void {
    room.member_count += count;
    this.#setMemberCount.run(room.member_count, room.rid);
  }

  /** What comes from this seq on is in no inbox. */
  setTimelineFrom(room: RoomRow, seq: number): void {
    room.timeline_from = seq;
    this.#setTimelineFrom.run(seq, room.rid);
  }

  setTitle(room: RoomRow, title: string): void {
    this.#setTitle.run(title, room.rid);
  }

  /** @param days null: what is said is kept for ever */
  setRetention(room: RoomRow, days: number | null): void {
    this.#setRetention.run(days, room.rid);
  }

  withRetention(): RetentionRow[] {
    return this.#withRetention.all();
  }

  /** What was before it has expired. */
  setFirst(rid: number, seq: number, badge: number): void {
    this.#setFirst.run(seq, badge, rid);
  }
}

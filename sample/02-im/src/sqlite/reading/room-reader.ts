import { ImError } from '../../model/error.js';
import type { UserInfo } from '../../model/message.js';
import type { Role, RoomKind, RoomMember, RoomSummary } from '../../model/room.js';
import type { SqliteDatabase } from '../database.js';
import { SYSTEM_ROOM } from '../schema.js';
import type { AccessRow } from './access.js';
import type { MessageReader } from './message-reader.js';

const MAX_PAGE = 200;

interface SummaryRow {
  readonly rid: number;
  readonly room_id: string;
  readonly kind: RoomKind;
  readonly title: string;
  readonly timeline_from: number | null;
  readonly last_seq: number;
  readonly badge_seq: number;
  readonly shown_seq: number;
  readonly active_at: number;
  readonly member_count: number;
  readonly version: number;
  readonly retention_days: number | null;
  readonly role: Role;
  readonly visible_from: number;
  readonly read_seq: number;
  readonly read_badge: number;
  readonly pinned_at: number | null;
  readonly notifications_off_until: number | null;
  readonly mentioned: number;
}

interface MemberRow {
  readonly user_id: string;
  readonly name: string;
  readonly role: Role;
  readonly read_seq: number;
  readonly recv_seq: number;
  readonly mute_until: number | null;
}

export class RoomReader {
  readonly #page;
  readonly #one;
  readonly #peer;
  readonly #pins;
  readonly #members;
  readonly #peers;

  constructor(
    db: SqliteDatabase,
    private readonly messages: MessageReader,
  ) {
    const select = `
      select r.rid, r.room_id, r.kind, r.title, r.timeline_from, r.last_seq, r.badge_seq, r.shown_seq, r.active_at,
        r.member_count, r.version, r.retention_days, m.role, max(m.visible_from, r.first_seq) as visible_from,
        m.read_seq, max(m.read_badge, r.first_badge) as read_badge, m.pinned_at,
        m.notifications_off_until,
        exists (select 1 from mentions x where x.uid = m.uid and x.rid = m.rid and x.seq > m.read_seq) as mentioned
      from members m join rooms r on r.rid = m.rid
      where m.left_seq is null and m.uid = :uid`;
    this.#page = db.prepare<[{ uid: number; at: number; rid: number; limit: number }], SummaryRow>(
      `${select} and r.last_seq > 0 and (r.active_at, r.rid) < (:at, :rid) order by r.active_at desc, r.rid desc limit :limit`,
    );
    this.#one = db.prepare<[{ uid: number; rid: number }], SummaryRow>(`${select} and m.rid = :rid`);
    this.#peer = db.prepare<[number, number], UserInfo>(
      `select u.user_id, u.name from members m join users u on u.uid = m.uid where m.rid = ?
       order by m.uid = ? limit 1`,
    );
    this.#pins = db.prepare<[number, number], number>(`select seq from pins where rid = ? and seq >= ?`).pluck();
    this.#members = db.prepare<[number], MemberRow>(
      `select u.user_id, u.name, m.role, m.read_seq, m.recv_seq, m.mute_until
       from members m join users u on u.uid = m.uid
       where m.rid = ? and m.left_seq is null order by m.role desc, m.uid`,
    );
    this.#peers = db
      .prepare<[{ uid: number; among: string }], string>(
        `select u.user_id from json_each(:among) one join users u on u.user_id = one.value
         where u.uid = :uid or exists (
           select 1 from members mine join members theirs on theirs.rid = mine.rid and theirs.uid = u.uid
           where mine.uid = :uid and mine.left_seq is null and theirs.left_seq is null
             and mine.rid <> ${SYSTEM_ROOM.rid})
         order by one.key`,
      )
      .pluck();
  }

  page(uid: number, cursor: string | undefined, limit: number): { rooms: RoomSummary[]; cursor?: string } {
    const size = Math.max(1, Math.min(limit, MAX_PAGE));
    const rows = this.#page.all({ uid, ...positionOf(cursor), limit: size + 1 });
    const shown = rows.slice(0, size);
    const rooms = shown.map((row) => this.#summary(uid, row));
    const last = shown.at(-1);
    return rows.length > size && last ? { rooms, cursor: `${last.active_at}-${last.rid}` } : { rooms };
  }

  one({ rid, uid }: AccessRow): RoomSummary {
    return this.#summary(uid, this.#one.get({ rid, uid })!);
  }

  members({ rid }: AccessRow): RoomMember[] {
    return this.#members.all(rid).map(({ mute_until, ...member }) => ({
      ...member,
      ...(mute_until !== null && mute_until > Date.now() && { mute_until }),
    }));
  }

  peers(uid: number, among: readonly string[]): string[] {
    return this.#peers.all({ uid, among: JSON.stringify(among) });
  }

  #summary(uid: number, row: SummaryRow): RoomSummary {
    const peer = row.kind === 'dm' ? this.#peer.get(row.rid, uid) : undefined;
    return {
      room_id: row.room_id,
      kind: row.kind,
      mode: row.timeline_from === null ? 'inbox' : 'timeline',
      title: peer?.name ?? row.title,
      ...(peer && { peer }),
      role: row.role,
      member_count: row.member_count,
      last_seq: row.last_seq,
      last_message: this.messages.lastShown(row.rid, uid, row.visible_from, row.shown_seq),
      read_seq: row.read_seq,
      unread: row.badge_seq - row.read_badge,
      mentioned: row.mentioned === 1,
      pinned: row.pinned_at !== null,
      ...(row.notifications_off_until !== null &&
        row.notifications_off_until > Date.now() && { muted_until: row.notifications_off_until }),
      visible_from: row.visible_from,
      version: row.version,
      ...(row.retention_days !== null && { retention_days: row.retention_days }),
      pins: this.#pins.all(row.rid, row.visible_from),
    };
  }
}

function positionOf(cursor: string | undefined): { at: number; rid: number } {
  if (cursor === undefined) return { at: Number.MAX_SAFE_INTEGER, rid: 0 };
  const [, at, rid] = /^(\d{1,15})-(\d{1,15})$/.exec(cursor) ?? [];
  if (at === undefined || rid === undefined) throw new ImError('BAD_REQUEST', 'This is no cursor of a list of rooms');
  return { at: Number(at), rid: Number(rid) };
}

import { ImError } from '../../model/error.js';
import type { RoomKind } from '../../model/room.js';
import type { SqliteDatabase } from '../database.js';

export interface AccessRow {
  readonly rid: number;
  readonly uid: number;
  readonly kind: RoomKind;
  readonly visible_from: number;
}

/** Who may see what. */
export class Access {
  readonly #uid;
  readonly #room;

  constructor(db: SqliteDatabase) {
    this.#uid = db.prepare<[string], number>(`select uid from users where user_id = ?`).pluck();
    this.#room = db.prepare<[string, string], AccessRow>(
      `select r.rid, m.uid, r.kind, max(m.visible_from, r.first_seq) as visible_from
       from rooms r join users u on u.user_id = ? join members m on m.rid = r.rid and m.uid = u.uid
       where r.room_id = ? and m.left_seq is null`,
    );
  }

  findUser(userId: string): number | undefined {
    return this.#uid.get(userId);
  }

  user(userId: string): number {
    const uid = this.findUser(userId);
    if (uid === undefined) throw new ImError('FORBIDDEN', `There is no user ${userId}`);
    return uid;
  }

  findRoom(userId: string, roomId: string): AccessRow | undefined {
    return this.#room.get(userId, roomId);
  }

  room(userId: string, roomId: string): AccessRow {
    const row = this.findRoom(userId, roomId);
    if (!row) throw new ImError('FORBIDDEN', 'You are not a member of this room', { room_id: roomId });
    return row;
  }
}

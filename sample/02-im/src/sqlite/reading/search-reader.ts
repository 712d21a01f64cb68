import { ImError } from '../../model/error.js';
import type { ImMessage } from '../../model/message.js';
import type { SearchQuery } from '../../ports/timeline-store.js';
import type { SqliteDatabase } from '../database.js';
import { roomToken, senderToken, typeToken } from '../tables/search-index.js';
import { searchExpression } from '../tokenizer.js';
import type { Access } from './access.js';
import { NOT_HIDDEN, type MessageReader } from './message-reader.js';

const MAX_FOUND = 50;

/** With more of them in one expression, the index is slower than with several expressions. */
const ROOMS_AT_ONCE = 500;

interface Lookup {
  readonly match: string;
  readonly uid: number;
  readonly before: number;
  readonly limit: number;
}

export class SearchReader {
  readonly #find;
  readonly #roomsOf;

  constructor(
    db: SqliteDatabase,
    private readonly access: Access,
    private readonly messages: MessageReader,
  ) {
    // The cross join keeps the index outermost: it yields the newest first, and stops when there are enough.
    this.#find = db
      .prepare<[Lookup], number>(
        `select m.mid
         from msg_fts
           cross join messages m on m.mid = msg_fts.rowid
           cross join members mb on mb.rid = m.rid and mb.uid = :uid
         where msg_fts match :match and msg_fts.rowid < :before
           and mb.left_seq is null and m.seq >= mb.visible_from
           and ${NOT_HIDDEN}
         order by msg_fts.rowid desc limit :limit`,
      )
      .pluck();
    this.#roomsOf = db.prepare<[number], number>(`select rid from members where uid = ? and left_seq is null`).pluck();
  }

  search({ userId, q, roomId, fromUserId, messageType, before, limit }: SearchQuery): {
    messages: ImMessage[];
    more: boolean;
  } {
    const uid = this.access.user(userId);
    const rooms = roomId === undefined ? this.#roomsOf.all(uid) : [this.access.room(userId, roomId).rid];
    const sender = fromUserId === undefined ? null : this.access.findUser(fromUserId);
    const words = searchExpression(q);
    if (words === undefined || sender === undefined) return { messages: [], more: false };
    const size = Math.max(1, Math.min(limit, MAX_FOUND));
    const lookup = { uid, before: beforeOf(before), limit: size + 1 };
    const wanted = [
      `tokens : (${words})`,
      ...(sender === null ? [] : [`origin : "${senderToken(sender)}"`]),
      ...(messageType === undefined ? [] : [`origin : "${typeToken(messageType)}"`]),
    ].join(' AND ');
    const found: number[] = [];
    for (let index = 0; index < rooms.length; index += ROOMS_AT_ONCE) {
      const among = rooms.slice(index, index + ROOMS_AT_ONCE).map(roomToken);
      found.push(...this.#find.all({ ...lookup, match: `${wanted} AND origin : (${among.join(' OR ')})` }));
    }
    const newest = found.toSorted((a, b) => b - a);
    return { messages: newest.slice(0, size).map((mid) => this.messages.byId(mid)), more: newest.length > size };
  }
}

function beforeOf(messageId: string | undefined): number {
  if (messageId === undefined) return Number.MAX_SAFE_INTEGER;
  if (!/^\d{1,15}$/.test(messageId)) throw new ImError('BAD_REQUEST', 'This is no message_id');
  return Number(messageId);
}

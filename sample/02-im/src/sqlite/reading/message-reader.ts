import { MessageType, type ImMessage } from '../../model/message.js';
import type { SqliteDatabase } from '../database.js';
import {
  asSeenFrom,
  Flag,
  inVersion,
  MESSAGE_COLUMNS,
  MESSAGE_JOINS,
  toMessage,
  type MessageRow,
  type VersionRow,
} from '../message-row.js';
import type { AccessRow } from './access.js';
import { ReactionReader } from './reaction-reader.js';

const MAX_HISTORY = 200;

/** The user `:uid` has not hidden the message `m`. */
export const NOT_HIDDEN = `not exists (
  select 1 from hides h where h.uid = :uid and h.rid = m.rid and m.seq between h.lo and h.hi)`;

interface Range {
  readonly rid: number;
  readonly uid: number;
  readonly lo: number;
  readonly hi: number;
  readonly limit: number;
}

export class MessageReader {
  readonly #reactions: ReactionReader;
  readonly #at;
  readonly #versionAt;
  readonly #byId;
  readonly #forward;
  readonly #backward;
  readonly #lastShown;

  constructor(db: SqliteDatabase) {
    this.#reactions = new ReactionReader(db);
    const select = `select ${MESSAGE_COLUMNS} from messages m ${MESSAGE_JOINS}`;
    const range = `where m.rid = :rid and m.seq between :lo and :hi and ${NOT_HIDDEN}`;
    this.#at = db.prepare<[number, number], MessageRow>(`${select} where m.rid = ? and m.seq = ?`);
    this.#versionAt = db.prepare<[number, number, number], VersionRow>(
      `select version, content, mentions from message_versions
       where rid = ? and seq = ? and replaced_by > ? order by version limit 1`,
    );
    this.#byId = db.prepare<[number], MessageRow>(`${select} where m.mid = ?`);
    this.#forward = db.prepare<[Range], MessageRow>(`${select} ${range} order by m.seq limit :limit`);
    this.#backward = db.prepare<[Range], MessageRow>(`${select} ${range} order by m.seq desc limit :limit`);
    this.#lastShown = db.prepare<[Range], MessageRow>(
      `${select} ${range} and m.target_seq is null and m.message_type <> ${MessageType.Mode}
       order by m.seq desc limit :limit`,
    );
  }

  at(rid: number, seq: number): ImMessage {
    return this.#toMessage(this.#at.get(rid, seq)!);
  }

  /** As it was when the message `until` was the room's last one; of what has been recalled since, nothing is left. */
  asOf(until: number, rid: number, seq: number): ImMessage {
    const row = this.#at.get(rid, seq)!;
    const edited = row.message_type === MessageType.Edit ? row.target_seq! : seq;
    const version = this.#versionAt.get(rid, edited, until);
    const reactions = this.#reactions.of(rid, seq, until);
    const flags = Object.keys(reactions).length > 0 ? row.flags : row.flags & ~Flag.Reacted;
    const before = { ...row, flags };
    return toMessage(version ? inVersion(before, version) : before, () => reactions);
  }

  byId(mid: number): ImMessage {
    return this.#toMessage(this.#byId.get(mid)!);
  }

  /** With `after`, the first ones after it; otherwise the last ones, before `before`. */
  history(
    { rid, uid, visible_from }: AccessRow,
    { before = Number.MAX_SAFE_INTEGER, after, limit }: { before?: number; after?: number; limit: number },
  ): ImMessage[] {
    const range = {
      rid,
      uid,
      lo: Math.max(visible_from, (after ?? 0) + 1),
      hi: before - 1,
      limit: Math.max(0, Math.min(limit, MAX_HISTORY)),
    };
    const rows = after === undefined ? this.#backward.all(range).toReversed() : this.#forward.all(range);
    return rows.map((row) => asSeenFrom(visible_from, this.#toMessage(row)));
  }

  /** What a list of rooms shows. */
  lastShown(rid: number, uid: number, visibleFrom: number, shownSeq: number): ImMessage | null {
    const row = this.#lastShown.get({ rid, uid, lo: visibleFrom, hi: shownSeq, limit: 1 });
    return row ? this.#toMessage(row) : null;
  }

  #toMessage(row: MessageRow): ImMessage {
    return toMessage(row, (rid, seq) => this.#reactions.of(rid, seq));
  }
}

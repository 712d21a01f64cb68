import type { ImMessage } from '../../model/message.js';
import type { SqliteDatabase } from '../database.js';
import { Flag, MESSAGE_COLUMNS, MESSAGE_JOINS, toMessage, type MessageRow } from '../message-row.js';
import type { Reactions } from './reactions.js';

/** The message that a client_msg_id belongs to. */
export interface EarlierRow {
  readonly mid: number;
  readonly seq: number;
  readonly inbox_seq: number | null;
  readonly payload_hash: Buffer;
  readonly room_id: string;
  readonly to_id: string | null;
}

export interface TargetRow {
  readonly mid: number;
  readonly seq: number;
  readonly sender_uid: number;
  readonly message_type: number;
  readonly flags: number;
  readonly version: number;
  readonly content: string | null;
  readonly created_at: number;
}

export interface NewMessageRow {
  rid: number;
  seq: number;
  badge: number;
  sender_uid: number;
  sender_did: number | null;
  client_msg_id: string;
  payload_hash: Buffer;
  type: number;
  message_type: number;
  flags: number;
  target_seq: number | null;
  reply_to: number | null;
  to_uid: number | null;
  inbox_seq: number | null;
  mentions: string | null;
  content: string;
  created_at: number;
}

/** From the one seq to the other, both included. */
export interface SeqRange {
  readonly rid: number;
  readonly lo: number;
  readonly hi: number;
}

export class Messages {
  readonly #insert;
  readonly #earlier;
  readonly #read;
  readonly #target;
  readonly #badge;
  readonly #recall;
  readonly #dropVersions;
  readonly #keepVersion;
  readonly #edit;
  readonly #markReacted;
  readonly #firstSince;
  readonly #expire;
  readonly #dropVersionsOf;

  constructor(
    db: SqliteDatabase,
    private readonly reactions: Reactions,
  ) {
    this.#insert = db.prepare<[NewMessageRow]>(
      `insert into messages (rid, seq, badge, sender_uid, sender_did, client_msg_id, payload_hash, type, message_type,
         flags, target_seq, reply_to, to_uid, inbox_seq, mentions, content, created_at)
       values (:rid, :seq, :badge, :sender_uid, :sender_did, :client_msg_id, :payload_hash, :type, :message_type,
         :flags, :target_seq, :reply_to, :to_uid, :inbox_seq, :mentions, :content, :created_at)`,
    );
    this.#earlier = db.prepare<[number, string], EarlierRow>(
      `select m.mid, m.seq, m.inbox_seq, m.payload_hash, r.room_id, p.user_id as to_id
       from messages m join rooms r on r.rid = m.rid left join users p on p.uid = m.to_uid
       where m.sender_uid = ? and m.client_msg_id = ?`,
    );
    this.#read = db.prepare<[number], MessageRow>(
      `select ${MESSAGE_COLUMNS} from messages m ${MESSAGE_JOINS} where m.mid = ?`,
    );
    this.#target = db.prepare<[number, number], TargetRow>(
      `select mid, seq, sender_uid, message_type, flags, version, content, created_at
       from messages where rid = ? and seq = ?`,
    );
    this.#badge = db.prepare<[number, number], number>(`select badge from messages where rid = ? and seq = ?`).pluck();
    this.#recall = db.prepare<[number]>(
      `update messages set content = null, mentions = null, flags = (flags | ${Flag.Recalled}) & ~${Flag.Reacted}
       where mid = ?`,
    );
    this.#dropVersions = db.prepare<[number, number]>(`delete from message_versions where rid = ? and seq = ?`);
    this.#keepVersion = db.prepare<[number, number, number]>(
      `insert into message_versions (rid, seq, version, content, mentions, edited_at, replaced_by)
       select rid, seq, version, content, mentions, ?, ? from messages where mid = ?`,
    );
    this.#edit = db.prepare<[string, string | null, number]>(
      `update messages set content = ?, mentions = ?, version = version + 1, flags = flags | ${Flag.Edited}
       where mid = ?`,
    );
    this.#markReacted = db.prepare<[number]>(`update messages set flags = flags | ${Flag.Reacted} where mid = ?`);
    this.#firstSince = db
      .prepare<[number, number, number], number>(
        `select seq from messages where rid = ? and seq >= ? and created_at >= ? order by seq limit 1`,
      )
      .pluck();
    this.#expire = db
      .prepare<[SeqRange], number>(
        `update messages set content = null, mentions = null, flags = (flags | ${Flag.Expired}) & ~${Flag.Reacted}
         where rid = :rid and seq between :lo and :hi returning mid`,
      )
      .pluck();
    this.#dropVersionsOf = db.prepare<[SeqRange]>(
      `delete from message_versions where rid = :rid and seq between :lo and :hi`,
    );
  }

  insert(row: NewMessageRow): number {
    return Number(this.#insert.run(row).lastInsertRowid);
  }

  earlier(senderUid: number, clientMsgId: string): EarlierRow | undefined {
    return this.#earlier.get(senderUid, clientMsgId);
  }

  read(mid: number): ImMessage {
    return toMessage(this.#read.get(mid)!, (rid, seq) => this.reactions.of(rid, seq));
  }

  target(rid: number, seq: number): TargetRow | undefined {
    return this.#target.get(rid, seq);
  }

  /** How many messages that count as unread there are in the room up to this one. */
  badge(rid: number, seq: number): number {
    return this.#badge.get(rid, seq) ?? 0;
  }

  recall(rid: number, { mid, seq }: TargetRow): void {
    this.#recall.run(mid);
    this.#dropVersions.run(rid, seq);
  }

  /** @param by the seq of the message that tells of it */
  edit(mid: number, content: string, mentions: string | null, at: number, by: number): void {
    this.#keepVersion.run(at, by, mid);
    this.#edit.run(content, mentions, mid);
  }

  markReacted(mid: number): void {
    this.#markReacted.run(mid);
  }

  /** From this seq on, the first that is no older; times of a room do not go back. */
  firstSince(rid: number, seq: number, at: number): number | undefined {
    return this.#firstSince.get(rid, seq, at);
  }

  /** @returns whose contents have gone */
  expire(range: SeqRange): number[] {
    this.#dropVersionsOf.run(range);
    return this.#expire.all(range);
  }
}

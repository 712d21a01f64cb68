import { MessageType, type ImMessage, type MessageFlag, type MessageKind, type UserInfo } from '../model/message.js';

/** As `messages.type` holds them. */
export const MESSAGE_KINDS: readonly MessageKind[] = ['unicast', 'multicast', 'broadcast'];

/** Bits of `messages.flags`. */
export const Flag = { Silent: 1, Recalled: 2, Edited: 4, Reacted: 8, Expired: 16 } as const;

const SHOWN_FLAGS: readonly [number, MessageFlag][] = [
  [Flag.Recalled, 'recalled'],
  [Flag.Edited, 'edited'],
  [Flag.Silent, 'silent'],
  [Flag.Expired, 'expired'],
];

export interface MessageRow {
  readonly mid: number;
  readonly rid: number;
  readonly room_id: string;
  readonly seq: number;
  readonly client_msg_id: string;
  readonly type: number;
  readonly message_type: number;
  readonly flags: number;
  readonly target_seq: number | null;
  readonly reply_to: number | null;
  readonly version: number;
  readonly mentions: string | null;
  readonly content: string | null;
  readonly created_at: number;
  readonly from_id: string;
  readonly from_name: string;
  readonly from_device: string | null;
  readonly to_id: string | null;
  readonly to_name: string | null;
}

/** An edit tells what its message holds by now, so that nothing of a recalled one stays behind. */
export const MESSAGE_COLUMNS = `
  m.mid, m.rid, r.room_id, m.seq, m.client_msg_id, m.type, m.message_type, m.flags, m.target_seq, m.reply_to,
  m.version, m.mentions, m.created_at,
  case when m.message_type = 101
    then (select json_object('message_content', json(t.content), 'version', t.version)
          from messages t where t.rid = m.rid and t.seq = m.target_seq and t.content is not null)
    else m.content end as content,
  s.user_id as from_id, s.name as from_name, d.device_id as from_device, p.user_id as to_id, p.name as to_name`;

export const MESSAGE_JOINS = `
  join rooms r on r.rid = m.rid
  join users s on s.uid = m.sender_uid
  left join devices d on d.did = m.sender_did
  left join users p on p.uid = m.to_uid`;

export type ReactionsOf = (rid: number, seq: number) => Record<string, string[]>;

export function toMessage(row: MessageRow, reactionsOf: ReactionsOf): ImMessage {
  return {
    message_id: String(row.mid),
    room_id: row.room_id,
    seq: row.seq,
    client_msg_id: row.client_msg_id,
    type: MESSAGE_KINDS[row.type]!,
    message_type: row.message_type,
    from_user_info: userInfo(row.from_id, row.from_name, row.from_device),
    to_user_info: row.to_id === null ? null : userInfo(row.to_id, row.to_name!),
    message_content: row.content === null ? null : (JSON.parse(row.content) as Record<string, unknown>),
    ...(row.reply_to !== null && { reply_to: row.reply_to }),
    ...(row.target_seq !== null && { target_seq: row.target_seq }),
    ...(row.mentions !== null && { mentions: JSON.parse(row.mentions) as string[] }),
    ...((row.flags & Flag.Reacted) !== 0 && { reactions: reactionsOf(row.rid, row.seq) }),
    version: row.version,
    flags: SHOWN_FLAGS.filter(([bit]) => (row.flags & bit) !== 0).map(([, flag]) => flag),
    timestamp: row.created_at,
  };
}

/** What a message held before it was edited. */
export interface VersionRow {
  readonly version: number;
  readonly content: string;
  readonly mentions: string | null;
}

/** As it was then; of an edit, what it told of its message then. */
export function inVersion(row: MessageRow, { version, content, mentions }: VersionRow): MessageRow {
  if (row.message_type === MessageType.Edit) {
    return { ...row, content: JSON.stringify({ message_content: JSON.parse(content) as unknown, version }) };
  }
  return { ...row, version, content, mentions, flags: version === 1 ? row.flags & ~Flag.Edited : row.flags };
}

/** An edit tells what its message holds: not to those who came to the room after that message. */
export function asSeenFrom(visibleFrom: number, message: ImMessage): ImMessage {
  const isBefore = message.target_seq !== undefined && message.target_seq < visibleFrom;
  return isBefore && message.message_type === MessageType.Edit ? { ...message, message_content: null } : message;
}

function userInfo(user_id: string, name: string, device_id: string | null = null): UserInfo {
  return device_id === null ? { user_id, name } : { user_id, name, device_id };
}

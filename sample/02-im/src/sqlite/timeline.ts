import { MessageType, type ImMessage, type MessageKind } from '../model/message.js';
import type { Hint, SentMessage } from '../ports/ingest-queue.js';
import { messageEvent } from './inbox-row.js';
import { asSeenFrom, Flag, MESSAGE_KINDS } from './message-row.js';
import type { Inbox } from './tables/inbox.js';
import type { Members, Reader, Recipient } from './tables/members.js';
import type { Messages } from './tables/messages.js';
import type { Outbox } from './tables/outbox.js';
import type { RoomRow, Rooms } from './tables/rooms.js';
import type { SearchIndex } from './tables/search-index.js';

/** The user of an `Actor`. */
export interface Sender extends Recipient {
  readonly did: number | null;
}

export interface Draft {
  readonly sender: Sender;
  readonly clientMsgId: string;
  readonly payloadHash: Buffer;
  readonly type: MessageKind;
  readonly messageType: number;
  readonly content: Readonly<Record<string, unknown>>;
  readonly targetSeq?: number;
  readonly replyTo?: number;
  readonly mentions?: readonly string[];
  readonly toUid?: number;
}

interface Tables {
  readonly rooms: Rooms;
  readonly members: Members;
  readonly messages: Messages;
  readonly inbox: Inbox;
  readonly search: SearchIndex;
  readonly outbox: Outbox;
}

/** Appends messages to rooms: the only place where a seq is given, and where a message gets into inboxes, into the index and into the outbox. */
export class Timeline {
  constructor(
    private readonly tables: Tables,
    private readonly clock: () => number,
  ) {}

  append(room: RoomRow, draft: Draft): SentMessage {
    const { rooms, members, messages, inbox, search, outbox } = this.tables;
    const silent = draft.messageType >= MessageType.Recall;
    const seq = room.last_seq + 1;
    const at = Math.max(this.clock(), room.last_at);
    room.last_seq = seq;
    room.last_at = at;
    if (!silent) room.badge_seq++;
    if (isShown(draft)) {
      room.shown_seq = seq;
      room.active_at = at;
    }
    rooms.advance(room);

    const recipients = room.timeline_from === null ? members.all(room.rid) : [];
    const places = recipients.map(({ uid }) => inbox.addMessage(uid, room.rid, seq, at));
    const inboxSeq = places[recipients.findIndex(({ uid }) => uid === draft.sender.uid)];
    const mid = messages.insert({
      rid: room.rid,
      seq,
      badge: room.badge_seq,
      sender_uid: draft.sender.uid,
      sender_did: draft.sender.did,
      client_msg_id: draft.clientMsgId,
      payload_hash: draft.payloadHash,
      type: MESSAGE_KINDS.indexOf(draft.type),
      message_type: draft.messageType,
      flags: silent ? Flag.Silent : 0,
      target_seq: draft.targetSeq ?? null,
      reply_to: draft.replyTo ?? null,
      to_uid: draft.toUid ?? null,
      inbox_seq: inboxSeq ?? null,
      mentions: draft.mentions?.length ? JSON.stringify(draft.mentions) : null,
      content: JSON.stringify(draft.content),
      created_at: at,
    });
    const { messageType, content } = draft;
    search.add({ mid, rid: room.rid, senderUid: draft.sender.uid, messageType, content });
    if (isPushed(room, draft)) outbox.add(room.rid, seq, at);

    const message = messages.read(mid);
    const hints = room.timeline_from === null ? hintsOf(message, recipients, places) : [this.#hintOf(message, room)];
    return { messageId: message.message_id, roomId: room.room_id, seq, inboxSeq, dup: false, hints };
  }

  #hintOf(message: ImMessage, { rid }: RoomRow): Hint {
    const { room_id: roomId, seq, message_type: type } = message;
    const visibleFrom = type === MessageType.Edit ? this.tables.members.visibleToAllFrom(rid) : 0;
    return { roomId, seq, message: asSeenFrom(visibleFrom, message) };
  }
}

/** Whether lists of rooms show it as the last message, and a room that has it is active. */
function isShown({ messageType, targetSeq }: Draft): boolean {
  return targetSeq === undefined && messageType !== MessageType.Mode;
}

/** In large rooms, of which some have everybody in them, only whom a message mentions is told of it by push. */
function isPushed({ timeline_from }: RoomRow, { messageType, mentions = [] }: Draft): boolean {
  return messageType < MessageType.Recall && (timeline_from === null || mentions.length > 0);
}

/** The first of them is what all may see: it is told to those who watch the room. */
function hintsOf(message: ImMessage, readers: readonly Reader[], places: readonly number[]): Hint[] {
  const told = readers.map((reader, index) => ({ reader, inboxSeq: places[index]! }));
  if (message.message_type === MessageType.Edit) told.sort((a, b) => b.reader.visible_from - a.reader.visible_from);
  return told.map(({ reader: { user_id, visible_from }, inboxSeq }) => {
    return { userId: user_id, inboxSeq, event: messageEvent(inboxSeq, asSeenFrom(visible_from, message)) };
  });
}

import { MessageType, type ImMessage, type UserInfo } from '../../../src/model/message.js';
import { Role, type RoomMember, type RoomSummary } from '../../../src/model/room.js';
import { changed } from './timeline.js';

export type Rooms = ReadonlyMap<string, RoomSummary>;

const DIRECT = 'dm:';

/** The room with somebody to whom nobody has written yet: the server makes it at the first message. */
export function directRoomId(userId: string): string {
  return DIRECT + userId;
}

export function isUnmade(roomId: string): boolean {
  return roomId.startsWith(DIRECT);
}

export function unmadeRoom(peer: UserInfo): RoomSummary {
  return {
    room_id: directRoomId(peer.user_id),
    kind: 'dm',
    mode: 'inbox',
    title: peer.name,
    peer,
    role: Role.Member,
    member_count: 2,
    last_seq: 0,
    last_message: null,
    read_seq: 0,
    unread: 0,
    mentioned: false,
    pinned: false,
    visible_from: 1,
    version: 1,
    pins: [],
  };
}

export function isControl(message: ImMessage): boolean {
  return message.message_type >= MessageType.Recall;
}

/** Written by a person, or of interest to one: joins, names. */
export function isShown(message: ImMessage): boolean {
  const { message_type: type } = message;
  return !isControl(message) || type === MessageType.Member || type === MessageType.Room || type === MessageType.Mode;
}

/** The answer to `im.rooms` may be older than events that came before it. */
export function mergeSummary(known: RoomSummary | undefined, fresh: RoomSummary): RoomSummary {
  if (!known) return fresh;
  const { last_seq, last_message, unread, mentioned } = known;
  const merged = known.last_seq > fresh.last_seq ? { ...fresh, last_seq, last_message, unread, mentioned } : fresh;
  return known.read_seq > fresh.read_seq ? { ...merged, read_seq: known.read_seq, unread: known.unread } : merged;
}

/** A message has come into the room. The same one again changes nothing. */
export function withMessage(room: RoomSummary, message: ImMessage, me: string): RoomSummary {
  const last = room.last_message;
  if (last && message.target_seq === last.seq) room = { ...room, last_message: changed(last, message) };
  if (message.seq <= room.last_seq) return room;
  const isOwn = message.from_user_info.user_id === me;
  const counts = !isControl(message) && !isOwn && !message.flags.includes('silent');
  return {
    ...withControl(room, message),
    last_seq: message.seq,
    last_message: isShown(message) ? message : room.last_message,
    unread: room.unread + (counts ? 1 : 0),
    mentioned: room.mentioned || (counts && (message.mentions?.includes(me) ?? false)),
  };
}

export function withRead(room: RoomSummary, seq: number, unread: number): RoomSummary {
  if (seq < room.read_seq) return room;
  return { ...room, read_seq: seq, unread, mentioned: room.mentioned && unread > 0 };
}

/** With the newest message first; pinned rooms before all. */
export function sorted(rooms: Rooms): readonly RoomSummary[] {
  const time = (room: RoomSummary) => room.last_message?.timestamp ?? Number.MAX_SAFE_INTEGER;
  return [...rooms.values()].toSorted((a, b) => Number(b.pinned) - Number(a.pinned) || time(b) - time(a));
}

export type Tick = 'sent' | 'delivered' | 'read';

/** How far a message of one's own has come: all others have it, or have read it. */
export function tickOf(members: readonly RoomMember[] | undefined, me: string, seq: number): Tick {
  const others = members?.filter(({ user_id }) => user_id !== me) ?? [];
  if (others.length === 0) return 'sent';
  if (others.every((member) => member.read_seq >= seq)) return 'read';
  return others.every((member) => Math.max(member.recv_seq, member.read_seq) >= seq) ? 'delivered' : 'sent';
}

function withControl(room: RoomSummary, message: ImMessage): RoomSummary {
  const content = message.message_content ?? {};
  const others = room.pins.filter((seq) => seq !== message.target_seq);
  switch (message.message_type) {
    case MessageType.Room:
      return room.kind === 'dm' ? room : { ...room, title: (content.title as string | undefined) ?? room.title };
    case MessageType.Mode:
      return { ...room, mode: 'timeline' };
    case MessageType.Recall:
      return { ...room, pins: others };
    case MessageType.Pin:
      return {
        ...room,
        pins: content.remove || message.target_seq === undefined ? others : [...others, message.target_seq],
      };
    default:
      return room;
  }
}

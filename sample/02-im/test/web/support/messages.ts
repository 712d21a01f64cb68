import { MessageType, type ImMessage } from '../../../src/model/message.js';
import { Role, type RoomSummary } from '../../../src/model/room.js';

export function text(seq: number, from = 'alice', changes: Partial<ImMessage> = {}): ImMessage {
  return {
    message_id: `${seq}`,
    room_id: 'r1',
    seq,
    client_msg_id: `c${seq}`,
    type: 'multicast',
    message_type: MessageType.Text,
    from_user_info: { user_id: from, name: from },
    to_user_info: null,
    message_content: { text: `message ${seq}` },
    version: 1,
    flags: [],
    timestamp: seq * 1_000,
    ...changes,
  };
}

export function control(
  seq: number,
  type: MessageType,
  target: number,
  content: object = {},
  from = 'alice',
): ImMessage {
  return text(seq, from, {
    message_type: type,
    target_seq: target,
    message_content: { ...content },
    flags: ['silent'],
  });
}

export function summary(changes: Partial<RoomSummary> = {}): RoomSummary {
  return {
    room_id: 'r1',
    kind: 'group',
    mode: 'inbox',
    title: 'Room',
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
    ...changes,
  };
}

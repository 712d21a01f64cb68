import { MessageType, type ImMessage, type UserInfo } from '../../../src/model/message.js';
import type { Headers } from './connection.js';
import type { OutboxDestination, OutboxItem } from './outbox.js';

const CONTROL_TYPES: Partial<Record<OutboxDestination, MessageType>> = {
  '/app/im.edit': MessageType.Edit,
  '/app/im.recall': MessageType.Recall,
  '/app/im.react': MessageType.Reaction,
  '/app/im.pin': MessageType.Pin,
};

/** What the others get of it: this device knows it from the RECEIPT. */
export function sentMessage(
  { client_msg_id, room_id, destination, body }: OutboxItem,
  receipt: Headers,
  me: UserInfo,
  timestamp: number,
): ImMessage {
  const control = CONTROL_TYPES[destination];
  return {
    message_id: receipt['message-id'],
    room_id: receipt['room-id'] ?? room_id,
    seq: Number(receipt.seq),
    client_msg_id,
    type: body.type === 'unicast' ? 'unicast' : 'multicast',
    message_type: control ?? body.message_type ?? MessageType.Text,
    from_user_info: me,
    to_user_info: null,
    message_content: control ? controlContent(body) : (body.message_content ?? {}),
    ...(control && { target_seq: body.seq }),
    ...(typeof body.reply_to === 'number' && { reply_to: body.reply_to }),
    ...(Array.isArray(body.mentions) && { mentions: body.mentions as string[] }),
    version: 1,
    flags: [],
    timestamp,
  };
}

function controlContent(body: OutboxItem['body']): Record<string, unknown> {
  const { message_content, expected_version, emoji, remove = false } = body;
  return message_content ? { message_content, version: Number(expected_version) + 1 } : { emoji, remove };
}

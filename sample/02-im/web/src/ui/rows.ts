import { MessageType, type ImMessage, type UserInfo } from '../../../src/model/message.js';
import type { OutboxItem } from '../core/outbox.js';
import { isControl, isShown } from '../core/rooms.js';
import { changed, type Timeline } from '../core/timeline.js';

/** What the list of messages draws, from top to bottom. */
export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly timestamp: number }
  | { readonly kind: 'unread'; readonly key: string }
  | { readonly kind: 'note'; readonly key: string; readonly message: ImMessage }
  | MessageRow;

export interface MessageRow {
  readonly kind: 'message';
  readonly key: string;
  readonly message: ImMessage;
  readonly isOwn: boolean;
  /** The first, the last of several of the same sender, one soon after another. */
  readonly startsGroup: boolean;
  readonly endsGroup: boolean;
  /** The message itself is not sent yet. */
  readonly unsent?: OutboxItem;
  /** An edit, a recall or a reaction is not confirmed yet. */
  readonly changing: boolean;
}

const GROUP_MS = 5 * 60_000;

const CHANGES: Readonly<Record<string, MessageType>> = {
  '/app/im.edit': MessageType.Edit,
  '/app/im.recall': MessageType.Recall,
  '/app/im.react': MessageType.Reaction,
};

export function rowsOf(
  timeline: Timeline | undefined,
  outbox: readonly OutboxItem[],
  me: UserInfo,
  unreadAfter: number | undefined,
): readonly Row[] {
  const sent = (timeline?.messages ?? []).filter(isShown).map((message) => withChanges(message, outbox, me));
  const unsent = outbox
    .filter(({ destination }) => destination === '/app/im.send')
    .map((item) => ({ message: unsentMessage(item, me), unsent: item, changing: false }));
  const rows: Row[] = [];
  let divided = unreadAfter === undefined;
  let before: MessageRow | undefined;
  let day = '';
  for (const { message, unsent: item, changing } of [...sent, ...unsent]) {
    const today = new Date(message.timestamp).toDateString();
    if (today !== day) {
      rows.push({ kind: 'day', key: `day ${today}`, timestamp: message.timestamp });
      before = undefined;
    }
    day = today;
    const isOwn = message.from_user_info.user_id === me.user_id;
    if (!divided && message.seq > unreadAfter! && !isOwn) {
      divided = true;
      before = undefined;
      rows.push({ kind: 'unread', key: 'unread' });
    }
    if (isControl(message)) {
      rows.push({ kind: 'note', key: message.client_msg_id, message });
      before = undefined;
      continue;
    }
    const startsGroup = !before || !belongsTo(before.message, message);
    if (before && !startsGroup) rows[rows.length - 1] = { ...before, endsGroup: false };
    const key = `${message.from_user_info.user_id} ${message.client_msg_id}`;
    before = { kind: 'message', key, message, isOwn, startsGroup, endsGroup: true, unsent: item, changing };
    rows.push(before);
  }
  return rows;
}

function belongsTo(before: ImMessage, message: ImMessage): boolean {
  const isSameSender = before.from_user_info.user_id === message.from_user_info.user_id;
  return isSameSender && message.timestamp - before.timestamp < GROUP_MS;
}

/** As it will be when the outbox is empty. */
function withChanges(message: ImMessage, outbox: readonly OutboxItem[], me: UserInfo) {
  const changes = outbox.filter(
    ({ body, destination, status }) => body.seq === message.seq && destination in CHANGES && status !== 'failed',
  );
  return {
    message: changes.reduce((before, item) => afterChange(before, item, me), message),
    changing: changes.length > 0,
    unsent: undefined,
  };
}

function afterChange(message: ImMessage, { destination, body }: OutboxItem, me: UserInfo): ImMessage {
  const { message_content, emoji, remove } = body;
  const content =
    destination === '/app/im.edit' ? { message_content, version: message.version + 1 } : { emoji, remove };
  return changed(message, {
    ...message,
    message_type: CHANGES[destination],
    from_user_info: me,
    message_content: content,
  });
}

function unsentMessage({ client_msg_id, room_id, created_at, body }: OutboxItem, me: UserInfo): ImMessage {
  return {
    message_id: client_msg_id,
    room_id,
    seq: Number.MAX_SAFE_INTEGER,
    client_msg_id,
    type: 'multicast',
    message_type: body.message_type ?? MessageType.Text,
    from_user_info: me,
    to_user_info: null,
    message_content: body.message_content ?? {},
    ...(typeof body.reply_to === 'number' && { reply_to: body.reply_to }),
    version: 1,
    flags: [],
    timestamp: created_at,
  };
}

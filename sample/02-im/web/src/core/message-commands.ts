import { MessageType, type ImMessage } from '../../../src/model/message.js';
import type { Connection } from './connection.js';
import type { History } from './history.js';
import { newIdentifier } from './identifier.js';
import type { Live } from './live.js';
import type { Outbox, OutboxDestination, OutboxFile, OutboxItem } from './outbox.js';
import type { RoomList } from './room-list.js';
import { isUnmade } from './rooms.js';

export interface Draft {
  readonly text: string;
  readonly replyTo?: number;
  readonly mentions?: readonly string[];
}

/** What a user does with messages: most of it by the outbox, so that it outlives the connection and the page. */
export class MessageCommands {
  constructor(
    private readonly connection: Connection,
    private readonly outbox: Outbox,
    private readonly list: RoomList,
    private readonly history: History,
    private readonly live: Live,
  ) {}

  send(roomId: string, { text, replyTo, mentions = [] }: Draft): void {
    this.post(
      roomId,
      MessageType.Text,
      { text },
      {
        ...(replyTo !== undefined && { reply_to: replyTo }),
        ...(mentions.length > 0 && { mentions }),
      },
    );
    this.live.stopTyping();
  }

  sendFile(roomId: string, type: MessageType, file: OutboxFile): void {
    const { name, blob, width, height } = file;
    const content = { name, size: blob.size, mime: blob.type, ...(width && { width, height }) };
    this.post(roomId, type, content, {}, file);
  }

  /** The same content in another room; a file goes along without another upload. */
  forward({ message_type, message_content }: ImMessage, roomId: string): void {
    // Recalled meanwhile.
    if (!message_content) return;
    this.post(roomId, message_type, { ...message_content, forwarded: true }, {});
  }

  edit({ room_id, seq, version, message_content }: ImMessage, text: string, mentions: readonly string[] = []): void {
    const content = { ...message_content, text };
    const extra = mentions.length > 0 ? { mentions } : {};
    this.enqueue(room_id, '/app/im.edit', {
      room_id,
      seq,
      expected_version: version,
      message_content: content,
      ...extra,
    });
  }

  recall({ room_id, seq }: ImMessage): void {
    this.enqueue(room_id, '/app/im.recall', { room_id, seq });
  }

  react({ room_id, seq }: ImMessage, emoji: string, remove: boolean): void {
    this.enqueue(room_id, '/app/im.react', { room_id, seq, emoji, ...(remove && { remove }) });
  }

  pin({ room_id, seq }: ImMessage, remove: boolean): void {
    this.enqueue(room_id, '/app/im.pin', { room_id, seq, ...(remove && { remove }) });
  }

  /** For this user, on all their devices. */
  async hide({ room_id, seq }: ImMessage): Promise<void> {
    await this.connection.command('/app/im.hide', { room_id, lo: seq, hi: seq });
    this.history.hide(room_id, seq, seq);
    await this.list.refresh(room_id);
  }

  retry(clientMessageId: string): void {
    this.outbox.retry(clientMessageId);
  }

  discard(clientMessageId: string): void {
    this.outbox.discard(clientMessageId);
  }

  private post(
    roomId: string,
    type: MessageType,
    content: Record<string, unknown>,
    extra: Record<string, unknown>,
    file?: OutboxFile,
  ): void {
    const room = this.list.get(roomId);
    const to = isUnmade(roomId) ? { to_user_id: room?.peer?.user_id } : { room_id: roomId };
    const kind = room?.kind === 'dm' ? 'unicast' : 'multicast';
    const body = { ...to, type: kind, message_type: type, message_content: content, ...extra };
    this.enqueue(roomId, '/app/im.send', body, file);
  }

  private enqueue(roomId: string, destination: OutboxDestination, body: OutboxItem['body'], file?: OutboxFile): void {
    const item = { client_msg_id: newIdentifier(), created_at: Date.now(), room_id: roomId, destination, body, file };
    this.outbox.add({ ...item, status: 'queued' });
  }
}

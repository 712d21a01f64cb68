import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImMessage, InboxEvent } from '../../src/model/message.js';
import type { Actor, SendCommand, SentMessage } from '../../src/ports/ingest-queue.js';
import { GroupCommitQueue, type GroupCommitOptions } from '../../src/sqlite/group-commit-queue.js';
import { SqliteReader } from '../../src/sqlite/sqlite-reader.js';
import { SqliteWriter, type SqliteWriterOptions } from '../../src/sqlite/sqlite-writer.js';

/** A database of its own in a temporary folder, written and read in this process, with a clock that tests set. */
export class TemporaryStore {
  now = Date.UTC(2026, 0, 1);
  #lastId = 0;

  private constructor(
    readonly folder: string,
    readonly writer: SqliteWriter,
    readonly ingest: GroupCommitQueue,
    readonly store: SqliteReader,
  ) {}

  static async open(options: Partial<SqliteWriterOptions> & GroupCommitOptions = {}): Promise<TemporaryStore> {
    const folder = await mkdtemp(join(tmpdir(), 'im-store-'));
    const path = join(folder, 'im.db');
    const clock = () => opened.now;
    const writer = new SqliteWriter({ path, clock, ...options });
    const opened: TemporaryStore = new TemporaryStore(
      folder,
      writer,
      new GroupCommitQueue(writer, options),
      new SqliteReader(path),
    );
    return opened;
  }

  async remove(): Promise<void> {
    await this.ingest.close();
    await this.store.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  nextId(): string {
    return `c${++this.#lastId}`;
  }

  async users(...userIds: string[]): Promise<void> {
    const create = (userId: string) => this.ingest.execute('user.create', { userId, name: userId, passwordHash: '-' });
    await Promise.all(userIds.map(create));
  }

  /** A text of one user, to another one or to a room. */
  send(from: string, to: { roomId: string } | { toUserId: string }, text: string, more: Partial<SendCommand> = {}) {
    return this.ingest.execute('message.send', {
      actor: actor(from),
      clientMsgId: this.nextId(),
      ...to,
      type: 'toUserId' in to ? 'unicast' : 'multicast',
      messageType: 1,
      content: { text },
      ...more,
    });
  }

  group(owner: string, ...memberIds: string[]): Promise<SentMessage> {
    const input = { ...this.by(owner), kind: 'group', title: 'group', memberIds } as const;
    return this.ingest.execute('room.create', input);
  }

  /** Who asks, with an id that has not been used. */
  by(userId: string): { actor: Actor; clientMsgId: string } {
    return { actor: actor(userId), clientMsgId: this.nextId() };
  }

  async inbox(userId: string, since = 0): Promise<InboxEvent[]> {
    return this.store.inbox(userId, since, 1_000);
  }

  async texts(userId: string, roomId: string): Promise<unknown[]> {
    const messages = await this.store.history(userId, roomId, { limit: 200 });
    return messages.map(textOf);
  }

  async search(userId: string, q: string, roomId?: string): Promise<unknown[]> {
    const { messages } = await this.store.search({ userId, q, roomId, limit: 50 });
    return messages.map(textOf);
  }
}

export function actor(userId: string, deviceId = 'd1'): Actor {
  return { userId, deviceId };
}

export const textOf = ({ message_content }: ImMessage): unknown => message_content?.['text'] ?? message_content;

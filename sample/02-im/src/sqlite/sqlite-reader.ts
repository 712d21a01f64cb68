import type { ImMessage, InboxEvent, UserInfo } from '../model/message.js';
import type { RoomMember, RoomSummary } from '../model/room.js';
import type { DuePush, PushBacklog, PushCandidates, PushQuery } from '../ports/push-work.js';
import type { Account, Device, InboxState, SearchQuery, StoredFile, TimelineStore } from '../ports/timeline-store.js';
import { openForReading, type SqliteDatabase } from './database.js';
import { Access } from './reading/access.js';
import { AccountReader } from './reading/account-reader.js';
import { backup } from './reading/backup.js';
import { FileReader } from './reading/file-reader.js';
import { InboxReader } from './reading/inbox-reader.js';
import { MessageReader } from './reading/message-reader.js';
import { PushReader } from './reading/push-reader.js';
import { RoomReader } from './reading/room-reader.js';
import { SearchReader } from './reading/search-reader.js';
import { verify } from './reading/verify.js';

const ROOMS_OF_A_PAGE = 50;

/** Reads over a connection of its own. Each answer is of one moment, whatever is written meanwhile. */
export class SqliteReader implements TimelineStore {
  readonly #db: SqliteDatabase;
  readonly #access: Access;
  readonly #accounts: AccountReader;
  readonly #messages: MessageReader;
  readonly #rooms: RoomReader;
  readonly #inbox: InboxReader;
  readonly #search: SearchReader;
  readonly #files: FileReader;
  readonly #pushes: PushReader;

  constructor(path: string) {
    this.#db = openForReading(path);
    this.#access = new Access(this.#db);
    this.#accounts = new AccountReader(this.#db);
    this.#messages = new MessageReader(this.#db);
    this.#rooms = new RoomReader(this.#db, this.#messages);
    this.#inbox = new InboxReader(this.#db, this.#messages);
    this.#search = new SearchReader(this.#db, this.#access, this.#messages);
    this.#files = new FileReader(this.#db);
    this.#pushes = new PushReader(this.#db);
  }

  async account(userId: string): Promise<Account | undefined> {
    return this.#accounts.account(userId);
  }

  async findUsers(text: string): Promise<UserInfo[]> {
    return this.#accounts.find(text);
  }

  async devices(userId: string): Promise<Device[]> {
    return this.#accounts.devices(userId);
  }

  async isDeviceValid(userId: string, deviceId: string, generation: number): Promise<boolean> {
    return this.#accounts.isDeviceValid(userId, deviceId, generation);
  }

  async rooms(
    userId: string,
    cursor?: string,
    limit: number = ROOMS_OF_A_PAGE,
  ): Promise<{ rooms: RoomSummary[]; cursor?: string }> {
    return this.#atOnce(() => this.#rooms.page(this.#access.user(userId), cursor, limit));
  }

  async room(userId: string, roomId: string): Promise<RoomSummary> {
    return this.#atOnce(() => this.#rooms.one(this.#access.room(userId, roomId)));
  }

  async members(userId: string, roomId: string): Promise<RoomMember[]> {
    return this.#atOnce(() => this.#rooms.members(this.#access.room(userId, roomId)));
  }

  async isMember(userId: string, roomId: string): Promise<boolean> {
    return this.#access.findRoom(userId, roomId) !== undefined;
  }

  async peers(userId: string, among: readonly string[]): Promise<string[]> {
    return this.#rooms.peers(this.#access.user(userId), among);
  }

  async history(
    userId: string,
    roomId: string,
    range: { before?: number; after?: number; limit: number },
  ): Promise<ImMessage[]> {
    return this.#atOnce(() => this.#messages.history(this.#access.room(userId, roomId), range));
  }

  async search(query: SearchQuery): Promise<{ messages: ImMessage[]; more: boolean }> {
    return this.#atOnce(() => this.#search.search(query));
  }

  async inboxState(userId: string, deviceId: string): Promise<InboxState> {
    return this.#atOnce(() => this.#inbox.state(this.#access.user(userId), deviceId));
  }

  async inbox(userId: string, since: number, limit: number): Promise<InboxEvent[]> {
    return this.#atOnce(() => this.#inbox.page(this.#access.user(userId), since, limit));
  }

  async heads(userIds: readonly string[]): Promise<Map<string, number>> {
    return this.#atOnce(() => this.#inbox.heads(userIds));
  }

  async file(userId: string, fileId: string): Promise<StoredFile> {
    return this.#atOnce(() => this.#files.file(this.#access.user(userId), fileId));
  }

  async storedKeys(keys: readonly string[]): Promise<string[]> {
    return this.#files.stored(keys);
  }

  async isPushNeeded(): Promise<boolean> {
    return this.#pushes.isNeeded();
  }

  async pushCandidates(query: PushQuery): Promise<PushCandidates[]> {
    return this.#atOnce(() => this.#pushes.candidates(query));
  }

  async duePushes(now: number, limit: number, except: readonly string[]): Promise<DuePush[]> {
    return this.#atOnce(() => this.#pushes.due(now, limit, except));
  }

  async pushBacklog(now: number): Promise<PushBacklog> {
    return this.#pushes.backlog(now);
  }

  async verify(): Promise<string[]> {
    return this.#atOnce(() => verify(this.#db));
  }

  async backup(path: string): Promise<void> {
    backup(this.#db, path);
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  #atOnce<T>(read: () => T): T {
    return this.#db.transaction(read)();
  }
}

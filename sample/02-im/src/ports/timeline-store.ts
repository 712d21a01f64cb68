import type { ImMessage, InboxEvent, UserInfo } from '../model/message.js';
import type { RoomMember, RoomSummary } from '../model/room.js';
import type { DuePush, PushBacklog, PushCandidates, PushQuery } from './push-work.js';

export interface Account extends UserInfo {
  readonly passwordHash: string;
  readonly isAdmin: boolean;
}

export interface Device {
  readonly device_id: string;
  readonly name: string;
  readonly platform: string;
  readonly last_seen_at: number | null;
  readonly revoked: boolean;
}

export interface InboxState {
  /** Another one after a restore from a backup: what a client knows of seqs is void then. */
  readonly epoch: string;
  readonly head: number;
  /** The first that is still there. */
  readonly min: number;
  /** How far the device has acknowledged. */
  readonly acknowledged: number;
}

export interface SearchQuery {
  readonly userId: string;
  readonly q: string;
  readonly roomId?: string;
  readonly fromUserId?: string;
  readonly messageType?: number;
  /** `message_id` of the oldest one known: older ones are asked for. */
  readonly before?: string;
  /** At most 50. */
  readonly limit: number;
}

export interface StoredFile {
  readonly file_id: string;
  readonly sha256: string;
  readonly size: number;
  readonly mime: string;
  readonly name: string;
  readonly storageKey: string;
}

/** Reads what is committed. Whoever has no right to something gets an `ImError` FORBIDDEN, whether it exists or not. */
export abstract class TimelineStore {
  abstract account(userId: string): Promise<Account | undefined>;
  /** Users whose id or name begins with it; at most 20. */
  abstract findUsers(text: string): Promise<UserInfo[]>;
  abstract devices(userId: string): Promise<Device[]>;
  /** Whether the device may still connect, by what it got in this generation. */
  abstract isDeviceValid(userId: string, deviceId: string, generation: number): Promise<boolean>;

  /** The last active first. `cursor` is what the page before said. */
  abstract rooms(userId: string, cursor?: string, limit?: number): Promise<{ rooms: RoomSummary[]; cursor?: string }>;
  abstract room(userId: string, roomId: string): Promise<RoomSummary>;
  abstract members(userId: string, roomId: string): Promise<RoomMember[]>;
  abstract isMember(userId: string, roomId: string): Promise<boolean>;
  /** Which of the others share a room with the user, that of the broadcasts aside; the user too, if they are among them. In the order in which they were named. */
  abstract peers(userId: string, among: readonly string[]): Promise<string[]>;

  /** At most 200, in the order of `seq`; without what the user has hidden, nor what was before their time. */
  abstract history(
    userId: string,
    roomId: string,
    range: { before?: number; after?: number; limit: number },
  ): Promise<ImMessage[]>;
  /** The newest first. */
  abstract search(query: SearchQuery): Promise<{ messages: ImMessage[]; more: boolean }>;

  abstract inboxState(userId: string, deviceId: string): Promise<InboxState>;
  /** Events after `since`, in order, at most `limit` of them; one that refers to a recalled message tells its present state. */
  abstract inbox(userId: string, since: number, limit: number): Promise<InboxEvent[]>;
  /** Of several users at once, for the sweep that makes up for lost hints. */
  abstract heads(userIds: readonly string[]): Promise<Map<string, number>>;

  /** A file that the user has uploaded, or that a message in one of their rooms refers to. */
  abstract file(userId: string, fileId: string): Promise<StoredFile>;
  /** Which of them a file has. */
  abstract storedKeys(keys: readonly string[]): Promise<string[]>;

  /** Whether a device is subscribed, or something waits for one that was. */
  abstract isPushNeeded(): Promise<boolean>;
  /** Who shall be told of messages by push that have waited long enough, by room. */
  abstract pushCandidates(query: PushQuery): Promise<PushCandidates[]>;
  /** Pushes whose time has come, the first due first, but not those of the users in `except`. */
  abstract duePushes(now: number, limit: number, except: readonly string[]): Promise<DuePush[]>;
  abstract pushBacklog(now: number): Promise<PushBacklog>;

  /** What does not hold of the invariants, one line each; empty when all is well. */
  abstract verify(): Promise<string[]>;
  /** A copy of everything that is committed, made while the server runs. The copy has an epoch of its own. */
  abstract backup(path: string): Promise<void>;
  abstract close(): Promise<void>;
}

import type { ImMessage, UserInfo } from './message.js';

export type RoomKind = 'dm' | 'group' | 'channel';

export enum Role {
  Member = 0,
  Admin = 1,
  Owner = 2,
}

export interface RoomMember extends UserInfo {
  readonly role: Role;
  readonly read_seq: number;
  readonly recv_seq: number;
  /** Milliseconds since 1970; until then the member may not send, edit, react nor pin. */
  readonly mute_until?: number;
}

/** One line of the list of conversations, as its user sees it. */
export interface RoomSummary {
  readonly room_id: string;
  readonly kind: RoomKind;
  /** `inbox`: each message is in each member's inbox. `timeline`: members ask by `seq` (large rooms). */
  readonly mode: 'inbox' | 'timeline';
  /** Of a direct room: the other's name. */
  readonly title: string;
  /** Of a direct room: the other. */
  readonly peer?: UserInfo;
  readonly role: Role;
  readonly member_count: number;
  readonly last_seq: number;
  readonly last_message: ImMessage | null;
  readonly read_seq: number;
  readonly unread: number;
  /** An unread message mentions the user. */
  readonly mentioned: boolean;
  readonly pinned: boolean;
  /** Milliseconds since 1970: until then the user wants no notifications of it; missing when they do. */
  readonly muted_until?: number;
  /** The first `seq` that the user may see. */
  readonly visible_from: number;
  readonly version: number;
  /** What is older is not kept; missing: everything is. */
  readonly retention_days?: number;
  /** `seq`s of pinned messages. */
  readonly pins: readonly number[];
}

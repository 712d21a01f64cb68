import type { UserInfo } from '../../../src/model/message.js';
import type { RoomMember } from '../../../src/model/room.js';
import type { ConnectionState } from './connection.js';
import type { OutboxItem } from './outbox.js';
import type { Rooms } from './rooms.js';
import type { SignOutReason } from './session.js';
import type { Timeline } from './timeline.js';

export interface Presence {
  readonly online: boolean;
  readonly last_seen_at?: number | string | null;
}

/** All that the client knows. */
export interface ImState {
  readonly user?: UserInfo;
  readonly signedOut?: SignOutReason;
  readonly connection: ConnectionState;
  readonly rooms: Rooms;
  /** The list of rooms has come once. */
  readonly loaded: boolean;
  readonly openRoom?: string;
  /** A room that was asked for, and that the user is not in. */
  readonly outside?: string;
  readonly timelines: ReadonlyMap<string, Timeline>;
  readonly members: ReadonlyMap<string, readonly RoomMember[]>;
  readonly outbox: readonly OutboxItem[];
  readonly presence: ReadonlyMap<string, Presence>;
  /** Room → who types in it. */
  readonly typing: ReadonlyMap<string, readonly string[]>;
}

export const EMPTY_STATE: ImState = {
  connection: { status: 'stopped', again: false },
  rooms: new Map(),
  loaded: false,
  timelines: new Map(),
  members: new Map(),
  outbox: [],
  presence: new Map(),
  typing: new Map(),
};

import type { ImMessage } from '../model/message.js';
import type { RoomKind } from '../model/room.js';
import type { PushSubscription } from './push-provider.js';

/** Times in milliseconds. */
export interface PushQuery {
  readonly now: number;
  /** How long a message waits for an acknowledgement. */
  readonly delay: number;
  /** How long a message is worth a push. */
  readonly life: number;
  /** Rooms. */
  readonly limit: number;
}

/** A room in which messages have waited long enough, and whom nobody has told of them. */
export interface PushCandidates {
  readonly roomId: string;
  /** With these users, all is decided that waits in the room up to this `seq`. */
  readonly upTo: number;
  /** The newest that has waited, and is in inboxes; undefined if none is. */
  readonly dueSeq: number | undefined;
  readonly users: readonly PushCandidate[];
}

/** A member with a subscribed device, and none that has acknowledged the message: by what is committed. */
export interface PushCandidate {
  readonly userId: string;
  /** The place of `dueSeq` in the user's inbox; undefined of what is in no inbox. */
  readonly dueInboxSeq?: number;
  /** What to tell of: the newest message, which may have come since. */
  readonly seq: number;
  /** Its place in the user's inbox. */
  readonly inboxSeq?: number;
  /** Those that are subscribed. */
  readonly deviceIds: readonly string[];
}

/** A push is for a device and a room: it tells of the newest message there. */
export interface PushKey {
  readonly userId: string;
  readonly deviceId: string;
  readonly roomId: string;
  readonly seq: number;
}

/** A push whose time has come. */
export interface DuePush extends PushKey {
  /** Undefined when there is nothing to tell any more: it was read, recalled or acknowledged, or the device or the member has gone. */
  readonly content: PushContent | undefined;
  /** That have failed. */
  readonly attempts: number;
}

export interface PushContent {
  readonly subscription: PushSubscription;
  readonly message: Pick<ImMessage, 'message_id' | 'message_type' | 'message_content' | 'timestamp'>;
  readonly from: string;
  readonly roomKind: RoomKind;
  readonly title: string;
  readonly isMentioned: boolean;
  /** What is unread in all rooms of the user. */
  readonly badge: number;
}

export interface PushBacklog {
  /** That wait for a decision. */
  readonly messages: number;
  /** That wait for their time, or for the end of what is being sent. */
  readonly pushes: number;
  /** Milliseconds since 1970: since when the first message waits, and when the next push is due; undefined if there is none. */
  readonly waitingSince: number | undefined;
  readonly nextDue: number | undefined;
}

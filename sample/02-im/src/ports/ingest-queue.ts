import type { ImMessage } from '../model/message.js';
import type { MessageKind, InboxEvent } from '../model/message.js';
import type { Role, RoomKind } from '../model/room.js';
import type { PushSubscription } from './push-provider.js';
import type { PushCandidate, PushKey } from './push-work.js';

/** Who asks. */
export interface Actor {
  readonly userId: string;
  readonly deviceId: string;
}

/** What every request that writes into a timeline has: sent again, it is carried out once, and answered as the first time. */
export interface Idempotent {
  readonly actor: Actor;
  readonly clientMsgId: string;
}

export interface SendCommand extends Idempotent {
  readonly roomId?: string;
  /** Instead of a room: the direct room of the two, made if there is none. */
  readonly toUserId?: string;
  readonly type: MessageKind;
  readonly messageType: number;
  readonly content: Readonly<Record<string, unknown>>;
  readonly replyTo?: number;
  readonly mentions?: readonly string[];
}

export interface RoomProgress {
  readonly roomId: string;
  readonly seq: number;
}

/**
 * All that changes what is stored. Each is carried out whole or not at all, and its promise settles after the commit is on the disk.
 * All may be refused with an `ImError`.
 */
export interface Commands {
  /** Admins may broadcast to everybody. CONFLICT if the id is taken, or one that differs by case only, or that is taken for it. */
  'user.create': [{ userId: string; name: string; passwordHash: string; isAdmin?: boolean }, void];
  /** A device that logs in again is the same device, of another generation if it was revoked. `refreshHash` replaces the one before. */
  'device.open': [
    { userId: string; deviceId: string; name: string; platform: string; refreshHash: string },
    { generation: number },
  ];
  /** Exchanges one refresh token for the next. UNAUTHENTICATED if it is not the device's present one. */
  'device.refresh': [
    { userId: string; deviceId: string; refreshHash: string; nextHash: string },
    { generation: number },
  ];
  'device.revoke': [{ userId: string; deviceId: string }, void];

  'message.send': [SendCommand, SentMessage];
  /** Within two minutes, by its sender; at any time by admins of the room. Else GONE or FORBIDDEN. */
  'message.recall': [Idempotent & { roomId: string; seq: number }, SentMessage];
  /** CONFLICT if the message has another version by now. */
  'message.edit': [
    Idempotent & {
      roomId: string;
      seq: number;
      expectedVersion: number;
      content: Readonly<Record<string, unknown>>;
      mentions?: readonly string[];
    },
    SentMessage,
  ];
  /** Adds the reaction, or with `remove` takes it back; neither twice. */
  'message.react': [Idempotent & { roomId: string; seq: number; emoji: string; remove: boolean }, SentMessage];
  'message.pin': [Idempotent & { roomId: string; seq: number; remove: boolean }, SentMessage];
  /** For all devices of the user, and nobody else. */
  'message.hide': [{ actor: Actor; roomId: string; lo: number; hi: number }, Committed];
  /** One row, for all users there are and will be. Only of users with the flag `admin`. */
  'message.broadcast': [Idempotent & { content: Readonly<Record<string, unknown>> }, SentMessage];

  /** Only forward. */
  'room.read': [{ actor: Actor; roomId: string; seq: number }, Committed & { readSeq: number; unread: number }];

  /** At the top of the user's own list, on all their devices; of no concern to others. */
  'room.pin': [{ actor: Actor; roomId: string; remove: boolean }, Committed];

  /** No notifications until then, on all devices of the user; 0: they are on again. Of no concern to others. */
  'room.mute': [{ actor: Actor; roomId: string; until: number }, Committed];

  'room.create': [
    Idempotent & { kind: Exclude<RoomKind, 'dm'>; title: string; memberIds: readonly string[] },
    SentMessage,
  ];
  'room.invite': [Idempotent & { roomId: string; userIds: readonly string[] }, SentMessage];
  /** Of one's own accord: channels only, and not after a kick. */
  'room.join': [Idempotent & { roomId: string }, SentMessage];
  'room.leave': [Idempotent & { roomId: string }, SentMessage];
  /** They may not join any more until somebody invites them. */
  'room.kick': [Idempotent & { roomId: string; userId: string }, SentMessage];
  /** `muteUntil` of a member, `role` of a member, `title` of the room, or for how many days it keeps what is said (0: for ever). */
  'room.update': [
    Idempotent & {
      roomId: string;
      title?: string;
      retentionDays?: number;
      member?: { userId: string; role?: Role; muteUntil?: number };
    },
    SentMessage,
  ];

  /** Of what is older than its room keeps, nothing is left but its place; again while there is much of it. */
  'room.expire': [{ now: number }, { expired: number }];

  /**
   * How far a device has got, and up to which message of which rooms. Only forward.
   * @returns of which rooms the user had not received as much before; not worth events of their own
   */
  'inbox.acknowledge': [
    { actor: Actor; inboxSeq: number; received?: readonly RoomProgress[] },
    { received: readonly RoomProgress[] },
  ];
  /** Removes what is older than this from all inboxes, and what is beyond the most that one may hold; again while there is much of it. */
  'inbox.trim': [{ before: number; maxRows: number }, { removed: number }];

  /** One for a device; what another device had with the same endpoint is void. Of too many devices, those seen last keep theirs. */
  'push.subscribe': [{ actor: Actor; subscription: PushSubscription }, void];
  'push.unsubscribe': [{ actor: Actor }, void];
  /**
   * Makes pushes of what has waited in a room, in place of earlier ones of the same device and room.
   * `upTo` ends the waiting of all up to this `seq`; but that of `keep` begins anew.
   */
  'push.expand': [{ roomId: string; users: readonly PushCandidate[]; upTo?: number; keep?: number }, void];
  /** What has become of a push. With `gone`, the subscription ends as well, if it still has this endpoint. */
  'push.settle': [{ push: PushKey; outcome: PushOutcome }, void];
  /** Removes the oldest of what is beyond the most that may wait: messages, and pushes. */
  'push.trim': [{ maxRows: number }, { removed: number }];

  /**
   * @returns the same id for the same bytes of the same user, and where the bytes are kept: not under `storageKey` if the same bytes of anybody
   * are there already
   */
  'file.create': [
    { actor: Actor; sha256: string; size: number; mime: string; name: string; storageKey: string },
    { fileId: string; isNew: boolean; storageKey: string },
  ];
  /** Forgets files that no message refers to and that are older. @returns what may be removed from the disk: no file will have it again */
  'file.collect': [{ before: number }, { storageKeys: string[] }];
}

export type PushOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'gone'; readonly endpoint: string }
  | { readonly kind: 'retry'; readonly at: number };

export type CommandName = keyof Commands;
export type CommandInput<N extends CommandName> = Commands[N][0];
export type CommandResult<N extends CommandName> = Commands[N][1];

/** What a commit has put into inboxes and timelines. */
export interface Committed {
  readonly hints: readonly Hint[];
}

export interface SentMessage extends Committed {
  readonly messageId: string;
  readonly roomId: string;
  readonly seq: number;
  /** Of the sender's own inbox; undefined in rooms in timeline mode. */
  readonly inboxSeq?: number;
  /** The same `clientMsgId` came before; nothing was written now, and `hints` is empty. */
  readonly dup: boolean;
}

/** That there is something new; never the only way to learn of it. */
export type Hint =
  /** In a user's inbox. */
  | { readonly userId: string; readonly inboxSeq: number; readonly event: InboxEvent }
  /** In a room in timeline mode, for whoever watches it. */
  | { readonly roomId: string; readonly seq: number; readonly message: ImMessage }
  /** The user is not (any more) a member of the room: subscriptions to it end. */
  | { readonly removed: { readonly userId: string; readonly roomId: string } };

/** Takes what shall be written, and says when it is safe. One writer stands behind it. */
export abstract class IngestQueue {
  /**
   * @returns settles after the commit, which is on the disk
   * @throws ImError BUSY when too many wait, STORAGE when the disk does not take it, or what the command is refused with
   */
  abstract execute<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandResult<N>>;
  /** How many wait. */
  abstract readonly depth: number;
  /** Finishes what waits, takes nothing more. */
  abstract close(): Promise<void>;
}

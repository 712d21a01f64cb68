import { ImError } from '../../model/error.js';
import { Role } from '../../model/room.js';
import type {
  Actor,
  CommandInput,
  CommandName,
  CommandResult,
  Idempotent,
  SentMessage,
} from '../../ports/ingest-queue.js';
import type { SqliteDatabase } from '../database.js';
import { payloadHash } from '../payload-hash.js';
import { Devices } from '../tables/devices.js';
import { Files } from '../tables/files.js';
import { Inbox } from '../tables/inbox.js';
import { Marks } from '../tables/marks.js';
import { Members, type MemberRow } from '../tables/members.js';
import { Messages, type EarlierRow } from '../tables/messages.js';
import { Outbox } from '../tables/outbox.js';
import { Pushes } from '../tables/pushes.js';
import { Reactions } from '../tables/reactions.js';
import { Rooms, type RoomRow } from '../tables/rooms.js';
import { SearchIndex } from '../tables/search-index.js';
import { Users, type ActorRow } from '../tables/users.js';
import { Timeline, type Draft } from '../timeline.js';

/** How the named commands are carried out, inside a transaction. */
export type Handles<N extends CommandName> = { readonly [K in N]: (input: CommandInput<K>) => CommandResult<K> };

export interface Membership {
  readonly room: RoomRow;
  readonly member: MemberRow;
}

/** What of a draft is the same for all commands that write messages. */
export type DraftStart = Pick<Draft, 'sender' | 'clientMsgId' | 'payloadHash'>;

/** What all commands share: the tables, the timeline, and the checks that begin each of them. */
export class WriteContext {
  readonly users;
  readonly devices;
  readonly rooms;
  readonly members;
  readonly reactions;
  readonly messages;
  readonly marks;
  readonly inbox;
  readonly files;
  readonly search;
  readonly outbox;
  readonly pushes;
  readonly timeline;

  constructor(
    db: SqliteDatabase,
    readonly clock: () => number,
    /** Rooms with more members are in timeline mode. */
    readonly maxInboxMembers: number,
  ) {
    this.users = new Users(db);
    this.devices = new Devices(db);
    this.rooms = new Rooms(db);
    this.members = new Members(db);
    this.reactions = new Reactions(db);
    this.messages = new Messages(db, this.reactions);
    this.marks = new Marks(db);
    this.inbox = new Inbox(db);
    this.files = new Files(db);
    this.search = new SearchIndex(db);
    this.outbox = new Outbox(db);
    this.pushes = new Pushes(db);
    this.timeline = new Timeline(this, clock);
  }

  actor({ userId, deviceId }: Actor): ActorRow {
    const actor = this.users.actor(userId, deviceId);
    if (!actor) throw new ImError('UNAUTHENTICATED', `There is no user ${userId}`);
    if (actor.revoked_at !== null) throw new ImError('UNAUTHENTICATED', 'This device has been logged out');
    return actor;
  }

  membership(roomId: string, uid: number): Membership {
    const room = this.rooms.find(roomId);
    const member = room && this.members.find(room.rid, uid);
    if (!room || !member) throw new ImError('FORBIDDEN', 'You are not a member of this room', { room_id: roomId });
    return { room, member };
  }

  /** Carries out what has not been carried out before, under the same id of the same sender. */
  once<I extends Idempotent & { roomId?: string; toUserId?: string }>(
    name: CommandName,
    input: I,
    carryOut: (actor: ActorRow, start: DraftStart) => SentMessage,
  ): SentMessage {
    const { clientMsgId } = input;
    if (!/^[^\p{C}\p{Z}]{1,64}$/u.test(clientMsgId)) {
      throw new ImError('BAD_REQUEST', 'A client_msg_id has 1 to 64 characters without spaces');
    }
    const actor = this.actor(input.actor);
    const hash = payloadHash(name, input);
    const earlier = this.messages.earlier(actor.uid, clientMsgId);
    if (!earlier) return carryOut(actor, { sender: actor, clientMsgId, payloadHash: hash });
    if (!isSame(earlier, hash, input)) {
      const details = { room_id: earlier.room_id, seq: earlier.seq };
      throw new ImError('CONFLICT', 'This client_msg_id belongs to another message', details);
    }
    return {
      messageId: String(earlier.mid),
      roomId: earlier.room_id,
      seq: earlier.seq,
      inboxSeq: earlier.inbox_seq ?? undefined,
      dup: true,
      hints: [],
    };
  }
}

/** What came before is nothing to the member: they were not there, or it has expired. */
export function firstVisible({ room, member }: Membership): number {
  return Math.max(member.visible_from, room.first_seq);
}

export function requireRole({ member, room }: Membership, role: Role): void {
  if (member.role >= role) return;
  throw new ImError('FORBIDDEN', 'Only admins of the room may do this', { room_id: room.room_id });
}

/** A fraction would be stored as such, and found nowhere. */
export function requireInteger(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new ImError('BAD_REQUEST', `${name} is a whole number`);
}

function isSame(earlier: EarlierRow, hash: Buffer, target: { roomId?: string; toUserId?: string }): boolean {
  if (target.roomId !== undefined && target.roomId !== earlier.room_id) return false;
  if (target.toUserId !== undefined && target.toUserId !== earlier.to_id) return false;
  return hash.equals(earlier.payload_hash);
}

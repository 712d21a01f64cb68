import { ImError } from '../../model/error.js';
import { MessageType } from '../../model/message.js';
import { Role } from '../../model/room.js';
import type { Hint, SentMessage } from '../../ports/ingest-queue.js';
import { SYSTEM_ROOM } from '../schema.js';
import type { Recipient } from '../tables/members.js';
import type { RoomRow } from '../tables/rooms.js';
import {
  requireInteger,
  requireRole,
  type DraftStart,
  type Handles,
  type Membership,
  type WriteContext,
} from './context.js';
import { newRoomId } from './message-commands.js';

const MAX_TITLE_LENGTH = 100;
const MAX_USERS = 1_000;

/** Who is in a room, as what, and what the room is called. Each is a message in the room. */
export function roomCommands(
  context: WriteContext,
): Handles<'room.create' | 'room.invite' | 'room.join' | 'room.leave' | 'room.kick' | 'room.update'> {
  const { users, rooms, members, inbox, timeline, clock, maxInboxMembers } = context;

  function control(room: RoomRow, start: DraftStart, messageType: MessageType, content: object): SentMessage {
    return timeline.append(room, { ...start, type: 'multicast', messageType, content: { ...content } });
  }

  /** A message that the server adds of its own accord: its id has a space, which no client's has. */
  function ownStart({ sender, payloadHash }: DraftStart, room: RoomRow): DraftStart {
    return { sender, payloadHash, clientMsgId: `server ${room.room_id}:${room.last_seq + 1}` };
  }

  /** Adds them at the room's next seq, and tells them of the room; what they are told of in the room comes after it. */
  function admit(room: RoomRow, users: readonly Recipient[], roleOf = (_uid: number): Role => Role.Member): Hint[] {
    for (const { uid } of users) members.add(room, uid, roleOf(uid), room.last_seq + 1);
    rooms.addMembers(room, users.length);
    const event = { kind: 'room', room_id: room.room_id, change: 'joined' } as const;
    return users.map((user) => inbox.addEvent(user, room.rid, event, clock()));
  }

  /** After the message that tells of it, which is the last one they see. */
  function dismiss(room: RoomRow, user: Recipient, isBanned: boolean): Hint[] {
    members.leave(room.rid, user.uid, room.last_seq, isBanned);
    rooms.addMembers(room, -1);
    const event = { kind: 'room', room_id: room.room_id, change: 'left' } as const;
    const removed = { userId: user.user_id, roomId: room.room_id };
    return [inbox.addEvent(user, room.rid, event, clock()), { removed }];
  }

  /** A room that has become too large for inboxes: each gets one more row, which says that members have to ask from now on. */
  function outgrow(room: RoomRow, start: DraftStart): readonly Hint[] {
    if (room.timeline_from !== null || room.member_count <= maxInboxMembers) return [];
    const { seq, hints } = control(room, ownStart(start, room), MessageType.Mode, { mode: 'timeline' });
    rooms.setTimelineFrom(room, seq + 1);
    return hints;
  }

  function known(userIds: readonly string[]): Recipient[] {
    if (userIds.length > MAX_USERS) throw new ImError('TOO_LARGE', `At most ${MAX_USERS} users at once`);
    return [...new Set(userIds)].map((userId) => {
      const user = users.find(userId);
      if (!user) throw new ImError('NOT_FOUND', `There is no user ${userId}`, { user_id: userId });
      return user;
    });
  }

  function group(roomId: string, uid: number): Membership {
    const membership = context.membership(roomId, uid);
    if (membership.room.kind === 'dm' || membership.room.rid === SYSTEM_ROOM.rid) {
      throw new ImError('FORBIDDEN', 'The members of this room do not change', { room_id: roomId });
    }
    return membership;
  }

  /** Another member, over whom the actor has power. */
  function subordinate({ room, member }: Membership, userId: string): Recipient {
    const user = users.find(userId);
    const other = user && members.find(room.rid, user.uid);
    if (!other) throw new ImError('NOT_FOUND', `${userId} is not a member of this room`, { room_id: room.room_id });
    if (other.role >= member.role) throw new ImError('FORBIDDEN', `You have no power over ${userId}`);
    return other;
  }

  /** Of a room that stays, somebody has to be the owner. */
  function handOver({ room, member }: Membership, start: DraftStart): readonly Hint[] {
    const heir = member.role === Role.Owner ? members.heir(room.rid, member.uid) : undefined;
    if (!heir) return [];
    members.setRole(room.rid, heir.uid, Role.Owner);
    const content = { action: 'role', user_ids: [heir.user_id], role: Role.Owner };
    return control(room, ownStart(start, room), MessageType.Member, content).hints;
  }

  function setRole(membership: Membership, user: Recipient, role: Role): void {
    const { room, member } = membership;
    requireRole(membership, Role.Owner);
    if (![Role.Member, Role.Admin, Role.Owner].includes(role)) throw new ImError('BAD_REQUEST', `No role ${role}`);
    members.setRole(room.rid, user.uid, role);
    // A room has one owner: who makes another one the owner remains an admin.
    if (role === Role.Owner) members.setRole(room.rid, member.uid, Role.Admin);
  }

  return {
    'room.create': (input) =>
      context.once('room.create', input, (actor, start) => {
        const { kind, title, memberIds } = input;
        checkTitle(title);
        if (kind !== 'group' && kind !== 'channel') throw new ImError('BAD_REQUEST', 'One makes groups and channels');
        const others = known(memberIds).filter(({ uid }) => uid !== actor.uid);
        const room = rooms.insert({ roomId: newRoomId(), kind, title, at: clock() });
        const joined = admit(room, [actor, ...others], (uid) => (uid === actor.uid ? Role.Owner : Role.Member));
        const sent = control(room, start, MessageType.Room, { action: 'create', title });
        return { ...sent, hints: [...joined, ...sent.hints, ...outgrow(room, start)] };
      }),

    'room.invite': (input) =>
      context.once('room.invite', input, (actor, start) => {
        const membership = group(input.roomId, actor.uid);
        const { room } = membership;
        if (room.kind === 'channel') requireRole(membership, Role.Admin);
        const fresh = known(input.userIds).filter(({ uid }) => !members.find(room.rid, uid));
        if (fresh.length === 0) {
          throw new ImError('CONFLICT', 'All of them are members already', { room_id: room.room_id });
        }
        const joined = admit(room, fresh);
        const content = { action: 'invite', user_ids: fresh.map(({ user_id }) => user_id) };
        const sent = control(room, start, MessageType.Member, content);
        return { ...sent, hints: [...joined, ...sent.hints, ...outgrow(room, start)] };
      }),

    'room.join': (input) =>
      context.once('room.join', input, (actor, start) => {
        const room = rooms.find(input.roomId);
        const details = { room_id: input.roomId };
        if (room?.kind !== 'channel') throw new ImError('FORBIDDEN', 'One joins channels only', details);
        if (members.find(room.rid, actor.uid)) throw new ImError('CONFLICT', 'You are a member already', details);
        if (members.isBanned(room.rid, actor.uid)) {
          throw new ImError('FORBIDDEN', 'You were removed from this channel: an admin has to invite you', details);
        }
        const joined = admit(room, [actor]);
        const sent = control(room, start, MessageType.Member, { action: 'join', user_ids: [actor.user_id] });
        return { ...sent, hints: [...joined, ...sent.hints, ...outgrow(room, start)] };
      }),

    'room.leave': (input) =>
      context.once('room.leave', input, (actor, start) => {
        const membership = group(input.roomId, actor.uid);
        const { room } = membership;
        const handedOver = handOver(membership, start);
        const sent = control(room, start, MessageType.Member, { action: 'leave', user_ids: [actor.user_id] });
        return { ...sent, hints: [...handedOver, ...sent.hints, ...dismiss(room, actor, false)] };
      }),

    'room.kick': (input) =>
      context.once('room.kick', input, (actor, start) => {
        const membership = group(input.roomId, actor.uid);
        const { room } = membership;
        requireRole(membership, Role.Admin);
        const user = subordinate(membership, input.userId);
        const sent = control(room, start, MessageType.Member, { action: 'kick', user_ids: [user.user_id] });
        return { ...sent, hints: [...sent.hints, ...dismiss(room, user, true)] };
      }),

    'room.update': (input) =>
      context.once('room.update', input, (actor, start) => {
        const { title, retentionDays, member: change } = input;
        const values = [title, retentionDays, change?.role, change?.muteUntil];
        if (values.filter((value) => value !== undefined).length !== 1) {
          throw new ImError('BAD_REQUEST', 'A title, a retention, a role, or the end of a mute: one of them');
        }
        const membership = group(input.roomId, actor.uid);
        const { room } = membership;
        requireRole(membership, Role.Admin);
        if (title !== undefined) {
          checkTitle(title);
          rooms.setTitle(room, title);
          return control(room, start, MessageType.Room, { action: 'rename', title });
        }
        if (retentionDays !== undefined) {
          requireRole(membership, Role.Owner);
          requireInteger('retention_days', retentionDays);
          rooms.setRetention(room, retentionDays === 0 ? null : retentionDays);
          return control(room, start, MessageType.Room, { action: 'retention', retention_days: retentionDays });
        }
        const { userId, role, muteUntil } = change!;
        const user = subordinate(membership, userId);
        if (role !== undefined) {
          setRole(membership, user, role);
          return control(room, start, MessageType.Member, { action: 'role', user_ids: [userId], role });
        }
        requireInteger('mute_until', muteUntil!);
        members.mute(room.rid, user.uid, muteUntil!);
        const content = { action: 'mute', user_ids: [userId], mute_until: muteUntil };
        return control(room, start, MessageType.Member, content);
      }),
  };
}

function checkTitle(title: string): void {
  if (title.trim().length === 0 || title.length > MAX_TITLE_LENGTH) {
    throw new ImError('BAD_REQUEST', `A title has 1 to ${MAX_TITLE_LENGTH} characters`);
  }
}

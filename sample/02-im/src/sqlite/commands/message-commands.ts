import { randomBytes } from 'node:crypto';
import { ImError } from '../../model/error.js';
import { MessageType } from '../../model/message.js';
import { Role } from '../../model/room.js';
import type { SendCommand } from '../../ports/ingest-queue.js';
import { SYSTEM_ROOM } from '../schema.js';
import type { RoomRow } from '../tables/rooms.js';
import { USER_IS_ADMIN, type ActorRow } from '../tables/users.js';
import { firstVisible, requireInteger, type Handles, type Membership, type WriteContext } from './context.js';
import { MessageParts } from './message-parts.js';

export const newRoomId = (): string => `r_${randomBytes(9).toString('base64url')}`;

export function messageCommands(context: WriteContext): Handles<'message.send' | 'message.broadcast'> {
  const { users, rooms, members, timeline, clock } = context;
  const parts = new MessageParts(context);

  /** The direct room of the two, and who the other one is. */
  function direct(actor: ActorRow, toUserId: string): Membership & { toUid: number } {
    const peer = users.find(toUserId);
    if (!peer) throw new ImError('NOT_FOUND', `There is no user ${toUserId}`);
    const directKey = [actor.uid, peer.uid].toSorted((a, b) => a - b).join(':');
    const room = rooms.findDirect(directKey) ?? openDirect(directKey, new Set([actor.uid, peer.uid]));
    return { room, member: members.find(room.rid, actor.uid)!, toUid: peer.uid };
  }

  function openDirect(directKey: string, uids: ReadonlySet<number>): RoomRow {
    const room = rooms.insert({ roomId: newRoomId(), kind: 'dm', directKey, title: '', at: clock() });
    for (const uid of uids) members.add(room, uid, Role.Member, 1, 0);
    rooms.addMembers(room, uids.size);
    return room;
  }

  /** Of a direct room, the one who is not the actor; the actor, where they write to themselves. */
  function peerOf({ room, member }: Membership): number | undefined {
    if (room.kind !== 'dm') return undefined;
    return members.all(room.rid).find(({ uid }) => uid !== member.uid)?.uid ?? member.uid;
  }

  function place(actor: ActorRow, { roomId, toUserId }: SendCommand): Membership & { toUid?: number } {
    if ((roomId === undefined) === (toUserId === undefined)) {
      throw new ImError('BAD_REQUEST', 'A message goes either to a room or to a user');
    }
    if (toUserId !== undefined) return direct(actor, toUserId);
    const membership = context.membership(roomId!, actor.uid);
    return { ...membership, toUid: peerOf(membership) };
  }

  return {
    'message.send': (input) =>
      context.once('message.send', input, (actor, start) => {
        const { type, messageType, content, replyTo, mentions } = input;
        if (!Number.isInteger(messageType) || messageType < 1 || messageType >= MessageType.Recall) {
          throw new ImError('BAD_REQUEST', `Clients do not send messages of the type ${messageType}`);
        }
        const membership = place(actor, input);
        const { room, toUid } = membership;
        if (type === 'broadcast' || (type === 'unicast' && room.kind !== 'dm')) {
          throw new ImError('BAD_REQUEST', `A message to this room is not a ${type}`);
        }
        requireVoice(membership, clock());
        if (replyTo !== undefined) requireInteger('reply_to', replyTo);
        if (replyTo !== undefined && !(replyTo >= firstVisible(membership) && replyTo <= room.last_seq)) {
          throw new ImError('BAD_REQUEST', `There is no message ${replyTo} to answer`);
        }
        const file = parts.check(actor, content, mentions);
        const kind = room.kind === 'dm' ? 'unicast' : 'multicast';
        const sent = timeline.append(room, {
          ...start,
          type: kind,
          messageType,
          content,
          replyTo,
          mentions,
          toUid,
        });
        members.read(room.rid, actor.uid, sent.seq, room.badge_seq);
        parts.attach(room, sent.seq, actor, file, mentions);
        return sent;
      }),

    'message.broadcast': (input) =>
      context.once('message.broadcast', input, (actor, start) => {
        if ((actor.flags & USER_IS_ADMIN) === 0) throw new ImError('FORBIDDEN', 'Only admins write to everybody');
        const { content } = input;
        const file = parts.check(actor, content);
        const room = rooms.find(SYSTEM_ROOM.roomId)!;
        const sent = timeline.append(room, { ...start, type: 'broadcast', messageType: MessageType.Text, content });
        members.read(room.rid, actor.uid, sent.seq, room.badge_seq);
        parts.attach(room, sent.seq, actor, file);
        return sent;
      }),
  };
}

/** Throws unless the member may write into the room now. */
export function requireVoice({ room, member }: Membership, now: number): void {
  const details = { room_id: room.room_id };
  if (room.rid === SYSTEM_ROOM.rid) throw new ImError('FORBIDDEN', 'This room takes broadcasts only', details);
  if (room.kind === 'channel' && member.role < Role.Admin) {
    throw new ImError('FORBIDDEN', 'Only admins write into a channel', details);
  }
  requireUnmuted({ room, member }, now);
}

/** Throws while an admin has the member keep silent. */
export function requireUnmuted({ room, member: { mute_until } }: Membership, now: number): void {
  if (mute_until === null || mute_until <= now) return;
  throw new ImError('FORBIDDEN', 'You are muted in this room', { room_id: room.room_id, mute_until });
}

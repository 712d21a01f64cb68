import { randomBytes } from 'node:crypto';
import { ImError } from '../../model/error.js';
import type { RoomProgress } from '../../ports/ingest-queue.js';
import type { RoomRow } from '../tables/rooms.js';
import { requireInteger, type Handles, type WriteContext } from './context.js';

/** What concerns only the user who asks: how far they have read, what they hide, their devices and files. */
export function ownCommands(
  context: WriteContext,
): Handles<
  | 'message.hide'
  | 'room.read'
  | 'room.pin'
  | 'room.mute'
  | 'inbox.acknowledge'
  | 'inbox.trim'
  | 'file.create'
  | 'file.collect'
> {
  const { devices, rooms, members, messages, marks, inbox, files, clock } = context;

  /** @returns whether that is more than before; of a room that they have left, it is not */
  function receive(uid: number, { roomId, seq }: RoomProgress): boolean {
    requireInteger('seq', seq);
    const room = rooms.find(roomId);
    const member = room && members.find(room.rid, uid);
    if (!member || seq <= member.recv_seq || seq > room.last_seq) return false;
    members.receive(room.rid, uid, seq);
    return true;
  }

  /** What has expired is not unread any more. */
  const unreadAfter = ({ badge_seq, first_badge }: RoomRow, badge: number) => badge_seq - Math.max(badge, first_badge);

  return {
    'message.hide': ({ actor: by, roomId, lo, hi }) => {
      const actor = context.actor(by);
      const { room } = context.membership(roomId, actor.uid);
      requireInteger('lo', lo);
      requireInteger('hi', hi);
      const last = Math.min(hi, room.last_seq);
      if (lo < 1 || lo > last) {
        throw new ImError('BAD_REQUEST', `There are no messages from ${lo} to ${hi}`);
      }
      if (!marks.hide(actor.uid, room.rid, lo, last)) return { hints: [] };
      const event = { kind: 'hide', room_id: roomId, lo, hi: last } as const;
      return { hints: [inbox.addEvent(actor, room.rid, event, clock())] };
    },

    'room.read': ({ actor: by, roomId, seq }) => {
      requireInteger('seq', seq);
      const actor = context.actor(by);
      const { room, member } = context.membership(roomId, actor.uid);
      const readSeq = Math.min(seq, room.last_seq);
      if (!(readSeq > member.read_seq)) {
        return { readSeq: member.read_seq, unread: unreadAfter(room, member.read_badge), hints: [] };
      }
      const badge = messages.badge(room.rid, readSeq);
      members.read(room.rid, actor.uid, readSeq, badge);
      const unread = unreadAfter(room, badge);
      const event = { kind: 'read', room_id: roomId, read_seq: readSeq, unread } as const;
      return { readSeq, unread, hints: [inbox.addEvent(actor, room.rid, event, clock())] };
    },

    'room.pin': ({ actor: by, roomId, remove }) => {
      const actor = context.actor(by);
      const { room } = context.membership(roomId, actor.uid);
      if (!members.pin(room.rid, actor.uid, remove ? null : clock())) return { hints: [] };
      const event = { kind: 'room', room_id: roomId, change: 'pinned' } as const;
      return { hints: [inbox.addEvent(actor, room.rid, event, clock())] };
    },

    'room.mute': ({ actor: by, roomId, until }) => {
      requireInteger('until', until);
      const actor = context.actor(by);
      const { room } = context.membership(roomId, actor.uid);
      if (!members.silence(room.rid, actor.uid, until === 0 ? null : until)) return { hints: [] };
      const event = { kind: 'room', room_id: roomId, change: 'muted' } as const;
      return { hints: [inbox.addEvent(actor, room.rid, event, clock())] };
    },

    'inbox.acknowledge': ({ actor: by, inboxSeq, received = [] }) => {
      requireInteger('inbox_seq', inboxSeq);
      const actor = context.actor(by);
      if (actor.did === null) throw new ImError('NOT_FOUND', `There is no device ${by.deviceId}`);
      devices.acknowledge(actor.did, Math.min(inboxSeq, inbox.head(actor.uid)), clock());
      return { received: received.filter((progress) => receive(actor.uid, progress)) };
    },

    'inbox.trim': ({ before, maxRows }) => ({ removed: inbox.trim(before, maxRows) }),

    'file.create': ({ actor: by, sha256, size, mime, name, storageKey }) => {
      const { uid } = context.actor(by);
      const fileId = `f_${randomBytes(12).toString('base64url')}`;
      return files.add({ uid, fileId, sha256, size, mime, name, storageKey, at: clock() });
    },

    'file.collect': ({ before }) => ({ storageKeys: files.collect(before) }),
  };
}

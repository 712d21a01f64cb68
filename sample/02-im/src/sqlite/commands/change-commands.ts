import { ImError } from '../../model/error.js';
import { RECALL_WINDOW_MS } from '../../model/limits.js';
import { MessageType } from '../../model/message.js';
import { Role } from '../../model/room.js';
import { SYSTEM_ROOM } from '../schema.js';
import { Flag } from '../message-row.js';
import type { TargetRow } from '../tables/messages.js';
import { firstVisible, requireRole, type Handles, type Membership, type WriteContext } from './context.js';
import { requireUnmuted, requireVoice } from './message-commands.js';
import { MessageParts } from './message-parts.js';

const MAX_REACTIONS_OF_A_USER = 20;
const MAX_EMOJI_LENGTH = 32;
const MAX_PINS = 50;

/** What changes messages; each is a message too, which refers to its target. */
export function changeCommands(
  context: WriteContext,
): Handles<'message.recall' | 'message.edit' | 'message.react' | 'message.pin'> {
  const { messages, reactions, marks, search, timeline, clock } = context;
  const parts = new MessageParts(context);

  function target(membership: Membership, seq: number): TargetRow {
    const { room } = membership;
    const message = seq >= firstVisible(membership) ? messages.target(room.rid, seq) : undefined;
    const details = { room_id: room.room_id, seq };
    if (!message) throw new ImError('NOT_FOUND', `There is no message ${seq} in this room`, details);
    if (message.message_type >= MessageType.Recall) {
      throw new ImError('BAD_REQUEST', 'What the server has written cannot be changed', details);
    }
    if ((message.flags & Flag.Recalled) !== 0) throw new ImError('GONE', 'This message has been recalled', details);
    return message;
  }

  const typeIn = ({ room }: Membership) =>
    room.rid === SYSTEM_ROOM.rid ? 'broadcast' : room.kind === 'dm' ? 'unicast' : 'multicast';

  return {
    'message.recall': (input) =>
      context.once('message.recall', input, (actor, start) => {
        const membership = context.membership(input.roomId, actor.uid);
        const { room, member } = membership;
        const message = target(membership, input.seq);
        if (member.role < Role.Admin) {
          if (message.sender_uid !== actor.uid) throw new ImError('FORBIDDEN', 'This message is not yours');
          if (clock() - message.created_at > RECALL_WINDOW_MS)
            throw new ImError('GONE', 'It is too late to recall this');
        }
        messages.recall(room.rid, message);
        search.remove(message.mid);
        reactions.clear(room.rid, message.seq);
        marks.unpin(room.rid, message.seq);
        parts.detach(room, message.seq);
        return timeline.append(room, {
          ...start,
          type: typeIn(membership),
          messageType: MessageType.Recall,
          content: {},
          targetSeq: message.seq,
        });
      }),

    'message.edit': (input) =>
      context.once('message.edit', input, (actor, start) => {
        const membership = context.membership(input.roomId, actor.uid);
        const { room } = membership;
        const message = target(membership, input.seq);
        if (message.sender_uid !== actor.uid) throw new ImError('FORBIDDEN', 'This message is not yours');
        if (room.rid !== SYSTEM_ROOM.rid) requireVoice(membership, clock());
        if (message.version !== input.expectedVersion) {
          const details = { room_id: room.room_id, seq: message.seq, version: message.version };
          throw new ImError('CONFLICT', `This message has version ${message.version} by now`, details);
        }
        const { content, mentions } = input;
        const file = parts.check(actor, content, mentions);
        const mentioned = mentions?.length ? JSON.stringify(mentions) : null;
        messages.edit(message.mid, JSON.stringify(content), mentioned, clock(), room.last_seq + 1);
        search.remove(message.mid);
        const { mid, sender_uid: senderUid, message_type: messageType } = message;
        search.add({ mid, rid: room.rid, senderUid, messageType, content });
        parts.detach(room, message.seq);
        parts.attach(room, message.seq, actor, file, mentions);
        return timeline.append(room, {
          ...start,
          type: typeIn(membership),
          messageType: MessageType.Edit,
          content: {},
          targetSeq: message.seq,
        });
      }),

    'message.react': (input) =>
      context.once('message.react', input, (actor, start) => {
        const { emoji, remove } = input;
        if (emoji.length === 0 || emoji.length > MAX_EMOJI_LENGTH) throw new ImError('BAD_REQUEST', 'Not an emoji');
        const membership = context.membership(input.roomId, actor.uid);
        const { room } = membership;
        // Everybody is told of it, and it may be any short text.
        if (room.rid === SYSTEM_ROOM.rid) requireRole(membership, Role.Admin);
        requireUnmuted(membership, clock());
        const message = target(membership, input.seq);
        if (remove) {
          reactions.remove(room.rid, message.seq, emoji, actor.uid);
        } else {
          reactions.add(room.rid, message.seq, emoji, actor.uid, clock(), room.last_seq + 1);
          messages.markReacted(message.mid);
          if (reactions.count(room.rid, message.seq, actor.uid) > MAX_REACTIONS_OF_A_USER) {
            throw new ImError('TOO_LARGE', `At most ${MAX_REACTIONS_OF_A_USER} reactions to one message`);
          }
        }
        return timeline.append(room, {
          ...start,
          type: typeIn(membership),
          messageType: MessageType.Reaction,
          content: { emoji, remove },
          targetSeq: message.seq,
        });
      }),

    'message.pin': (input) =>
      context.once('message.pin', input, (actor, start) => {
        const { remove } = input;
        const membership = context.membership(input.roomId, actor.uid);
        const { room } = membership;
        if (room.kind === 'channel') requireRole(membership, Role.Admin);
        requireUnmuted(membership, clock());
        const message = target(membership, input.seq);
        if (remove) marks.unpin(room.rid, message.seq);
        else marks.pin(room.rid, message.seq);
        if (marks.pinCount(room.rid) > MAX_PINS) throw new ImError('TOO_LARGE', `At most ${MAX_PINS} pins in one room`);
        return timeline.append(room, {
          ...start,
          type: typeIn(membership),
          messageType: MessageType.Pin,
          content: { remove },
          targetSeq: message.seq,
        });
      }),
  };
}

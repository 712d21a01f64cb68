import { MessageType } from '../../../src/model/message.js';
import { Role, type RoomMember } from '../../../src/model/room.js';
import { mergeSummary, sorted, tickOf, withMessage, withRead } from '../../../web/src/core/rooms.js';
import { control, summary, text } from '../support/messages.js';

describe('the line of a room', () => {
  it("counts what others write, but neither one's own nor what is silent", () => {
    const room = [text(1, 'bob'), text(2, 'alice'), control(3, MessageType.Reaction, 1, { emoji: '👍' }, 'bob')].reduce(
      (before, message) => withMessage(before, message, 'alice'),
      summary(),
    );
    expect(room).toMatchObject({ unread: 1, last_seq: 3, last_message: { seq: 2 } });
  });

  it('counts a message once, however often it comes', () => {
    const once = withMessage(summary(), text(1, 'bob'), 'alice');
    expect(withMessage(once, text(1, 'bob'), 'alice')).toEqual(once);
  });

  it('tells of a mention until the room is read', () => {
    const mentioned = withMessage(summary(), text(1, 'bob', { mentions: ['alice'] }), 'alice');
    expect(mentioned.mentioned).toBe(true);
    expect(withRead(mentioned, 1, 0)).toMatchObject({ unread: 0, mentioned: false });
  });

  it('is not thrown back by an older reading of another device', () => {
    expect(withRead(summary({ read_seq: 5, unread: 1 }), 3, 4)).toMatchObject({ read_seq: 5, unread: 1 });
  });

  it('shows what its last message has become', () => {
    const room = withMessage(summary(), text(1, 'bob'), 'alice');
    expect(withMessage(room, control(2, MessageType.Recall, 1), 'alice').last_message).toMatchObject({
      message_content: null,
    });
  });

  it('keeps what is newer than the list that it comes with', () => {
    const known = summary({ last_seq: 7, last_message: text(7), unread: 3, read_seq: 2 });
    expect(mergeSummary(known, summary({ last_seq: 5, unread: 1, title: 'New' }))).toMatchObject({
      last_seq: 7,
      unread: 3,
      title: 'New',
    });
    expect(mergeSummary(known, summary({ last_seq: 9, unread: 5, read_seq: 2 }))).toMatchObject({
      last_seq: 9,
      unread: 5,
    });
  });

  it('takes its new name, its mode and its pins from messages', () => {
    const changed = [
      text(1, 'bob', { message_type: MessageType.Room, message_content: { action: 'rename', title: 'Plans' } }),
      text(2, 'bob', { message_type: MessageType.Mode, message_content: { mode: 'timeline' } }),
      control(3, MessageType.Pin, 1, { remove: false }),
      control(4, MessageType.Pin, 2, { remove: false }),
      control(5, MessageType.Pin, 1, { remove: true }),
    ].reduce((room, message) => withMessage(room, message, 'alice'), summary());
    expect(changed).toMatchObject({ title: 'Plans', mode: 'timeline', pins: [2] });
  });

  it('has no pin any more of what was recalled', () => {
    const room = summary({ last_seq: 2, pins: [1, 2] });
    expect(withMessage(room, control(3, MessageType.Recall, 1), 'alice').pins).toEqual([2]);
  });
});

it('sorts rooms by their newest message, pinned ones first', () => {
  const rooms = [
    summary({ room_id: 'old', last_message: text(1) }),
    summary({ room_id: 'new', last_message: text(9) }),
    summary({ room_id: 'pinned', last_message: text(0), pinned: true }),
  ];
  const order = sorted(new Map(rooms.map((room) => [room.room_id, room])));
  expect(order.map(({ room_id }) => room_id)).toEqual(['pinned', 'new', 'old']);
});

describe('the tick of a message', () => {
  const member = (user_id: string, recv_seq: number, read_seq: number): RoomMember => ({
    user_id,
    name: user_id,
    role: Role.Member,
    recv_seq,
    read_seq,
  });

  it.each([
    ['sent' as const, [member('bob', 4, 3), member('carol', 5, 5)]],
    ['delivered' as const, [member('bob', 5, 3), member('carol', 5, 5)]],
    ['read' as const, [member('bob', 5, 5), member('carol', 0, 6)]],
    ['sent' as const, []],
  ])('is "%s" as far as the slowest has come', (tick, others) => {
    expect(tickOf([member('alice', 0, 0), ...others], 'alice', 5)).toBe(tick);
  });
});

import { Role, type RoomMember } from '../../../src/model/room.js';
import { isAbove, rightsIn } from '../../../web/src/core/rights.js';
import { summary } from '../support/messages.js';

const member = (role: Role): RoomMember => ({ user_id: 'bob', name: 'Bob', role, read_seq: 0, recv_seq: 0 });

it('members of a group write, react and pin; admins rule', () => {
  const group = summary({ kind: 'group' });
  expect(rightsIn(group)).toEqual({ write: true, react: true, pin: true, rule: false, leave: true });
  expect(rightsIn({ ...group, role: Role.Admin }).rule).toBe(true);
});

it('who is silenced only reads', () => {
  expect(rightsIn(summary(), true)).toMatchObject({ write: false, react: false, pin: false });
});

it('members of a channel react; its admins write and pin', () => {
  const channel = summary({ kind: 'channel' });
  expect(rightsIn(channel)).toMatchObject({ write: false, react: true, pin: false });
  expect(rightsIn({ ...channel, role: Role.Admin })).toMatchObject({ write: true, pin: true });
});

it('nobody rules over the other of a direct room, nor leaves it', () => {
  expect(rightsIn(summary({ kind: 'dm', role: Role.Owner }))).toMatchObject({ write: true, rule: false, leave: false });
});

it('of what is said to everybody one is a reader', () => {
  const system = summary({ room_id: 'system', kind: 'channel' });
  expect(rightsIn(system)).toEqual({ write: false, react: false, pin: false, rule: false, leave: false });
});

it('has power over those below: not over equals, nor as a plain member', () => {
  const room = (role: Role) => summary({ role });
  expect(isAbove(room(Role.Owner), member(Role.Admin))).toBe(true);
  expect(isAbove(room(Role.Admin), member(Role.Member))).toBe(true);
  expect(isAbove(room(Role.Admin), member(Role.Admin))).toBe(false);
  expect(isAbove(room(Role.Member), member(Role.Member))).toBe(false);
});

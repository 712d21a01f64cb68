import { Role, type RoomMember, type RoomSummary } from '../../../src/model/room.js';

/** What the server would take from the user: nothing else is offered. */
export interface Rights {
  readonly write: boolean;
  readonly react: boolean;
  readonly pin: boolean;
  /** Over members, the title, and what others have written. */
  readonly rule: boolean;
  readonly leave: boolean;
}

/** What is said to everybody: nobody is its admin. */
const SYSTEM_ROOM = 'system';

export function rightsIn({ room_id, kind, role }: RoomSummary, isSilenced = false): Rights {
  const rule = kind !== 'dm' && role >= Role.Admin;
  const isSystem = room_id === SYSTEM_ROOM;
  const mayShape = (kind !== 'channel' || rule) && !isSilenced;
  return {
    write: mayShape && !isSystem,
    react: !isSilenced && (!isSystem || rule),
    pin: mayShape,
    rule,
    leave: kind !== 'dm' && !isSystem,
  };
}

export function isAbove(room: RoomSummary, member: RoomMember): boolean {
  return rightsIn(room).rule && room.role > member.role;
}

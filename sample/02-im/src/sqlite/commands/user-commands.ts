import { ImError } from '../../model/error.js';
import { Role } from '../../model/room.js';
import { SYSTEM_ROOM } from '../schema.js';
import { USER_IS_ADMIN, type UserRow } from '../tables/users.js';
import type { Handles, WriteContext } from './context.js';

export function userCommands(
  context: WriteContext,
): Handles<'user.create' | 'device.open' | 'device.refresh' | 'device.revoke'> {
  const { users, devices, rooms, members, clock } = context;

  const requireUser = (userId: string): UserRow => {
    const user = users.find(userId);
    if (!user) throw new ImError('NOT_FOUND', `There is no user ${userId}`);
    return user;
  };

  return {
    'user.create': ({ userId, name, passwordHash, isAdmin = false }) => {
      const uid = users.insert(userId, name, passwordHash, isAdmin ? USER_IS_ADMIN : 0, clock());
      if (uid === undefined) throw new ImError('CONFLICT', `There is a user ${userId} already`);
      const other = users.claim(uid, userId);
      if (other !== undefined) throw new ImError('CONFLICT', `${userId} looks like ${other}, which is taken`);
      const room = rooms.find(SYSTEM_ROOM.roomId)!;
      members.add({ ...room, badge_seq: 0 }, uid, isAdmin ? Role.Admin : Role.Member, 1, 0);
      rooms.addMembers(room, 1);
    },

    'device.open': ({ userId, deviceId, name, platform, refreshHash }) => {
      return { generation: devices.open(requireUser(userId).uid, deviceId, name, platform, refreshHash, clock()) };
    },

    'device.refresh': ({ userId, deviceId, refreshHash, nextHash }) => {
      const user = users.find(userId);
      const generation = user && devices.refresh(user.uid, deviceId, refreshHash, nextHash, clock());
      if (generation === undefined) throw new ImError('UNAUTHENTICATED', 'This refresh token is not valid any more');
      return { generation };
    },

    'device.revoke': ({ userId, deviceId }) => {
      const known = devices.revoke(requireUser(userId).uid, deviceId, clock());
      if (!known) throw new ImError('NOT_FOUND', `There is no device ${deviceId}`);
    },
  };
}

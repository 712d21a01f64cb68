import { ImError } from '../../model/error.js';
import type { Actor } from '../../ports/ingest-queue.js';
import type { Handles, WriteContext } from './context.js';

/** Devices of a user that may be subscribed at a time. */
const MAX_SUBSCRIBED = 20;

/** Which devices are told of messages while they are not connected, and of which. */
export function pushCommands(
  context: WriteContext,
): Handles<'push.subscribe' | 'push.unsubscribe' | 'push.expand' | 'push.settle' | 'push.trim'> {
  const { users, devices, rooms, members, outbox, pushes, clock } = context;

  function device(by: Actor): { uid: number; did: number } {
    const { uid, did } = context.actor(by);
    if (did === null) throw new ImError('NOT_FOUND', `There is no device ${by.deviceId}`);
    return { uid, did };
  }

  return {
    'push.subscribe': ({ actor, subscription }) => {
      const { uid, did } = device(actor);
      devices.subscribe(did, subscription.endpoint, JSON.stringify(subscription.keys));
      devices.limitSubscribed(uid, did, MAX_SUBSCRIBED);
    },

    'push.unsubscribe': ({ actor }) => {
      const { did } = device(actor);
      devices.unsubscribe(did);
      pushes.removeAll(did);
    },

    'push.expand': ({ roomId, users: told, upTo, keep }) => {
      const room = rooms.find(roomId);
      if (!room) return;
      const { rid } = room;
      for (const { userId, deviceIds, seq, inboxSeq = null } of told) {
        for (const deviceId of deviceIds) {
          const { uid, did } = users.actor(userId, deviceId)!;
          members.tell(rid, uid, seq);
          if (did !== null) pushes.put({ did, rid, seq, inboxSeq, at: clock() });
        }
      }
      if (upTo !== undefined) outbox.remove(rid, upTo, keep, clock());
    },

    'push.settle': ({ push: { userId, deviceId, roomId, seq }, outcome }) => {
      const did = users.actor(userId, deviceId)?.did;
      const room = rooms.find(roomId);
      if (typeof did !== 'number' || !room) return;
      if (outcome.kind === 'done') pushes.remove(did, room.rid, seq);
      else if (outcome.kind === 'retry') pushes.retry(did, room.rid, outcome.at);
      // If it has subscribed anew meanwhile, it is to be told there.
      else if (devices.unsubscribe(did, outcome.endpoint)) pushes.removeAll(did);
    },

    'push.trim': ({ maxRows }) => ({ removed: outbox.trim(maxRows) + pushes.trim(maxRows) }),
  };
}

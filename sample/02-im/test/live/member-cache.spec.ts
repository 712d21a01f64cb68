import { MemberCache } from '../../src/live/member-cache.js';
import { ImError } from '../../src/model/error.js';
import type { RoomMember } from '../../src/model/room.js';
import { LocalNotifyBus } from '../../src/ports/notify-bus.js';
import type { TimelineStore } from '../../src/ports/timeline-store.js';

describe('The cache of members', () => {
  it('does not refuse a member because somebody else, who is none, asks for the room at the same moment', async () => {
    const members = [{ user_id: 'alice', name: 'Alice' } as RoomMember];
    const ask = async (userId: string) => {
      if (userId === 'alice') return members;
      throw new ImError('FORBIDDEN', 'You are not a member of this room');
    };
    const cache = new MemberCache({ members: ask } as Partial<TimelineStore> as TimelineStore, new LocalNotifyBus());
    const [bobs, alices] = await Promise.allSettled([cache.members('bob', 'r'), cache.members('alice', 'r')]);
    expect(bobs).toMatchObject({ status: 'rejected', reason: { code: 'FORBIDDEN' } });
    expect(alices).toEqual({ status: 'fulfilled', value: members });
  });
});

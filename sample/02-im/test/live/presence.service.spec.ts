import type { SimpUserRegistry, StompSession } from 'nestjs-stomp';
import { optionsFromEnvironment } from '../../src/im-options.js';
import type { LiveService } from '../../src/live/live.service.js';
import { PresenceService } from '../../src/live/presence.service.js';
import { LocalPresenceStore } from '../../src/ports/presence-store.js';

describe('Presence', () => {
  it('is not watched for ever by a session that ended while its frame was on the way', async () => {
    const told: string[] = [];
    const live = { tell: async (userId: string) => void told.push(userId) } as unknown as LiveService;
    const users = { getSessionCount: () => 0 } as unknown as SimpUserRegistry;
    const presence = new PresenceService(new LocalPresenceStore(), live, users, optionsFromEnvironment({}));
    const session = (isOver: boolean) => ({ id: 's1', user: { name: 'alice' }, isOver }) as StompSession;
    presence.disconnected({ sessionId: 's1' } as never);
    await presence.watch(session(true), ['bob']);
    presence.connected({ user: { name: 'bob' } } as never);
    expect(told).toEqual([]);
    await presence.watch(session(false), ['bob']);
    expect(told).toEqual(['alice']);
    presence.onModuleDestroy();
  });
});

import type { StompSession, StompSessionRegistry } from 'nestjs-stomp';
import { AccountsService } from '../../src/accounts/accounts.service.js';
import { ImUser } from '../../src/accounts/im-user.js';
import type { TimelineStore } from '../../src/ports/timeline-store.js';

const user = (name: string, deviceId: string) => new ImUser(name, deviceId, name, [], Date.now() + 60_000, 0);

describe('A device that is revoked while it connects', () => {
  it('is closed as soon as there is a session to close', async () => {
    const sessions = [user('alice', 'd1'), user('alice', 'd2'), user('bob', 'd1')];
    const closed: string[] = [];
    const registry = {
      closeWhere: (isMeant: (session: StompSession) => boolean, code: number) => {
        for (const one of sessions) {
          if (isMeant({ user: one } as unknown as StompSession)) closed.push(`${one.name} ${one.deviceId} ${code}`);
        }
      },
    } as unknown as StompSessionRegistry;
    const store = { isDeviceValid: async (name: string, id: string) => `${name} ${id}` !== 'alice d1' };
    const accounts = new AccountsService(
      undefined!,
      store as Partial<TimelineStore> as TimelineStore,
      undefined!,
      registry,
      undefined!,
    );
    for (const one of sessions) await accounts.connected({ user: one });
    expect(closed).toEqual(['alice d1 4403']);
  });
});

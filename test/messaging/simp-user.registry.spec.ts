import { SimpUserRegistry } from '../../lib/messaging/simp-user.registry.js';

describe('SimpUserRegistry', () => {
  const registryOf = (...sessions: [id: string, name: string][]): SimpUserRegistry => {
    const registry = new SimpUserRegistry();
    for (const [id, name] of sessions) registry.addSession(id, { name });
    return registry;
  };

  it('knows a user from the first session to the last', () => {
    const registry = registryOf(['1', 'alice'], ['2', 'alice'], ['3', 'bob']);
    expect(registry.getUserCount()).toBe(2);
    expect(registry.getUsers().map(({ name }) => name)).toEqual(['alice', 'bob']);
    expect(registry.getUser('alice')!.sessions.map(({ id }) => id)).toEqual(['1', '2']);
    registry.removeSession('1');
    expect([...registry.sessionIds('alice')]).toEqual(['2']);
    registry.removeSession('2');
    expect(registry.getUser('alice')).toBeUndefined();
    expect(registry.getUserCount()).toBe(1);
  });

  it('gives the principal with all it has', () => {
    const registry = new SimpUserRegistry();
    const principal = { name: 'alice', roles: ['ADMIN'] };
    registry.addSession('1', principal);
    expect(registry.getUser('alice')!.principal).toBe(principal);
  });

  it('says whose a session is', () => {
    const registry = registryOf(['1', 'alice']);
    expect(registry.isSessionOf('alice', '1')).toBe(true);
    expect(registry.isSessionOf('bob', '1')).toBe(false);
    expect(registry.isSessionOf('alice', '2')).toBe(false);
  });

  it('knows subscriptions by session, and finds them by what they are', () => {
    const registry = registryOf(['1', 'alice'], ['2', 'bob']);
    registry.addSubscription('1', 'a', '/topic/x');
    registry.addSubscription('1', 'b', '/user/queue/y');
    registry.addSubscription('2', 'a', '/topic/x');
    const found = registry.findSubscriptions(({ destination }) => destination === '/topic/x');
    expect(found.map(({ id, session }) => [id, session.id, session.user.name])).toEqual([
      ['a', '1', 'alice'],
      ['a', '2', 'bob'],
    ]);
    registry.removeSubscription('1', 'a');
    expect(registry.getUser('alice')!.sessions[0]!.subscriptions.map(({ id }) => id)).toEqual(['b']);
    registry.removeSession('2');
    expect(registry.findSubscriptions(() => true)).toHaveLength(1);
  });

  it('takes no notice of sessions without a user', () => {
    const registry = registryOf(['1', 'alice']);
    registry.addSubscription('anonymous', 'a', '/topic/x');
    registry.removeSubscription('anonymous', 'a');
    registry.removeSession('anonymous');
    expect(registry.findSubscriptions(() => true)).toEqual([]);
    expect(registry.getUserCount()).toBe(1);
  });

  it.each(['__proto__', 'constructor', ''])('takes %j for a name like any other', (name) => {
    const registry = registryOf(['1', name]);
    expect(registry.getUser(name)!.name).toBe(name);
    expect(registryOf().getUser(name)).toBeUndefined();
  });

  it('gives lists that do not change behind the reader', () => {
    const registry = registryOf(['1', 'alice']);
    const users = registry.getUsers();
    registry.addSession('2', { name: 'bob' });
    expect(users).toHaveLength(1);
  });
});

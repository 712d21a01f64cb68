import { SimpUserRegistry } from '../../lib/messaging/simp-user.registry.js';
import { UserDestinationResolver } from '../../lib/user/user-destination.resolver.js';
import { startRuntime } from '../utils/runtime.js';

describe('UserDestinationResolver', () => {
  const resolverOf = (sessions: Record<string, string | undefined>, users = new SimpUserRegistry()) => {
    for (const [id, name] of Object.entries(sessions)) if (name !== undefined) users.addSession(id, { name });
    return new UserDestinationResolver('/user/', users, (id) => id in sessions);
  };
  const destinations = (resolved: readonly { destination: string }[]): string[] =>
    resolved.map(({ destination }) => destination);

  it('resolves a subscription and a message for the same session to the same destination', () => {
    const resolver = resolverOf({ s1: 'alice', s2: 'alice', s3: 'bob' });
    const one = resolver.resolveSubscription('/user/queue/x', 's1');
    const two = resolver.resolveSubscription('/user/queue/x', 's2');
    const bobs = resolver.resolveSubscription('/user/queue/x', 's3');
    expect(one.originalDestination).toBe('/user/queue/x');
    expect(destinations(resolver.resolveMessage('/user/alice/queue/x', undefined).targets)).toEqual(
      destinations([one, two]),
    );
    expect(new Set(destinations([one, two, bobs])).size).toBe(3);
  });

  it('makes names that neither the session’s id nor the user’s name tells', () => {
    const { destination } = resolverOf({ s1: 'alice' }).resolveSubscription('/user/queue/x', 's1');
    expect(destination).toMatch(/^\/queue\/x-user[0-9a-f-]{36}$/);
    expect(destination).not.toContain('s1');
    expect(destination).not.toContain('alice');
  });

  it('answers the sender’s own session only when the user is its own', () => {
    const resolver = resolverOf({ s1: 'alice', s2: 'alice' });
    expect(destinations(resolver.resolveMessage('/user/alice/queue/x', 's2').targets)).toEqual(
      destinations([resolver.resolveSubscription('/user/queue/x', 's2')]),
    );
  });

  it('knows a session without a user by its id', () => {
    const resolver = resolverOf({ s1: undefined });
    expect(resolver.resolveMessage('/user/s1/queue/x', undefined).targets).toHaveLength(1);
    expect(resolver.resolveMessage('/user/unknown/queue/x', undefined).targets).toEqual([]);
  });

  it.each([
    ['a user', 'alice'],
    ['no user', undefined],
  ])('makes new names once a session with %s has ended, and remembers none of those that are gone', (_, user) => {
    const sessions: Record<string, string | undefined> = { s1: user };
    const users = new SimpUserRegistry();
    const resolver = resolverOf(sessions, users);
    const name = (): string => resolver.resolveSubscription('/user/queue/x', 's1').destination;
    const before = name();
    expect(name()).toBe(before);
    delete sessions.s1;
    users.removeSession('s1');
    resolver.sessionEnded('s1');
    const after = name();
    expect(after).not.toBe(before);
    // A frame that had to wait comes through for a session that is gone: nobody would forget what is remembered now.
    expect(name()).not.toBe(after);
  });

  it('is done with a secret of every session’s own, whether it has a user or not', () => {
    const resolver = resolverOf({ s1: 'alice', s2: 'alice', s3: undefined, s4: undefined });
    const names = ['s1', 's2', 's3', 's4'].map((id) => resolver.resolveSubscription('/user/queue/x', id).destination);
    expect(new Set(names).size).toBe(4);
    const again = ['s1', 's2', 's3', 's4'].flatMap((id) => resolver.resolveMessage(`/user/${id}/queue/x`, id).targets);
    expect(destinations(again)).toEqual(names);
  });

  it('refuses a message to a user that names no destination of theirs', () => {
    expect(() => resolverOf({ s1: 'alice' }).resolveMessage('/user/alice', undefined)).toThrow(
      'The destination "/user/alice" must have the form /user/{name}/….',
    );
  });

  it('keeps what is behind the name as it is', () => {
    const resolver = resolverOf({ s1: 'a/b' });
    expect(resolver.resolveMessage('/user/a%2Fb/queue/x%2Fy/z', undefined).targets[0]!.destination).toMatch(
      /^\/queue\/x%2Fy\/z-user/,
    );
  });
});

describe('Messages to users', () => {
  it('arrive though an interceptor of brokerChannel waits', async () => {
    const { connect, runtime } = startRuntime(
      {},
      { brokerChannel: [{ preSend: (message) => Promise.resolve(message) }] },
    );
    const alice = await connect({ user: { name: 'alice' } });
    await alice.subscribe('/user/queue/one');
    await alice.subscribe('/topic/a');
    const sent = [
      runtime.template.convertAndSendToUser('alice', '/queue/one', '1'),
      runtime.template.convertAndSend('/topic/a', '2'),
      runtime.template.convertAndSendToUser('alice', '/queue/one', '3'),
    ];
    await Promise.all(sent);
    expect(alice.take('MESSAGE').map(({ body }) => body.toString())).toEqual(['1', '2', '3']);
    await runtime.stop();
  });

  it('are sent on by clients, where they may, though an interceptor of brokerChannel waits', async () => {
    const { connect, runtime } = startRuntime(
      { allowSendToUser: true },
      { brokerChannel: [{ preSend: (message) => Promise.resolve(message) }] },
    );
    const alice = await connect({ user: { name: 'alice' } });
    const bob = await connect({ user: { name: 'bob' } });
    await alice.subscribe('/user/queue/one');
    await bob.send('/user/alice/queue/one', 'hi');
    expect((await alice.next('MESSAGE')).body.toString()).toBe('hi');
    await runtime.stop();
  });

  it('reach the other sessions though an interceptor of clientOutboundChannel fails for one', async () => {
    const { connect, runtime } = startRuntime(
      {},
      {
        clientOutboundChannel: [
          {
            preSend: (message) => {
              if (message.headers.subscriptionId === 'bad') throw new Error('no');
              return message;
            },
          },
        ],
      },
    );
    const [one, two] = [await connect(), await connect()];
    await one.receipt('SUBSCRIBE', { id: 'bad', destination: '/topic/a' });
    await two.receipt('SUBSCRIBE', { id: 'good', destination: '/topic/a' });
    await one.send('/topic/a', 'x');
    expect((await two.next('MESSAGE')).body.toString()).toBe('x');
    expect(one.take('MESSAGE')).toEqual([]);
    await runtime.stop();
  });
});

import { AccessDeniedException, MessagingException } from '../../lib/exceptions/index.js';
import { SessionSubscribeEvent } from '../../lib/session/session-events.js';
import type { StompSession } from '../../lib/session/stomp-session.js';
import type { PrincipalLike } from '../../lib/interfaces/principal.interface.js';
import { deferred } from '../utils/deferred.js';
import { startRuntime } from '../utils/runtime.js';
import { SocketServer } from '../utils/socket-server.js';
import { SOCK_JS_WIRES } from '../utils/wires.js';

type Runtime = ReturnType<typeof startRuntime>['runtime'];

const HOUR = 3_600_000;
const SOON = 500;

function alice(expiresAt?: Date | number, ...roles: string[]): PrincipalLike {
  return { name: 'alice', roles, ...(expiresAt !== undefined && { expiresAt }) };
}

function onlySession(runtime: Runtime): StompSession {
  return [...runtime.sessions][0]!;
}

describe('A session whose credentials expire', () => {
  it.each([
    ['a number', (at: number) => at],
    ['a Date', (at: number) => new Date(at)],
  ])('ends with an ERROR of its own, not before and at most a second later, with %s', async (_, timeOf) => {
    const { connect, errors } = startRuntime();
    const at = Date.now() + SOON;
    const client = await connect({ user: alice(timeOf(at)) });
    const { headers } = await client.next('ERROR');
    const late = Date.now() - at;
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(1_000);
    expect(headers.get('code')).toBe('STOMP_ERR_EXPIRED');
    expect(await client.closed).toEqual({ code: 4401, reason: 'STOMP_ERR_EXPIRED' });
    expect(errors).toEqual([]);
  });

  it('does so for credentials from authenticate, which hold rather than those of the handshake', async () => {
    const { connect, runtime } = startRuntime({ authenticate: () => alice(Date.now() + SOON) });
    const client = await connect({ user: alice(Date.now() + HOUR) });
    await client.next('ERROR');
    const other = startRuntime({ authenticate: () => alice(Date.now() + HOUR) });
    await (await other.connect({ user: alice(1) })).send('/topic/a');
    expect(runtime.users.getUserCount()).toBe(0);
  });

  it('is sent nothing from the very moment on, even if the server had no time to end it', async () => {
    const { connect, runtime } = startRuntime();
    const at = Date.now() + SOON;
    const client = await connect({ user: alice(at) });
    await client.subscribe('/topic/a');
    void runtime.template.convertAndSend('/topic/a', 'in time');
    while (Date.now() < at);
    void runtime.template.convertAndSend('/topic/a', 'too late');
    client.transmit('SEND', { destination: '/topic/a', receipt: 'r' }, 'too late');
    expect((await client.next('ERROR')).headers.get('receipt-id')).toBe('r');
    expect(client.take('MESSAGE').map(({ body }) => body.toString())).toEqual(['in time']);
  });

  it('gives what is in a work queue to others', async () => {
    const { connect, runtime } = startRuntime({ broker: { queues: ['/queue'] } });
    const at = Date.now() + SOON;
    const [client, other] = [await connect({ user: alice(at) }), await connect({ user: 'bob' })];
    for (const consumer of [client, other]) await consumer.subscribe('/queue/a');
    while (Date.now() < at);
    for (const body of ['one', 'two']) void runtime.template.convertAndSend('/queue/a', body);
    await client.closed;
    for (const body of ['one', 'two']) expect(await other.nextBody('/queue/a')).toBe(body);
  });

  it('tells a frame that is being handled nothing: what it does is done, but its RECEIPT does not come', async () => {
    const [begun, gate, done] = [deferred(), deferred(), deferred()];
    const { connect, runtime } = startRuntime();
    runtime.inbound.subscribe({
      handleMessage: async ({ headers }) => {
        if (headers.destination !== '/app/slow') return;
        begun.resolve();
        await gate.promise;
        done.resolve();
      },
    });
    const client = await connect({ user: alice(Date.now() + SOON) });
    client.transmit('SEND', { destination: '/app/slow', receipt: 'r' });
    await begun.promise;
    expect((await client.next('ERROR')).headers.get('receipt-id')).toBeUndefined();
    gate.resolve();
    await done.promise;
    await new Promise(setImmediate);
    expect(client.take('RECEIPT')).toEqual([]);
  });

  it.each([
    ['the handshake', {}, { user: alice(Date.now() - 1) }],
    ['authenticate', { authenticate: () => alice(new Date(0)) }, {}],
  ])('is refused at CONNECT if they have expired already, those of %s too', async (_, options, client) => {
    const { open, runtime } = startRuntime(options);
    const refused = open(client);
    refused.transmit('CONNECT', { 'accept-version': '1.2' });
    expect((await refused.next('ERROR')).headers.get('code')).toBe('STOMP_ERR_EXPIRED');
    expect(await refused.closed).toMatchObject({ code: 4401 });
    expect(runtime.users.getUserCount()).toBe(0);
  });

  it('is no session when nobody can tell when that is', async () => {
    for (const expiresAt of [Number.NaN, new Date(Number.NaN), '2030-01-01' as unknown as Date]) {
      const { connect } = startRuntime({ authenticate: () => alice(expiresAt) });
      await expect(connect()).rejects.toThrow('The expiresAt of a user must be a Date, or a number');
    }
  });

  it.each([Infinity, Number.MAX_VALUE, Date.now() + 2 ** 31 + 60_000, Date.now() + 2 ** 32 + 50])(
    'in a far future (%s) goes on',
    async (expiresAt) => {
      const { connect, runtime } = startRuntime();
      const client = await connect({ user: alice(expiresAt) });
      await new Promise<void>((resolve) => void runtime.wheel.after(2 * runtime.wheel.tick, resolve));
      await client.send('/topic/a');
      client.drop();
    },
  );

  it.each(['websocket', ...SOCK_JS_WIRES] as const)('is one whose handshake said so as well, over %s', async (wire) => {
    const server = await SocketServer.start({
      endpoints: [{ path: '/ws', sockJs: true, handshake: () => alice(Date.now() + SOON) }],
    });
    const client = await server.connect('1.2', '', { wire });
    expect((await client.next('ERROR')).header('code')).toBe('STOMP_ERR_EXPIRED');
    expect(await client.closed).toMatchObject({ code: 4401 });
    await server.stop();
  });
});

describe('The renewal of a session', () => {
  it('just before its end keeps it, and messages flow on', async () => {
    const { connect, runtime } = startRuntime();
    const at = Date.now() + SOON;
    const client = await connect({ user: alice(at) });
    await client.subscribe('/topic/a');
    while (Date.now() < at - 100);
    const renewed = alice(at + HOUR, 'ADMIN');
    void onlySession(runtime).renew(renewed);
    await new Promise<void>((resolve) => void runtime.wheel.after(SOON, resolve));
    expect(Date.now()).toBeGreaterThan(at);
    await client.send('/topic/a', 'still here');
    expect(await client.nextBody('/topic/a')).toBe('still here');
    expect(onlySession(runtime).user).toBe(renewed);
    expect(runtime.users.getUser('alice')!.principal).toBe(renewed);
  });

  it('may end it earlier, or never', async () => {
    const { connect, runtime } = startRuntime();
    const client = await connect({ user: alice(Date.now() + SOON) });
    const session = onlySession(runtime);
    void session.renew(alice());
    await new Promise<void>((resolve) => void runtime.wheel.after(2 * SOON, resolve));
    await client.send('/topic/a');
    void session.renew(alice(Date.now() + 100));
    await client.next('ERROR');
  });

  it('holds for frames from the next one on, while the one that brought it keeps its user', async () => {
    const users: unknown[] = [];
    const { connect, runtime } = startRuntime();
    const renewed = alice(Date.now() + HOUR, 'ADMIN');
    runtime.inbound.subscribe({
      handleMessage: ({ headers }) => {
        if (headers.destination === '/app/auth') void onlySession(runtime).renew(renewed);
        if (headers.command === 'SEND') users.push(headers.user);
      },
    });
    const before = alice(Date.now() + HOUR);
    const client = await connect({ user: before });
    await client.send('/app/auth');
    await client.send('/app/next');
    expect(users).toEqual([before, renewed]);
    expect(users[1]).toBe(renewed);
  });

  it.each([
    ['another user', { name: 'bob' }, 'The session belongs to "alice" and cannot go on as "bob"\'s.'],
    [
      'a user of the same name who is another',
      { name: 'alice', destinationUserName: 'alice@example.com' },
      'The session belongs to "alice" and cannot go on as "alice@example.com"\'s.',
    ],
    ['credentials that have expired', alice(Date.now() - 1), 'The new credentials have expired already.'],
  ])('with %s is denied and changes nothing', async (_, user, message) => {
    const { connect, runtime } = startRuntime();
    const before = alice(Date.now() + HOUR);
    const client = await connect({ user: before });
    const session = onlySession(runtime);
    expect(() => session.renew(user)).toThrow(new AccessDeniedException(message));
    expect(session.user).toBe(before);
    await client.send('/topic/a');
  });

  it('makes nobody somebody', async () => {
    const { connect, runtime } = startRuntime();
    await connect();
    expect(() => onlySession(runtime).renew(alice())).toThrow('The session belongs to nobody');
  });

  it.each([null, undefined, {}, { name: 1 }, alice(Number.NaN)])('is not possible with %s', async (user) => {
    const { connect, runtime } = startRuntime();
    await connect({ user: 'alice' });
    expect(() => onlySession(runtime).renew(user as PrincipalLike)).toThrow(TypeError);
  });

  it('is not possible before CONNECTED, after the end, and at the very end', async () => {
    const sessions: StompSession[] = [];
    const { connect, runtime } = startRuntime({
      authenticate: ({ session }) => {
        expect(() => session.renew(alice())).toThrow(MessagingException);
        return alice(Date.now() + SOON);
      },
    });
    const client = await connect();
    sessions.push(onlySession(runtime));
    const { expiresAt } = sessions[0]!.user!;
    while (Date.now() < Number(expiresAt));
    expect(() => sessions[0]!.renew(alice())).toThrow('Only a session that is connected can be renewed.');
    await client.closed;
    expect(() => sessions[0]!.renew(alice())).toThrow('Only a session that is connected can be renewed.');
  });

  it('holds in the order of the calls, whatever the rules take to answer', async () => {
    const answers = new Map<string, ReturnType<typeof deferred<void>>>();
    let isSlow = false;
    const { connect, runtime } = startRuntime({
      security: (rules) =>
        rules
          .simpSubscribeDestMatchers('/topic/a')
          .access(async ({ user }) => {
            const [role] = user!.roles!;
            if (isSlow) await answers.get(role!)!.promise;
            return role === 'MEMBER';
          })
          .anyMessage()
          .permitAll(),
    });
    await runtime.start();
    const client = await connect({ user: alice(undefined, 'MEMBER') });
    await client.subscribe('/topic/a');
    isSlow = true;
    for (const role of ['GUEST', 'MEMBER']) answers.set(role, deferred());
    const session = onlySession(runtime);
    const first = session.renew(alice(undefined, 'GUEST'));
    const second = session.renew(alice(undefined, 'MEMBER'));
    expect(session.user!.roles).toEqual(['MEMBER']);
    answers.get('MEMBER')!.resolve();
    await second;
    answers.get('GUEST')!.resolve();
    await first;
    expect(session.subscriptions.size).toBe(1);
    const third = session.renew(alice(undefined, 'MEMBER'));
    const fourth = session.renew(alice(undefined, 'GUEST'));
    await Promise.all([third, fourth]);
    expect(session.subscriptions.size).toBe(0);
    expect(runtime.users.getUser('alice')!.principal.roles).toEqual(['GUEST']);
  });
});

describe('The rules of the option security', () => {
  const startWithRooms = async (members: Set<string>, wait: () => Promise<unknown> | undefined = () => undefined) => {
    const started = startRuntime({
      security: (rules) =>
        rules
          .simpSubscribeDestMatchers('/topic/room.{room}')
          .access(({ user, variables }) => {
            const answer = (): boolean => members.has(`${user?.name} ${variables.room}`);
            const waiting = wait();
            return waiting ? waiting.then(answer) : answer();
          })
          .simpSubscribeDestMatchers('/topic/admin')
          .hasRole('ADMIN')
          .anyMessage()
          .permitAll(),
    });
    await started.runtime.start();
    return started;
  };

  it('are asked again by recheck, which ends what they no longer allow and nothing else', async () => {
    const members = new Set(['alice 1', 'alice 2', 'bob 1']);
    const { connect, runtime } = await startWithRooms(members);
    const clients = await Promise.all([connect({ user: 'alice' }), connect({ user: 'bob' })]);
    for (const client of clients) for (const to of ['/topic/room.1', '/topic/news']) await client.subscribe(to);
    await clients[0].subscribe('/topic/room.2');
    expect(runtime.authorizationManager.recheck()).toBe(0);
    members.delete('alice 1');
    members.delete('bob 1');
    expect(runtime.authorizationManager.recheck(({ user }) => user?.name === 'carol')).toBe(0);
    expect(runtime.authorizationManager.recheck(({ user }) => user?.name === 'alice')).toBe(1);
    const ended = await clients[0].nextMessage('/topic/room.1');
    expect(ended.headers.get('error-code')).toBe('SUBSCRIPTION_ENDED');
    expect(ended.body.toString()).toContain('You may not subscribe to this any more.');
    const left = runtime.users
      .findSubscriptions(() => true)
      .map(({ session, destination }) => `${session.user.name} ${destination}`);
    expect(left).toEqual(['alice /topic/news', 'alice /topic/room.2', 'bob /topic/room.1', 'bob /topic/news']);
    expect(runtime.authorizationManager.recheck()).toBe(1);
    expect(runtime.authorizationManager.recheck()).toBe(0);
  });

  it('may wait, and what a client does meanwhile is its own', async () => {
    const members = new Set(['alice 1', 'alice 2', 'alice 3']);
    let gate: Promise<unknown> | undefined;
    const { connect, runtime } = await startWithRooms(members, () => gate);
    const client = await connect({ user: 'alice' });
    const ids = [];
    for (const room of [1, 2, 3]) ids.push(await client.subscribe(`/topic/room.${room}`));
    members.clear();
    const { promise, resolve } = deferred();
    gate = promise;
    const counted = runtime.authorizationManager.recheck();
    // One goes by itself, one becomes another's.
    gate = undefined;
    members.add('alice 9');
    await client.unsubscribe(ids[0]!);
    await client.receipt('SUBSCRIBE', { id: ids[0]!, destination: '/topic/room.9' });
    resolve();
    expect(await counted).toBe(2);
    expect([...onlySession(runtime).subscriptions.values()].map(({ destination }) => destination)).toEqual([
      '/topic/room.9',
    ]);
  });

  it('that are asked about a SUBSCRIBE on its way are asked again as well', async () => {
    const members = new Set(['alice 1']);
    const { promise, resolve } = deferred();
    const asked = deferred();
    let questions = 0;
    const { connect, runtime } = await startWithRooms(members, () => {
      if (++questions > 1) return undefined;
      asked.resolve();
      const wasMember = members.has('alice 1');
      return promise.then(() => void (wasMember && members.add('alice 1')));
    });
    const client = await connect({ user: 'alice' });
    client.transmit('SUBSCRIBE', { id: 's', destination: '/topic/room.1', receipt: 'r' });
    await asked.promise;
    members.clear();
    expect(runtime.authorizationManager.recheck()).toBe(1);
    resolve();
    await client.next('RECEIPT');
    expect(onlySession(runtime).subscriptions.size).toBe(0);
    void runtime.template.convertAndSend('/topic/room.1', 'secret');
    await client.settled();
    expect(client.take('MESSAGE').map(({ headers }) => headers.get('error-code'))).toEqual(['SUBSCRIPTION_ENDED']);
  });

  it('that throw end the subscription', async () => {
    let isBroken = false;
    const { connect, runtime } = startRuntime({
      security: (rules) =>
        rules
          .simpTypeMatchers('SUBSCRIBE')
          .access(() => {
            if (isBroken) throw new Error('the database is away');
            return true;
          })
          .anyMessage()
          .permitAll(),
    });
    await runtime.start();
    const client = await connect({ user: 'alice' });
    await client.subscribe('/topic/a');
    isBroken = true;
    expect(runtime.authorizationManager.recheck()).toBe(1);
    const failing = (): boolean => {
      throw new Error('no');
    };
    expect(() => runtime.authorizationManager.recheck(failing)).toThrow('no');
  });

  it('see the roles of a renewed session at once, and end what they no longer allow', async () => {
    const { connect, runtime } = await startWithRooms(new Set(['alice 1']));
    const client = await connect({ user: alice(undefined, 'ADMIN') });
    const seen: string[] = [];
    runtime.events.subscribe((event) => event instanceof SessionSubscribeEvent && seen.push(event.destination));
    await client.subscribe('/topic/admin');
    await client.subscribe('/topic/room.1');
    void onlySession(runtime).renew(alice());
    expect([...onlySession(runtime).subscriptions.values()].map(({ destination }) => destination)).toEqual([
      '/topic/room.1',
    ]);
    client.transmit('SUBSCRIBE', { id: 'again', destination: '/topic/admin' });
    expect((await client.next('ERROR')).headers.get('code')).toBe('STOMP_ERR_ACCESS_DENIED');
    expect(seen).toEqual(['/topic/admin', '/topic/room.1']);
  });

  it('are asked again about a SUBSCRIBE that an interceptor has held up while its session was renewed', async () => {
    const [held, gate] = [deferred(), deferred()];
    const { connect, runtime } = startRuntime(
      {
        security: (rules) => rules.simpSubscribeDestMatchers('/topic/admin').hasRole('ADMIN').anyMessage().permitAll(),
      },
      {
        clientInboundChannel: [
          {
            preSend: async (message) => {
              if (message.headers.command === 'SUBSCRIBE') {
                held.resolve();
                await gate.promise;
              }
              return message;
            },
          },
        ],
      },
    );
    await runtime.start();
    const client = await connect({ user: alice(undefined, 'ADMIN') });
    client.transmit('SUBSCRIBE', { id: 's', destination: '/topic/admin', receipt: 'r' });
    await held.promise;
    void onlySession(runtime).renew(alice());
    gate.resolve();
    await client.next('RECEIPT');
    expect(onlySession(runtime).subscriptions.size).toBe(0);
  });
});

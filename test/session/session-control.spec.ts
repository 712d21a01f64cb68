import type { StompFrame } from '../../lib/frame/stomp-frame.js';
import type { Message } from '../../lib/messaging/message.js';
import {
  SessionConnectedEvent,
  SessionSubscribeEvent,
  SessionUnsubscribeEvent,
  type SessionEvent,
} from '../../lib/session/session-events.js';
import type { StompSession } from '../../lib/session/stomp-session.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { deferred } from '../utils/deferred.js';
import { SocketServer } from '../utils/socket-server.js';
import { startRuntime } from '../utils/runtime.js';
import type { WireKind } from '../utils/wires.js';

type Runtime = ReturnType<typeof startRuntime>['runtime'];

const QUEUES = { broker: { queues: ['/queue'] } };
const VERSIONS = ['1.0', '1.1', '1.2'] as const;

const alice = { user: { name: 'alice' } };
const bob = { user: { name: 'bob' } };

function sessionOf(runtime: Runtime, name: string): StompSession {
  return [...runtime.sessions].find(({ user }) => user?.name === name)!;
}

/** The bodies of what has come, once the server has handled all that was sent before. */
async function settledBodies(client: StompTestClient): Promise<string[]> {
  await client.send('/topic/nobody');
  return client.take('MESSAGE').map(({ body }) => body.toString());
}

/** What names a delivery in an ACK of the version. */
function answerTo({ headers }: StompFrame, version: (typeof VERSIONS)[number]): Record<string, string> {
  if (version === '1.2') return { id: headers.get('ack')! };
  const messageId = { 'message-id': headers.get('message-id')! };
  return version === '1.0' ? messageId : { ...messageId, subscription: headers.get('subscription')! };
}

describe('StompSessionRegistry', () => {
  it('closes all sessions of a user and no other, and says how many', async () => {
    const { runtime, connect } = startRuntime();
    const [first, second, other] = await Promise.all([connect(alice), connect(alice), connect(bob)]);
    expect(runtime.sessions.closeUser('alice')).toBe(2);
    for (const client of [first, second]) {
      expect(await client.closed).toEqual({ code: 4401, reason: 'The server has ended the session' });
    }
    await other.send('/topic/a');
    expect(runtime.users.getUsers().map(({ name }) => name)).toEqual(['bob']);
    expect(runtime.sessions.closeUser('alice')).toBe(0);
  });

  it('does not take a session without a user for one of nobody', async () => {
    const { runtime, connect } = startRuntime();
    const client = await connect();
    expect(runtime.sessions.closeUser(undefined as unknown as string)).toBe(0);
    await client.send('/topic/a');
  });

  it('closes a session of the user while CONNECT is being looked at', async () => {
    const begun = deferred();
    const gate = deferred();
    const { runtime, open } = startRuntime({ authenticate: () => (begun.resolve(), gate.promise) });
    const client = open(alice);
    client.transmit('CONNECT', { 'accept-version': '1.2' });
    await begun.promise;
    expect(runtime.sessions.closeUser('alice')).toBe(1);
    gate.resolve();
    expect(await client.closed).toMatchObject({ code: 4401 });
    await new Promise(setImmediate);
    expect(client.take('CONNECTED')).toEqual([]);
    expect(runtime.users.getUserCount()).toBe(0);
  });

  it('lets a listener to the events keep one session for each user', async () => {
    const { runtime, connect } = startRuntime();
    runtime.events.subscribe((event) => {
      if (!(event instanceof SessionConnectedEvent)) return;
      runtime.sessions.closeWhere(({ id, user }) => id !== event.sessionId && user?.name === event.user?.name);
    });
    const first = await connect(alice);
    const other = await connect(bob);
    const second = await connect(alice);
    expect(await first.closed).toMatchObject({ code: 4401 });
    for (const client of [second, other]) await client.send('/topic/a');
  });

  it('lets a listener close the session that it is told of, and the others hear of its beginning before its end', async () => {
    const { runtime, connect } = startRuntime();
    runtime.events.subscribe((event) => {
      if (!(event instanceof SessionConnectedEvent)) return;
      runtime.sessions.get(event.sessionId)!.close(4401, 'not you');
      expect(runtime.users.getUserCount()).toBe(0);
    });
    const told: string[] = [];
    runtime.events.subscribe(({ constructor }) => void told.push(constructor.name));
    await expect(connect(alice)).rejects.toThrow('4401 not you');
    expect(told).toEqual(['SessionConnectEvent', 'SessionConnectedEvent', 'SessionDisconnectEvent']);
  });

  it('closes the sessions that match, with the code and the reason that it is given', async () => {
    const { runtime, connect } = startRuntime();
    const [first, second] = await Promise.all([connect(alice), connect(bob)]);
    expect(runtime.sessions.closeWhere(({ user }) => user?.name !== 'bob', 4000, 'No more of this')).toBe(1);
    expect(await first.closed).toEqual({ code: 4000, reason: 'No more of this' });
    await second.send('/topic/a');
  });

  it('closes none when the matcher fails', async () => {
    const { runtime, connect } = startRuntime();
    const clients = await Promise.all([connect(alice), connect(bob)]);
    let asked = 0;
    const failing = (): boolean => {
      if (++asked === 2) throw new Error('no');
      return true;
    };
    expect(() => runtime.sessions.closeWhere(failing)).toThrow('no');
    for (const client of clients) await client.send('/topic/a');
  });

  it('drops the subscriptions that match, of every session, and says how many', async () => {
    const { runtime, connect } = startRuntime();
    const clients = await Promise.all([connect(alice), connect(bob)]);
    for (const client of clients) {
      for (const destination of ['/topic/a', '/topic/b', '/user/queue/a']) await client.subscribe(destination);
    }
    const dropped = runtime.sessions.dropSubscriptions(
      ({ destination }, { user }) => destination === '/topic/a' || user?.name === 'bob',
    );
    expect(dropped).toBe(4);
    const left = runtime.users.findSubscriptions(() => true);
    expect(left.map(({ session, destination }) => [session.user.name, destination])).toEqual([
      ['alice', '/topic/b'],
      ['alice', '/user/queue/a'],
    ]);
    expect(runtime.sessions.dropSubscriptions(({ destination }) => destination === '/topic/a')).toBe(0);
  });

  it('drops none when the matcher fails', async () => {
    const { runtime, connect } = startRuntime();
    const client = await connect(alice);
    await client.subscribe('/topic/a');
    await client.subscribe('/topic/b');
    const failing = ({ destination }: { destination: string }): boolean => {
      if (destination === '/topic/b') throw new Error('no');
      return true;
    };
    expect(() => runtime.sessions.dropSubscriptions(failing)).toThrow('no');
    expect(sessionOf(runtime, 'alice').subscriptions.size).toBe(2);
  });

  it('counts a subscription that a listener to the events has dropped before only once', async () => {
    const { runtime, connect } = startRuntime();
    const client = await connect(alice);
    await client.subscribe('/topic/a');
    await client.subscribe('/topic/b');
    const session = sessionOf(runtime, 'alice');
    runtime.events.subscribe((event) => {
      if (event instanceof SessionUnsubscribeEvent)
        for (const id of session.subscriptions.keys()) session.unsubscribe(id);
    });
    expect(runtime.sessions.dropSubscriptions(() => true)).toBe(1);
    expect(session.subscriptions.size).toBe(0);
  });
});

describe('SimpUserRegistry', () => {
  it('is up to date at any moment for those who keep what it gave them', async () => {
    const { runtime, connect } = startRuntime();
    const client = await connect(alice);
    const user = runtime.users.getUser('alice')!;
    const destinations = () =>
      user.sessions.flatMap(({ subscriptions }) => subscriptions).map(({ destination }) => destination);
    expect(destinations()).toEqual([]);
    const [a, b] = [await client.subscribe('/topic/a'), await client.subscribe('/topic/b')];
    expect(destinations()).toEqual(['/topic/a', '/topic/b']);
    sessionOf(runtime, 'alice').unsubscribe(a);
    expect(destinations()).toEqual(['/topic/b']);
    await client.receipt('UNSUBSCRIBE', { id: b });
    expect(destinations()).toEqual([]);
    await connect(alice);
    expect(user.sessions).toHaveLength(2);
    runtime.sessions.closeUser('alice');
    expect(user.sessions).toEqual([]);
  });
});

describe('A subscription that the server ends', () => {
  it('gets what was sent before, then the news, then nothing', async () => {
    const { runtime, connect } = startRuntime();
    const [client, sender] = await Promise.all([connect(alice), connect(bob)]);
    const id = await client.subscribe('/topic/a');
    await sender.send('/topic/a', 'before');
    expect(sessionOf(runtime, 'alice').unsubscribe(id, 'You have left.')).toBe(true);
    await sender.send('/topic/a', 'after');
    expect((await client.next('MESSAGE')).body.toString()).toBe('before');
    const { headers, body } = await client.next('MESSAGE');
    expect(headers.get('subscription')).toBe(id);
    expect(headers.get('destination')).toBe('/topic/a');
    expect(headers.get('error-code')).toBe('SUBSCRIPTION_ENDED');
    expect(headers.get('failed-subscription')).toBe(id);
    expect(JSON.parse(body.toString())).toEqual({ code: 'SUBSCRIPTION_ENDED', message: 'You have left.' });
    expect(await settledBodies(client)).toEqual([]);
  });

  it('is told of where the client listens for its errors', async () => {
    const { runtime, connect } = startRuntime();
    const client = await connect(alice);
    const errors = await client.subscribe('/user/queue/errors');
    const id = await client.subscribe('/topic/a');
    sessionOf(runtime, 'alice').unsubscribe(id);
    const { headers } = await client.next('MESSAGE');
    expect(headers.get('subscription')).toBe(errors);
    expect(headers.get('failed-destination')).toBe('/topic/a');
    expect(headers.get('failed-subscription')).toBe(id);
    sessionOf(runtime, 'alice').unsubscribe(errors);
    expect((await client.next('MESSAGE')).headers.get('failed-subscription')).toBe(errors);
  });

  it('leaves the other subscriptions alone', async () => {
    const { runtime, connect } = startRuntime();
    const client = await connect(alice);
    const id = await client.subscribe('/topic/a');
    const other = await client.subscribe('/topic/*');
    sessionOf(runtime, 'alice').unsubscribe(id);
    await client.next('MESSAGE');
    await client.send('/topic/a', 'one');
    expect((await client.next('MESSAGE')).headers.get('subscription')).toBe(other);
    expect(await settledBodies(client)).toEqual(['']);
  });

  it('is one event, after the listeners of the session have been told', async () => {
    const { runtime, connect } = startRuntime();
    const client = await connect(alice);
    const id = await client.subscribe('/topic/a');
    const session = sessionOf(runtime, 'alice');
    const seen: unknown[] = [];
    session.onUnsubscribe(id, () => seen.push('listener'));
    runtime.events.subscribe((event) => seen.push(event));
    expect(session.unsubscribe(id)).toBe(true);
    expect(session.unsubscribe(id)).toBe(false);
    await client.receipt('UNSUBSCRIBE', { id });
    const user = alice.user;
    expect(seen).toEqual(['listener', expect.any(SessionUnsubscribeEvent)]);
    expect(seen[1]).toMatchObject({ sessionId: session.id, user, subscriptionId: id });
    const { headers } = (seen[1] as SessionEvent).message;
    expect(headers).toMatchObject({ command: 'UNSUBSCRIBE', subscriptionId: id, destination: '/topic/a', user });
  });

  it('can be unsubscribed by its client once more, which does not know yet, but not twice', async () => {
    const { runtime, connect } = startRuntime();
    const client = await connect(alice);
    const id = await client.subscribe('/topic/a');
    sessionOf(runtime, 'alice').unsubscribe(id);
    await client.receipt('UNSUBSCRIBE', { id });
    client.transmit('UNSUBSCRIBE', { id });
    expect((await client.next('ERROR')).headers.get('code')).toBe('STOMP_ERR_SUBSCRIPTION');
  });

  it('by its destination, in STOMP 1.0, too', async () => {
    const { runtime, connect } = startRuntime();
    const client = await connect({ ...alice, headers: {} });
    await client.receipt('SUBSCRIBE', { destination: '/topic/a' });
    expect(sessionOf(runtime, 'alice').unsubscribe('/topic/a')).toBe(true);
    await client.receipt('UNSUBSCRIBE', { destination: '/topic/a' });
    await client.send('/topic/a');
  });

  it('can be made again under the same id, and its client must unsubscribe that one then', async () => {
    const { runtime, connect } = startRuntime();
    const client = await connect(alice);
    const session = sessionOf(runtime, 'alice');
    const again = { id: 's', destination: '/topic/a' };
    for (let i = 0; i < 3; i++) {
      await client.receipt('SUBSCRIBE', again);
      session.unsubscribe('s');
    }
    await client.receipt('SUBSCRIBE', again);
    client.take('MESSAGE');
    await client.send('/topic/a', 'one');
    expect(await settledBodies(client)).toEqual(['one']);
    await client.receipt('UNSUBSCRIBE', { id: 's' });
    await client.send('/topic/a', 'two');
    expect(await settledBodies(client)).toEqual([]);
    client.transmit('UNSUBSCRIBE', { id: 's' });
    expect((await client.next('ERROR')).headers.get('code')).toBe('STOMP_ERR_SUBSCRIPTION');
  });

  it('is remembered for no more subscriptions than a session may have', async () => {
    const { runtime, connect } = startRuntime({ transport: { subscriptionLimit: 2 } });
    const client = await connect(alice);
    for (const id of ['1', '2', '3']) {
      await client.receipt('SUBSCRIBE', { id, destination: '/topic/a' });
      sessionOf(runtime, 'alice').unsubscribe(id);
    }
    await client.receipt('UNSUBSCRIBE', { id: '2' });
    client.transmit('UNSUBSCRIBE', { id: '1' });
    expect((await client.next('ERROR')).headers.get('code')).toBe('STOMP_ERR_SUBSCRIPTION');
  });

  it.each(VERSIONS)(
    'gives back what it has not acknowledged, and takes an ACK that is too late, in STOMP %s',
    async (version) => {
      const { runtime, connect } = startRuntime(QUEUES);
      const headers = version === '1.0' ? {} : { 'accept-version': version };
      const client = await connect({ ...alice, headers });
      const id = await client.subscribe('/queue/a', { ack: 'client' });
      const bodies = ['one', 'two', 'three', 'four'];
      for (const body of bodies) await client.send('/queue/a', body);
      const messages = [];
      while (messages.length < 4) messages.push(await client.next('MESSAGE'));
      await client.receipt('ACK', answerTo(messages[0]!, version));
      sessionOf(runtime, 'alice').unsubscribe(id);
      await client.next('MESSAGE');
      const other = await connect(bob);
      await other.subscribe('/queue/a');
      expect(await settledBodies(other)).toEqual(['two', 'three', 'four']);
      // The client answers what it had been sent: two and three at once, then four.
      await client.receipt('ACK', answerTo(messages[2]!, version));
      await client.receipt('NACK', answerTo(messages[3]!, version));
      client.transmit('ACK', answerTo(messages[1]!, version));
      expect((await client.next('ERROR')).headers.get('code')).toBe('STOMP_ERR_ACK');
      await other.send('/topic/nobody');
    },
  );

  it.each(['client', 'client-individual'])(
    'takes every late ACK of a subscription that owed many, ack:%s',
    async (ack) => {
      const { runtime, connect } = startRuntime();
      const client = await connect(alice);
      const id = await client.subscribe('/topic/a', { ack });
      for (let number = 0; number < 300; number++) await client.send('/topic/a', `${number}`);
      sessionOf(runtime, 'alice').unsubscribe(id);
      await client.next(({ headers }) => headers.has('error-code'));
      const messages = client.take('MESSAGE');
      expect(messages).toHaveLength(300);
      for (const message of messages) await client.receipt('ACK', answerTo(message, '1.2'));
    },
  );

  it('takes a late ACK in a transaction', async () => {
    const { runtime, connect } = startRuntime(QUEUES);
    const client = await connect(alice);
    const id = await client.subscribe('/queue/a', { ack: 'client-individual' });
    await client.send('/queue/a', 'one');
    const message = await client.next('MESSAGE');
    await client.receipt('BEGIN', { transaction: 't' });
    await client.receipt('ACK', { ...answerTo(message, '1.2'), transaction: 't' });
    sessionOf(runtime, 'alice').unsubscribe(id);
    await client.receipt('COMMIT', { transaction: 't' });
  });

  it('takes the ACK of the news itself', async () => {
    const { runtime, connect } = startRuntime();
    const client = await connect(alice);
    const id = await client.subscribe('/topic/a', { ack: 'client-individual' });
    sessionOf(runtime, 'alice').unsubscribe(id);
    await client.receipt('ACK', answerTo(await client.next('MESSAGE'), '1.2'));
  });

  it.each(['1.0', '1.1'] as const)(
    'does not take the ACK of a message that has come again for a late one, in STOMP %s',
    async (version) => {
      const { runtime, connect } = startRuntime(QUEUES);
      const client = await connect({ ...alice, headers: version === '1.0' ? {} : { 'accept-version': version } });
      const subscription = { id: 's', destination: '/queue/a', ack: 'client' };
      await client.receipt('SUBSCRIBE', subscription);
      await client.send('/queue/a', 'one');
      await client.next('MESSAGE');
      sessionOf(runtime, 'alice').unsubscribe('s');
      await client.next(({ headers }) => headers.has('error-code'));
      await client.receipt('SUBSCRIBE', subscription);
      await client.receipt('ACK', answerTo(await client.next('MESSAGE'), version));
      await client.receipt('UNSUBSCRIBE', { id: 's' });
      await client.subscribe('/queue/a');
      expect(await settledBodies(client)).toEqual([]);
    },
  );

  it('leaves nothing behind when its session is gone', async () => {
    const { runtime, connect } = startRuntime(QUEUES);
    const client = await connect(alice);
    const id = await client.subscribe('/queue/a', { ack: 'client' });
    await client.send('/queue/a', 'one');
    const session = sessionOf(runtime, 'alice');
    const [subscription] = session.subscriptions.values();
    session.unsubscribe(id);
    expect(runtime.deliveries.unacknowledged(subscription!)).toHaveLength(2);
    await client.disconnect();
    expect(runtime.deliveries.unacknowledged(subscription!)).toEqual([]);
  });

  it('is nothing to a session that is gone, and to one that has no such subscription', async () => {
    const { runtime, connect } = startRuntime();
    const client = await connect(alice);
    const id = await client.subscribe('/topic/a');
    const session = sessionOf(runtime, 'alice');
    expect(session.unsubscribe('another')).toBe(false);
    expect(session.unsubscribe(undefined as unknown as string)).toBe(false);
    session.close();
    expect(session.unsubscribe(id)).toBe(false);
    expect(runtime.sessions.dropSubscriptions(() => true)).toBe(0);
  });

  it.each<[string, (message: unknown) => unknown]>([
    ['drop', () => null],
    [
      'refuse',
      () => {
        throw new Error('no');
      },
    ],
    ['delay', () => new Promise(() => {})],
  ])('ends at once although an interceptor would %s UNSUBSCRIBE', async (_, answer) => {
    const preSend = (message: { headers: { command: string } }): unknown =>
      message.headers.command === 'UNSUBSCRIBE' ? answer(message) : message;
    const { runtime, connect } = startRuntime({}, { clientInboundChannel: [{ preSend } as object] });
    const client = await connect(alice);
    const id = await client.subscribe('/topic/a');
    expect(sessionOf(runtime, 'alice').unsubscribe(id)).toBe(true);
    await client.next('MESSAGE');
    await client.send('/topic/a', 'one');
    expect(await settledBodies(client)).toEqual([]);
  });

  it('is told of in order by interceptors that wait, and what they held back is not sent any more', async () => {
    let gate = deferred();
    const preSend = async <T>(message: T) => (await gate.promise, message);
    const { runtime, connect } = startRuntime({}, { clientOutboundChannel: [{ preSend }] });
    const client = await connect(alice);
    const id = await client.subscribe('/topic/a');
    await client.send('/topic/a', 'held back');
    sessionOf(runtime, 'alice').unsubscribe(id);
    gate.resolve();
    expect((await client.next('MESSAGE')).headers.get('error-code')).toBe('SUBSCRIPTION_ENDED');
    gate = deferred();
    gate.resolve();
    expect(await settledBodies(client)).toEqual([]);
  });

  describe('while a frame about it is being handled', () => {
    /** A server whose interceptor holds the frames of a command. */
    function startHolding(command: string, options = {}) {
      const held = deferred();
      const gate = deferred();
      const preSend = async <T extends { headers: { command: string } }>(message: T) => {
        if (message.headers.command === command) {
          held.resolve();
          await gate.promise;
        }
        return message;
      };
      const events: string[] = [];
      const started = startRuntime(options, { clientInboundChannel: [{ preSend } as object] });
      started.runtime.events.subscribe((event) => {
        if (event instanceof SessionSubscribeEvent || event instanceof SessionUnsubscribeEvent) {
          events.push(event.constructor.name);
        }
      });
      return { ...started, held: held.promise, release: () => gate.resolve(), events };
    }

    it('SUBSCRIBE, never comes into force', async () => {
      const { runtime, connect, held, release, events } = startHolding('SUBSCRIBE', QUEUES);
      const [client, other] = await Promise.all([connect(alice), connect(bob)]);
      const subscribed = client.receipt('SUBSCRIBE', { id: 's', destination: '/queue/a' });
      await held;
      expect(sessionOf(runtime, 'alice').unsubscribe('s')).toBe(true);
      release();
      await subscribed;
      await client.next('MESSAGE');
      await other.send('/queue/a', 'for somebody else');
      await other.subscribe('/queue/a');
      expect(await settledBodies(other)).toEqual(['for somebody else']);
      expect(events).toEqual(['SessionSubscribeEvent']);
      expect(runtime.users.getUser('alice')!.sessions[0]!.subscriptions).toEqual([]);
      await client.receipt('UNSUBSCRIBE', { id: 's' });
    });

    it('SUBSCRIBE, has nothing to tell when the session has gone in the meantime', async () => {
      const { runtime, connect, held, release, events } = startHolding('SUBSCRIBE');
      const client = await connect(alice);
      client.transmit('SUBSCRIBE', { id: 's', destination: '/topic/a' });
      await held;
      runtime.sessions.closeUser('alice');
      release();
      await client.closed;
      await new Promise(setImmediate);
      expect(events).toEqual([]);
    });

    it('UNSUBSCRIBE, ends once', async () => {
      const { runtime, connect, held, release, events } = startHolding('UNSUBSCRIBE');
      const client = await connect(alice);
      await client.receipt('SUBSCRIBE', { id: 's', destination: '/topic/a' });
      const unsubscribed = client.receipt('UNSUBSCRIBE', { id: 's' });
      await held;
      expect(sessionOf(runtime, 'alice').unsubscribe('s')).toBe(true);
      release();
      await unsubscribed;
      expect(events).toEqual(['SessionSubscribeEvent', 'SessionUnsubscribeEvent']);
      client.transmit('UNSUBSCRIBE', { id: 's' });
      expect((await client.next('ERROR')).headers.get('code')).toBe('STOMP_ERR_SUBSCRIPTION');
    });
  });
});

describe('A SUBSCRIBE that fails after the broker has carried it out', () => {
  it('takes nothing away from others', async () => {
    const postSend = ({ headers: { command, destination, user } }: Message): void => {
      if (command === 'SUBSCRIBE' && destination === '/queue/a' && user?.name === 'alice') throw new Error('no');
    };
    const { connect } = startRuntime(QUEUES, { clientInboundChannel: [{ postSend }] });
    const [client, other] = await Promise.all([connect(alice), connect(bob)]);
    await client.subscribe('/user/queue/errors');
    client.transmit('SUBSCRIBE', { id: 's', destination: '/queue/a' });
    expect((await client.next('MESSAGE')).headers.get('failed-destination')).toBe('/queue/a');
    await other.send('/queue/a', 'one');
    await other.subscribe('/queue/a');
    expect(await settledBodies(other)).toEqual(['one']);
  });
});

describe('Over real sockets', () => {
  let server: SocketServer;

  afterEach(() => server.stop());

  it.each<WireKind>(['websocket', 'sockjs-websocket', 'sockjs-xhr-streaming'])(
    'a session that is closed sees 4401 and why, after all that it was sent, over %s',
    async (wire) => {
      server = await SocketServer.start({ authenticate: ({ login }) => ({ name: login! }) });
      const client = await server.connect('1.2', 'login:小明\n', { wire });
      await client.subscribe('s', '/topic/a');
      const sender = await server.connect('1.2', 'login:bob\n');
      await sender.receipt('SEND\ndestination:/topic/a\n\nlast\0');
      expect(server.runtime.sessions.closeUser('小明')).toBe(1);
      expect(await client.closed).toMatchObject({ code: 4401, reason: 'The server has ended the session' });
      expect(await client.body()).toBe('last');
      expect(client.take('ERROR')).toEqual([]);
      await sender.settled();
    },
  );

  it('a subscription that is dropped in the middle of a flood gets all that came before, then the news', async () => {
    let count = 0;
    server = await SocketServer.start({
      authenticate: ({ login }) => ({ name: login! }),
      application: ({ headers: { command, destination } }) => {
        if (command !== 'SEND' || destination !== '/topic/a' || ++count !== 1_000) return;
        server.runtime.sessions.dropSubscriptions((subscription) => subscription.destination === '/topic/a');
      },
    });
    const client = await server.connect('1.2', 'login:alice\n');
    const sender = await server.connect('1.2', 'login:bob\n');
    await client.subscribe('s', '/topic/a');
    for (let number = 0; number < 2_000; number++) sender.write(`SEND\ndestination:/topic/a\n\n${number}\0`);
    expect(await client.bodies(1_000)).toEqual(Array.from({ length: 1_000 }, (_, number) => `${number}`));
    expect((await client.next('MESSAGE')).header('error-code')).toBe('SUBSCRIPTION_ENDED');
    // What the client says before it knows must not end its session.
    client.write('UNSUBSCRIBE\nid:s\n\n\0');
    await sender.settled();
    await client.settled();
    expect(client.take()).toEqual([]);
  });

  it('a handler closes the session whose frame it handles, and the session of another', async () => {
    server = await SocketServer.start({
      authenticate: ({ login }) => ({ name: login! }),
      application: ({ headers: { command, destination } }) => {
        if (command === 'SEND' && destination?.startsWith('/app/')) {
          server.runtime.sessions.closeUser(destination.slice('/app/'.length));
        }
      },
    });
    const client = await server.connect('1.2', 'login:alice\n');
    const other = await server.connect('1.2', 'login:bob\n');
    client.write(
      'SEND\ndestination:/app/bob\n\n\0SEND\ndestination:/app/alice\nreceipt:1\n\n\0SEND\ndestination:/topic/a\n\n\0',
    );
    expect((await other.closed).code).toBe(4401);
    expect((await client.closed).code).toBe(4401);
    expect(client.take()).toEqual([]);
    expect(server.runtime.users.getUserCount()).toBe(0);
    expect(server.errors).toEqual([]);
  });
});

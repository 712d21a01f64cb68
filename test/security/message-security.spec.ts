import { AccessDeniedException } from '../../lib/exceptions/access-denied.exception.js';
import type { SecurityRules, StompModuleOptions } from '../../lib/interfaces/stomp-module-options.interface.js';
import { resolveOptions } from '../../lib/options/stomp-options.js';
import { MessageSecurityRules } from '../../lib/security/message-security-rules.js';
import { StompRuntime } from '../../lib/stomp.runtime.js';
import type { RawStompClient } from '../utils/raw-stomp-client.js';
import { SocketServer, type SocketServerOptions } from '../utils/socket-server.js';

const ROLES: Record<string, readonly string[]> = { alice: ['ADMIN', 'USER'], bob: ['USER'] };

let server: SocketServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function start(security: SecurityRules, more: SocketServerOptions = {}): Promise<void> {
  server = await SocketServer.start({
    authenticate: ({ login }) => (login ? { name: login, roles: ROLES[login] } : undefined),
    security,
    ...more,
  });
}

/** @param login undefined: a client that nobody knows */
async function enter(login?: string): Promise<RawStompClient> {
  const client = await server!.connect('1.2', login ? `login:${login}\n` : '');
  await client.subscribe('errors', '/user/queue/errors');
  return client;
}

/** What the client is told of the frame: nothing but its receipt, or the code of the refusal. */
async function outcome(client: RawStompClient, frame: string): Promise<string> {
  const [head, ...rest] = frame.split('\n');
  client.write([head, 'receipt:outcome', ...rest].join('\n'));
  const answer = await client.next((candidate) => {
    return candidate.header('receipt-id') === 'outcome' || candidate.header('failed-receipt') === 'outcome';
  });
  return answer.header('error-code') ?? answer.command;
}

const send = (destination: string): string => `SEND\ndestination:${destination}\n\nbody\0`;
const subscribe = (destination: string): string => `SUBSCRIBE\nid:${destination}\ndestination:${destination}\n\n\0`;

/** The table that Spring Security's reference shows, and one rule with a variable. */
const TABLE: SecurityRules = (rules) =>
  rules
    .nullDestMatcher()
    .permitAll()
    .simpSubscribeDestMatchers('/user/queue/errors')
    .permitAll()
    .simpDestMatchers('/app/admin/**')
    .hasRole('ADMIN')
    .simpDestMatchers('/app/**')
    .hasAnyRole('USER', 'ADMIN')
    .simpSubscribeDestMatchers('/topic/room.{room}')
    .access(({ user, variables }) => Promise.resolve(variables.room === `of-${user?.name}`))
    .simpSubscribeDestMatchers('/user/**', '/topic/friends/*')
    .hasRole('USER')
    .simpMessageDestMatchers('/topic/public')
    .authenticated()
    .simpTypeMatchers('MESSAGE', 'SUBSCRIBE')
    .denyAll()
    .anyMessage()
    .denyAll();

describe('The security rules', () => {
  it.each([
    ['alice', send('/app/admin/stop'), 'RECEIPT'],
    ['bob', send('/app/admin/stop'), 'ACCESS_DENIED'],
    [undefined, send('/app/admin/stop'), 'ACCESS_DENIED'],
    ['bob', send('/app/say'), 'RECEIPT'],
    ['carol', send('/app/say'), 'ACCESS_DENIED'],
    [undefined, send('/app/say'), 'ACCESS_DENIED'],
    ['bob', subscribe('/app/say'), 'RECEIPT'],
    ['bob', subscribe('/topic/friends/bob'), 'RECEIPT'],
    ['bob', send('/topic/friends/bob'), 'ACCESS_DENIED'],
    ['bob', subscribe('/topic/friends/bob/private'), 'ACCESS_DENIED'],
    ['bob', subscribe('/topic/friends/*'), 'RECEIPT'],
    ['bob', subscribe('/topic/friends/**'), 'ACCESS_DENIED'],
    ['bob', subscribe('/topic/room.of-bob'), 'RECEIPT'],
    ['bob', subscribe('/topic/room.of-alice'), 'ACCESS_DENIED'],
    ['bob', subscribe('/topic/room.*'), 'ACCESS_DENIED'],
    ['bob', subscribe('/topic/room.of-bob*'), 'ACCESS_DENIED'],
    ['bob', subscribe('/topic/**'), 'ACCESS_DENIED'],
    ['bob', subscribe('/topic/{any}'), 'ACCESS_DENIED'],
    ['bob', subscribe('/queue/**'), 'ACCESS_DENIED'],
    ['bob', subscribe('/user/queue/mine'), 'RECEIPT'],
    ['carol', send('/topic/public'), 'RECEIPT'],
    [undefined, send('/topic/public'), 'ACCESS_DENIED'],
    ['bob', subscribe('/topic/public'), 'ACCESS_DENIED'],
    ['bob', send('/topic/constructor'), 'ACCESS_DENIED'],
  ])('decide for %s and %j: %s', async (login, frame, expected) => {
    await start(TABLE);
    expect(await outcome(await enter(login), frame)).toBe(expected);
  });

  it('decide before anything happens: a denied SUBSCRIBE hears nothing, a denied SEND reaches nobody', async () => {
    const handled: string[] = [];
    await start(TABLE, {
      application: ({ headers }) => void handled.push(`${headers.command} ${headers.destination}`),
    });
    const [alice, bob] = [await enter('alice'), await enter('bob')];
    await alice.subscribe('friends', '/topic/friends/alice');
    handled.length = 0;
    expect(await outcome(bob, send('/topic/friends/alice'))).toBe('ACCESS_DENIED');
    expect(await outcome(bob, subscribe('/topic/public'))).toBe('ACCESS_DENIED');
    await alice.receipt(send('/topic/public'));
    expect(handled).toEqual(['SEND /topic/public']);
    expect(bob.take('MESSAGE')).toEqual([]);
    expect(alice.take('MESSAGE')).toEqual([]);
    expect(server!.runtime.users.getUser('bob')!.sessions[0]!.subscriptions).toHaveLength(1);
  });

  it('answer a client that does not listen for its errors with ERROR, and say no more than that', async () => {
    await start(TABLE);
    const client = await server!.connect('1.2', 'login:bob\n');
    client.write('SEND\ndestination:/app/admin/stop\nreceipt:7\n\nsecret\0');
    const error = await client.next('ERROR');
    expect(error.header('code')).toBe('STOMP_ERR_ACCESS_DENIED');
    expect(error.header('receipt-id')).toBe('7');
    expect(error.text).toBe('SEND "/app/admin/stop" is not allowed.');
    expect((await client.closed).code).toBe(1002);
  });

  it('may deny CONNECT itself', async () => {
    await start((rules) => rules.simpTypeMatchers('CONNECT').authenticated().anyMessage().permitAll());
    const stranger = await server!.open();
    stranger.write('CONNECT\naccept-version:1.2\nhost:localhost\n\n\0');
    const error = await stranger.next('ERROR');
    expect([error.header('code'), error.text]).toEqual(['STOMP_ERR_ACCESS_DENIED', 'CONNECT is not allowed.']);
    await enter('alice');
  });

  it('never keep a client from unsubscribing and leaving', async () => {
    await start((rules) => rules.simpTypeMatchers('CONNECT', 'SUBSCRIBE').permitAll().anyMessage().denyAll());
    const client = await enter('bob');
    await client.receipt('UNSUBSCRIBE\nid:errors\n\n\0');
    await client.receipt('DISCONNECT\n\n\0');
  });

  it('deny what none of them is for', async () => {
    await start((rules) =>
      rules.nullDestMatcher().permitAll().simpSubscribeDestMatchers('/user/queue/errors').permitAll(),
    );
    expect(await outcome(await enter('alice'), send('/topic/any'))).toBe('ACCESS_DENIED');
  });

  it('deny a transaction as a whole when one of its frames is denied', async () => {
    await start(TABLE);
    const [alice, bob] = [await enter('alice'), await enter('bob')];
    await alice.subscribe('friends', '/topic/friends/alice');
    bob.write('BEGIN\ntransaction:t\n\n\0');
    for (const destination of ['/topic/public', '/topic/friends/alice']) {
      bob.write(`SEND\ndestination:${destination}\ntransaction:t\n\n\0`);
    }
    expect(await outcome(bob, 'COMMIT\ntransaction:t\n\n\0')).toBe('ACCESS_DENIED');
    expect(alice.take('MESSAGE')).toEqual([]);
  });

  it('see the message as the interceptors leave it', async () => {
    await start(TABLE, {
      interceptors: {
        clientInboundChannel: [
          {
            preSend: (message) =>
              message.headers.destination === '/app/detour'
                ? message.with({ destination: '/app/admin/stop' })
                : message,
          },
        ],
      },
    });
    expect(await outcome(await enter('bob'), send('/app/detour'))).toBe('ACCESS_DENIED');
    expect(await outcome(await enter('alice'), send('/app/detour'))).toBe('RECEIPT');
  });

  it('deny, and log once, when a function of theirs fails', async () => {
    await start((rules) =>
      rules
        .simpMessageDestMatchers('/topic/throws')
        .access(() => {
          throw new Error('the database is away');
        })
        .simpMessageDestMatchers('/topic/rejects')
        .access(() => Promise.reject(new Error('the database is away')))
        .anyMessage()
        .permitAll(),
    );
    const client = await enter('alice');
    // Without Nest nothing describes errors: what is asked here is that the frame has failed.
    for (const destination of ['/topic/throws', '/topic/rejects']) {
      await client.subscribe(destination, destination);
      expect(await outcome(client, send(destination))).not.toBe('RECEIPT');
    }
    expect(client.take('MESSAGE')).toEqual([]);
  });

  it('take nothing but true for a yes', async () => {
    await start((rules) =>
      rules
        .simpMessageDestMatchers('/topic/x')
        .access(() => 'yes' as never)
        .anyMessage()
        .permitAll(),
    );
    expect(await outcome(await enter('alice'), send('/topic/x'))).toBe('ACCESS_DENIED');
  });

  it('divide by dots and slashes alike where dots divide', async () => {
    await start(
      (rules) =>
        rules
          .nullDestMatcher()
          .permitAll()
          .simpDestMatchers('/app/admin.**')
          .hasRole('ADMIN')
          .simpDestMatchers('/app/**', '/user/**')
          .permitAll()
          .simpSubscribeDestMatchers('/topic/secret.*')
          .hasRole('ADMIN')
          .simpSubscribeDestMatchers('/topic/**')
          .permitAll(),
      { pathSeparator: '.' },
    );
    const bob = await enter('bob');
    expect(await outcome(bob, send('/app/admin.users.delete'))).toBe('ACCESS_DENIED');
    expect(await outcome(bob, send('/app/say.loud'))).toBe('RECEIPT');
    expect(await outcome(bob, subscribe('/topic/secret.a'))).toBe('ACCESS_DENIED');
    expect(await outcome(bob, subscribe('/topic/*.a'))).toBe('ACCESS_DENIED');
    expect(await outcome(bob, subscribe('/topic/open.*'))).toBe('RECEIPT');
  });
});

describe('Security rules that cannot be stop the start', () => {
  const starting = (security: unknown) => () =>
    new StompRuntime(
      resolveOptions({ security } as StompModuleOptions),
      { debug: () => {}, warn: () => {}, error: () => {} },
      () => ({ code: '', message: '', isUnexpected: false }),
    );

  it.each<[string, SecurityRules, RegExp]>([
    [
      'a rule without a decision',
      (rules) => (rules.simpDestMatchers('/a'), rules),
      /simpDestMatchers\(\\"\/a\\"\).*followed by|must be followed by what it demands.*simpDestMatchers/,
    ],
    [
      'a malformed pattern',
      (rules) => rules.simpDestMatchers('/a/{b').permitAll(),
      /security must be a pattern of destinations \(a "\{" is not closed\), but it is "\/a\/\{b"/,
    ],
    [
      'a rule behind anyMessage()',
      (rules) => rules.anyMessage().denyAll().simpDestMatchers('/a').permitAll(),
      /must be before anyMessage\(\).*simpDestMatchers/,
    ],
  ])('%s', (_what, security, message) => {
    expect(starting(security)).toThrow(message);
  });

  it('rules that are no function', () => {
    expect(starting('deny')).toThrow(/security must be a function, but it is "deny"/);
  });

  it('rules of a feature where the application has none', () => {
    const security: SecurityRules = (rules) => rules.simpDestMatchers('/a').denyAll();
    expect(() => resolveOptions({}, [{ security }])).toThrow(/security must be given to forRoot too/);
    const own: SecurityRules = (rules) => rules.anyMessage().permitAll();
    expect(resolveOptions({ security: own }, [{ security }]).security).toEqual([security, own]);
  });
});

it('AccessDeniedException is for applications too', () => {
  expect(new AccessDeniedException('no')).toMatchObject({ name: 'AccessDeniedException', message: 'no' });
  expect([...new MessageSecurityRules()]).toEqual([]);
});

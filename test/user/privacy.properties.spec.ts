import fc from 'fast-check';
import type { StompTestClient } from '../../lib/testing/index.js';
import { startRuntime } from '../utils/runtime.js';

// `WORLDS=20000 npm run jest test/user` looks at more of them.
const WORLDS = Number(process.env.WORLDS ?? 1_000);

const NAMES = ['alice', 'bob', 'a/b', 'queue', '*', '{x}', '**', '', '__proto__'];

const OWN = ['/user/queue/one', '/user/queue/two', '/user/topic/one', '/user/queue/*', '/user/queue/{x}'];

/** What those try who want to hear what is not for them. `%` becomes a user's name, `#` a session's id. */
const CURIOUS = [
  '/user/%/queue/one',
  '/user/%/queue/*',
  '/user/#/queue/one',
  '/user/**',
  '/user/*/queue/one',
  '/user/queue/**',
  '/user/queue/one*',
  '/user/queue/one-user*',
  '/user/{user}/queue/one',
  '/user/queue/../%/queue/one',
  '/user//%/queue/one',
  '/queue/one',
  '/queue/*',
  '/queue/**',
  '/queue/one*',
  '/queue/one-user*',
  '/queue/one-user#',
  '/queue/one-user?'.padEnd(50, '?'),
  '/queue/{x}',
  '/queue/one-user{secret}',
  '/topic/**',
  '/topic/one*',
  '/**',
  '**',
  '/*/*',
  '/{a}/{b}',
  '/topic/one-user#',
];

const world = fc.record({
  /** The user of each session, if it has one. */
  sessions: fc.array(fc.option(fc.constantFrom(...NAMES)), { minLength: 2, maxLength: 6 }),
  subscriptions: fc.array(
    fc.tuple(fc.nat(), fc.constantFrom(...OWN, ...CURIOUS), fc.nat(), fc.constantFrom('auto', 'client')),
    {
      maxLength: 20,
    },
  ),
  /** Who gets a private message, and which of them is sent by a client. */
  sends: fc.array(
    fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom('/queue/one', '/queue/two', '/topic/one'), fc.option(fc.nat())),
    {
      minLength: 1,
      maxLength: 10,
    },
  ),
  leaves: fc.option(fc.nat()),
  queues: fc.constantFrom<string[]>([], ['/queue'], ['/queue', '/topic']),
  pathSeparator: fc.constantFrom('/' as const, '.' as const),
});

interface Session {
  readonly client: StompTestClient;
  readonly user: string | null;
  readonly id: string;
  /** The user destinations that it has subscribed to exactly. */
  readonly own: Set<string>;
}

describe('A private message', () => {
  it(`is seen by the sessions of its user, by all that have subscribed, and by nobody else, in ${WORLDS} worlds`, async () => {
    await fc.assert(
      fc.asyncProperty(world, async ({ sessions, subscriptions, sends, leaves, queues, pathSeparator }) => {
        const { runtime, open } = startRuntime({
          broker: { queues },
          pathSeparator,
          allowSendToUser: true,
          transport: { subscriptionLimit: 10 },
        });
        const all: Session[] = [];
        for (const user of sessions) {
          const client = open({ user: user === null ? undefined : { name: user } });
          client.transmit('CONNECT', { 'accept-version': '1.2' });
          const id = (await client.next('CONNECTED')).headers.get('session')!;
          all.push({ client, user, id, own: new Set() });
        }
        const of = (number: number): Session => all[number % all.length]!;
        for (const [who, destination, whom, ack] of subscriptions) {
          const session = of(who);
          const target = destination.replaceAll('%', of(whom).user ?? 'nobody').replaceAll('#', of(whom).id);
          // Some are refused and end the session; that is an answer too.
          const isThere = await session.client.subscribe(target, { ack }).then(
            () => true,
            () => false,
          );
          if (isThere && OWN.slice(0, 3).includes(target)) session.own.add(target);
        }
        if (leaves !== null) of(leaves).client.drop();
        await new Promise(setImmediate);
        for (const [index, [user, destination, sender]] of sends.entries()) {
          const body = `private ${index}`;
          if (sender === null) await runtime.template.convertAndSendToUser(user, destination, body);
          else
            of(sender).client.transmit(
              'SEND',
              { destination: `/user/${user.replaceAll('/', '%2F')}${destination}` },
              body,
            );
        }
        await new Promise(setImmediate);
        const present = new Set([...runtime.sessions].map(({ id }) => id));
        for (const { client, user, id, own } of all) {
          const seen = client.take('MESSAGE').map(({ headers, body }) => {
            const index = Number(body.toString().split(' ')[1]);
            const [addressee, destination] = sends[index]!;
            expect(user).toBe(addressee);
            expect(headers.get('destination')).toBe(`/user${destination}`);
            return index;
          });
          // A client's own SEND to its own user goes to the sender's session only.
          const expected = [...sends.keys()].filter((index) => {
            const [addressee, destination, sender] = sends[index]!;
            return sender === null && addressee === user && own.has(`/user${destination}`);
          });
          if (present.has(id)) expect(seen).toEqual(expect.arrayContaining(expected));
        }
        await runtime.stop();
      }),
      { numRuns: WORLDS },
    );
  });
});

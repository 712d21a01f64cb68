import { attacked, many, SETTINGS, until } from './support/attack.js';

/** All that a client might try in order to hear what is for alice. `#` becomes her session. */
const CURIOUS = [
  '/user/alice/queue/one',
  '/user/*/queue/one',
  '/user/**',
  '/user/queue/one',
  '/queue/*',
  '/queue/**',
  '/queue/one*',
  '/queue/one-user*',
  '/queue/one-user#',
  '/queue/one-user{x}',
  '/queue/{x}',
  '/queue/' + '?'.repeat(45),
  '/**',
];

/** No destination of anybody’s: odd, but a text like others. */
const ODD = [
  '/topic/',
  '/topic//',
  '/topic/..',
  '/topic/%2e%2e',
  '/topic/\\\\',
  '/topic/ ',
  '/topic/\u202e',
  '/topic/😀',
  '/topic/{',
  '/topic/}',
  '/topic/{}',
  '/topic/{a',
  '/topic/[a',
  '/topic/(a+)+$',
  '/topic/__proto__',
  '/topic/constructor',
];

const SELECTORS = [
  'a ==',
  '(',
  '('.repeat(2_000),
  'a == 1'.repeat(500),
  "'",
  "a == 'x",
  'T(java.lang.Runtime)',
  'constructor.constructor("x")()',
  'a = b = c',
  'process.exit()',
  '${1}',
  'a; b',
  'not '.repeat(2_000),
  '\\c'.repeat(500),
];

describe.each(SETTINGS)('Destinations, attacked, %s,', (_, options) => {
  const known = {
    ...options,
    authenticate: ({ login }: { login?: string | undefined }) => (login ? { name: login } : undefined),
  };

  it('keep what is for one user from all others, whatever they subscribe to', () =>
    attacked(known, async (server) => {
      const alice = await server.open();
      const session = (await alice.connect('1.2', 'login:alice\n')).header('session')!;
      await alice.subscribe('s', '/user/queue/one');
      const others = await many(CURIOUS.length * 2, async (index) => {
        const client = await server.connect('1.2', index % 2 ? 'login:bob\n' : '');
        const destination = CURIOUS[index >> 1]!.replace('#', session);
        client.write(`SUBSCRIBE\nid:1\ndestination:${destination}\nreceipt:r\n\n\0`);
        await client.next(({ command }) => command === 'RECEIPT' || command === 'ERROR');
        return client;
      });
      for (let i = 0; i < 10; i++)
        await server.runtime.template.convertAndSendToUser('alice', '/queue/one', `private ${i}`);
      expect(await alice.bodies(10)).toEqual(Array.from({ length: 10 }, (_, i) => `private ${i}`));
      for (const client of others) {
        expect(client.take('MESSAGE')).toEqual([]);
        client.terminate();
      }
      alice.terminate();
    }));

  it('refuse what a client sends to another user, and to a session by its id', () =>
    attacked(known, async (server) => {
      const alice = await server.open();
      const session = (await alice.connect('1.2', 'login:alice\n')).header('session')!;
      await alice.subscribe('s', '/user/queue/one');
      for (const destination of ['/user/alice/queue/one', `/user/${session}/queue/one`, `/queue/one-user${session}`]) {
        const eve = await server.connect('1.2', 'login:eve\n');
        eve.write(`SEND\ndestination:${destination}\nreceipt:r\n\nforged\0`);
        await eve.next(({ command }) => command === 'RECEIPT' || command === 'ERROR');
        eve.terminate();
      }
      await server.runtime.template.convertAndSendToUser('alice', '/queue/one', 'genuine');
      expect(await alice.body()).toBe('genuine');
      alice.terminate();
    }));

  it('take over no header that the server owns', () =>
    attacked(options, async (server) => {
      const [victim, eve] = [await server.connect(), await server.connect()];
      await victim.subscribe('s', '/topic/heard');
      const owned = [
        'message-id',
        'subscription',
        'ack',
        'user-name',
        'session',
        'simpSessionId',
        'simpOrigDestination',
      ];
      const lines = owned.map((name) => `${name}:forged\n`).join('');
      await eve.receipt(`SEND\ndestination:/topic/heard\n${lines}\nx\0`);
      const message = await victim.next('MESSAGE');
      expect(message.headers.filter(([, value]) => value === 'forged').map(([name]) => name)).toEqual([]);
      expect(message.all('subscription')).toEqual(['s']);
      for (const client of [victim, eve]) client.terminate();
    }));

  it('let nobody acknowledge, reject or end what is another’s', () =>
    attacked({ ...options, broker: { queues: ['/queue/work'] } }, async (server) => {
      const victim = await server.connect();
      await victim.subscribe('s', '/queue/work', 'ack:client\n');
      await victim.receipt('SEND\ndestination:/queue/work\n\nkept\0');
      const ack = (await victim.next('MESSAGE')).header('ack')!;
      for (const frame of [`ACK\nid:${ack}\n\n\0`, `NACK\nid:${ack}\n\n\0`, 'UNSUBSCRIBE\nid:s\n\n\0']) {
        const eve = await server.connect();
        await eve.write(frame).next('ERROR');
        await eve.closed;
      }
      await victim.receipt(`ACK\nid:${ack}\n\n\0`);
      victim.terminate();
    }));

  it('may be odd, deep and many', () =>
    attacked(options, async (server) => {
      const client = await server.connect();
      for (const [index, destination] of ODD.entries()) {
        const escaped = destination.replaceAll('\\', '\\\\');
        for (const frame of [
          `SUBSCRIBE\nid:odd${index}\ndestination:${escaped}\n\n\0`,
          `SEND\ndestination:${escaped}\n\n\0`,
        ]) {
          const other = await server.connect();
          other.write(frame.replace('\n', '\nreceipt:r\n'));
          await other.next(({ command }) => command === 'RECEIPT' || command === 'ERROR');
          other.terminate();
        }
      }
      for (let i = 0; i < 20_000; i++) client.write(`SEND\ndestination:/topic/many/${i}\n\n\0`);
      await client.settled();
      const deep = await server.connect();
      await deep.write(`SEND\ndestination:/topic${'/a'.repeat(10_000)}\n\n\0`).next('ERROR');
      await deep.closed;
      client.terminate();
    }));

  it('may not be chosen by selectors that are no selectors', () =>
    attacked({ ...options, broker: { selector: true } }, async (server) => {
      const start = process.cpuUsage();
      await many(SELECTORS.length, async (index) => {
        const client = await server.connect();
        client.write(`SUBSCRIBE\nid:1\ndestination:/topic/a\nreceipt:r\nselector:${SELECTORS[index]}\n\n\0`);
        const { command } = await client.next((frame) => frame.command === 'RECEIPT' || frame.command === 'ERROR');
        expect([SELECTORS[index]!.slice(0, 40), command]).toEqual([SELECTORS[index]!.slice(0, 40), 'ERROR']);
        await client.closed;
      });
      const { user } = process.cpuUsage(start);
      expect(user / 1_000).toBeLessThan(2_000);
      await until(() => server.runtime.sessions.size === 2);
    }));
});

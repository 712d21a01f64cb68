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

/** Odd, but texts like others: whoever subscribes to one hears what is sent to it, letter by letter, and nothing else. */
const ODD = [
  '/queue',
  '/queue/',
  '/queue//',
  '/queue//a',
  '/queue/a',
  '/queue/a/',
  '/queue/a//',
  '/queue/a//b',
  '/queue/A',
  '/queue/.',
  '/queue/..',
  '/queue/./a',
  '/queue/../queue/a',
  '/queue/a/..',
  '/queue/%2e%2e',
  '/queue/%2f',
  '/queue/%2F',
  '/queue/a%00',
  '/queue/%',
  '/queue/ ',
  '/queue/ a',
  '/queue/a ',
  '/queue/\t',
  '/queue/\n',
  '/queue/\r\n',
  '/queue/\u0001',
  '/queue/\u001b[31m',
  '/queue/\u0085',
  '/queue/\u2028',
  '/queue/a:b',
  '/queue/\\',
  '/queue/\\n',
  '/queue/\u00e9',
  '/queue/e\u0301',
  '/queue/ß',
  '/queue/İ',
  '/queue/\u200b',
  '/queue/\ufeff',
  '/queue/\ufffd',
  '/queue/\u202e',
  '/queue/שלום',
  '/queue/😀',
  '/queue/{',
  '/queue/}',
  '/queue/}{',
  '/queue/{a',
  '/queue/a}',
  '/queue/[a',
  '/queue/(a+)+$',
  '/queue/.+',
  '/queue/a;b',
  '/queue/a#b',
  '/queue/a&b=c',
  '/queue/__proto__',
  '/queue/__proto__/a',
  '/queue/constructor',
  '/queue/toString',
  '/queue/hasOwnProperty',
  '/queue/undefined',
  '/queue/0',
  '/queuex',
  '/queue/one-user',
  `/queue${'/'.repeat(62)}`,
  `/queue/${'x'.repeat(8_000)}`,
];

/** They hear what fits, and are no more than texts to a SEND. */
const PATTERNS: readonly (readonly [pattern: string, fits: RegExp])[] = [
  ['/queue/*', /^\/queue\/[^/]+$/],
  ['/queue/{x}', /^\/queue\/[^/]+$/],
  ['/queue/{}', /^\/queue\/[^/]+$/],
  ['/queue/?', /^\/queue\/[^/]$/],
  ['/queue/a*', /^\/queue\/a[^/]*$/],
  ['/queue/*/', /^\/queue\/[^/]+\/$/],
  ['/queue/*/*', /^\/queue\/[^/]+\/[^/]+$/],
  ['/queue/.*', /^\/queue\/\.[^/]*$/],
  ['/queue/**', /^\/queue(\/[^]*)?$/],
];

/** Nobody’s: neither of the broker nor of a user, nor of an application that has no handlers. */
const NOWHERE = [
  '/',
  '//',
  '//topic/a',
  ' /topic/a',
  '\u200b/topic/a',
  'topic',
  'topic/a',
  '/Topic/a',
  '/TOPIC/a',
  '/top',
  '/nowhere',
  'http://localhost/topic/a',
  '/app',
  '/app/__proto__',
  '/user',
  '/reply/a',
  '__proto__',
  'constructor',
];

const REFUSED: readonly (readonly [destination: string, code: string])[] = [
  ['', 'STOMP_ERR_MISSING_HEADER'],
  ['/topic/\0', 'STOMP_ERR_MALFORMED_FRAME'],
  ['/topic/\\t', 'STOMP_ERR_MALFORMED_FRAME'],
  [`/topic${'/a'.repeat(64)}`, 'STOMP_ERR_DESTINATION'],
  [`/topic${'/'.repeat(64)}`, 'STOMP_ERR_DESTINATION'],
  [`/topic${'/a'.repeat(4_000)}`, 'STOMP_ERR_DESTINATION'],
  [`/topic${'/a'.repeat(10_000)}`, 'STOMP_ERR_HEADER_LIMIT'],
  [`/topic/${'x'.repeat(9_000)}`, 'STOMP_ERR_HEADER_LIMIT'],
];
/** Rules deny a pattern before the broker reads it, where they cannot tell what it stands for. */
const NO_PATTERN = expect.stringMatching(/^STOMP_ERR_(DESTINATION|ACCESS_DENIED)$/) as string;
const REFUSED_TO_SUBSCRIBE = ['/queue/{x:.*}', '/queue/{x:', '/queue/{a}{b:(a+)+}', `/queue/*${'x'.repeat(1_024)}`];
const REFUSED_TO_SEND = [
  '/user/',
  '/user//',
  '/user/a',
  '/user/../queue/a',
  '/user/__proto__/queue/a',
  '/user/*/queue/a',
];

const SELECTORS = [
  'a ==',
  '== a',
  'a == ==',
  '(',
  ')',
  '()',
  'a in ()',
  "a in ('x'",
  '('.repeat(2_000),
  `${'('.repeat(17)}a${')'.repeat(17)}`,
  'a == 1'.repeat(500),
  `${'a == 1 or '.repeat(200)}a == 1`,
  `a == '${'x'.repeat(2_000)}'`,
  "'",
  "a == 'x",
  "a == 'x''",
  'a == "x"',
  'T(java.lang.Runtime)',
  "T(java.lang.Runtime).getRuntime().exec('id')",
  "new java.lang.ProcessBuilder('id').start()",
  '#this.class',
  '@bean.call()',
  "headers['foo']",
  'headers.foo.toString()',
  'constructor.constructor("x")()',
  "a.constructor('return process')()",
  'a = b = c',
  'a := 1',
  'process.exit()',
  "import('fs')",
  '${1}',
  '{{1}}',
  '`1`',
  'a; b',
  'a -- b',
  "a like '%(a+)+%'",
  "a matches '(a+)+$'",
  'a ~ /(a+)+$/',
  'a + 1 == 2',
  'a ? b : c',
  'not '.repeat(2_000),
  'not '.repeat(17) + 'a',
  '\\c'.repeat(500),
  'a == \u202e1',
  '１ == 1',
];

/** Selectors that may be chosen, and read nothing but headers; with what they choose of the two messages below. */
const HARMLESS: readonly (readonly [selector: string, chosen: readonly string[]])[] = [
  ['true', ['without', 'with']],
  ['__proto__ == null', ['without']],
  ["__proto__ == 'p'", ['with']],
  ["headers.constructor == 'c'", ['with']],
  ['constructor != null', ['with']],
  ['toString != null', []],
  ['hasOwnProperty == null', ['without', 'with']],
  ['process.env.HOME != null', []],
  ['length > 0', []],
  ['headers.headers == null', ['without', 'with']],
  ["n > '2147483647'", ['with']],
  ['n == 18446744073709551616', ['with']],
  ["n < 'x' or not n == n", ['with']],
];

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll(':', '\\c');
}

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

  it('may be as odd as they like, and are heard where they were subscribed to, letter by letter', () =>
    attacked(options, async (server) => {
      const sent = [...ODD, ...PATTERNS.map(([pattern]) => pattern), ...NOWHERE];
      const fits: ((destination: string) => boolean)[] = [
        ...ODD.map((name) => (destination: string) => destination === name),
        ...PATTERNS.map(
          ([, pattern]) =>
            (destination: string) =>
              pattern.test(destination),
        ),
        ...NOWHERE.map(() => () => false),
      ];
      const subscribers = await many(sent.length, async (index) => {
        const client = await server.connect();
        await client.subscribe('s', escaped(sent[index]!));
        return client;
      });
      const sender = await server.connect();
      for (const destination of sent) await sender.receipt(`SEND\ndestination:${escaped(destination)}\n\nx\0`);
      for (const [index, client] of subscribers.entries()) {
        await client.settled();
        const heard = client.take().map((frame) => frame.header('destination'));
        expect([sent[index], heard]).toEqual([sent[index], sent.filter(fits[index]!).map(escaped)]);
        client.terminate();
      }
      sender.terminate();
    }));

  it('are refused if they are none, too deep, or another’s', () =>
    attacked(options, async (server) => {
      const frames = [
        ...REFUSED.flatMap(([destination, code]) =>
          ['SUBSCRIBE\nid:1', 'SEND'].map((head) => [head, destination, code] as const),
        ),
        ...REFUSED_TO_SUBSCRIBE.map((name) => ['SUBSCRIBE\nid:1', escaped(name), NO_PATTERN] as const),
        ...REFUSED_TO_SEND.map((name) => ['SEND', name, 'STOMP_ERR_ACCESS_DENIED'] as const),
      ];
      await many(frames.length, async (index) => {
        const [head, destination, code] = frames[index]!;
        const client = await server.connect();
        client.write(`${head}\ndestination:${destination}\nreceipt:r\n\n\0`);
        const answer = await client.nextAny();
        const name = destination.slice(0, 40);
        expect([head, name, answer.command, answer.header('code')]).toEqual([head, name, 'ERROR', code]);
        await client.closed;
      });
    }));

  it('may be many', () =>
    attacked(options, async (server) => {
      const client = await server.connect();
      for (let i = 0; i < 20_000; i++) client.write(`SEND\ndestination:/topic/many/${i}\n\n\0`);
      await client.settled();
      client.terminate();
    }));

  it('may not be chosen by selectors that are no selectors', () =>
    attacked({ ...options, broker: { selector: true } }, async (server) => {
      const start = process.cpuUsage();
      await many(SELECTORS.length, async (index) => {
        const client = await server.connect();
        client.write(`SUBSCRIBE\nid:1\ndestination:/topic/a\nreceipt:r\nselector:${SELECTORS[index]}\n\n\0`);
        const answer = await client.nextAny();
        const selector = SELECTORS[index]!.slice(0, 40);
        expect([selector, answer.header('code')]).toEqual([selector, 'STOMP_ERR_SELECTOR']);
        await client.closed;
      });
      const { user } = process.cpuUsage(start);
      expect(user / 1_000).toBeLessThan(2_000);
      await until(() => server.runtime.sessions.size === 2);
    }));

  it('are chosen by what stands in headers, never by what an object or the process has', () =>
    attacked({ ...options, broker: { selector: true } }, async (server) => {
      const subscribers = await many(HARMLESS.length, async (index) => {
        const client = await server.connect();
        await client.subscribe('s', '/topic/chosen', `selector:${escaped(HARMLESS[index]![0])}\n`);
        return client;
      });
      const sender = await server.connect();
      await sender.receipt('SEND\ndestination:/topic/chosen\n\nwithout\0');
      await sender.receipt(
        'SEND\ndestination:/topic/chosen\n__proto__:p\nconstructor:c\nn:18446744073709551616\n\nwith\0',
      );
      for (const [index, [selector, chosen]] of HARMLESS.entries()) {
        await subscribers[index]!.settled();
        expect([selector, subscribers[index]!.take().map(({ text }) => text)]).toEqual([selector, chosen]);
        subscribers[index]!.terminate();
      }
      sender.terminate();
    }));
});

import { forVersions, refused, VERSIONS, type Check } from '../conversation.js';

/** What a pattern that a client subscribes to reaches below the check's own destination, and what it does not. */
const PATTERNS: readonly (readonly [pattern: string, reaches: readonly string[], misses: readonly string[]])[] = [
  ['/*', ['/a', '/b.c'], ['', '/a/b']],
  ['/**', ['', '/a', '/a/b/c'], []],
  ['/a?c', ['/abc'], ['/ac', '/abbc', '/a/c']],
  ['/{name}/x', ['/a/x'], ['/x', '/a/b/x']],
  ['/p*', ['/p', '/price'], ['/q', '/p/a']],
  ['/**/x', ['/x', '/a/x', '/a/b/x'], ['/y', '/x/y']],
];

export const SUBSCRIBING: readonly Check[] = [
  ...forVersions(VERSIONS, '“SUBSCRIBE”', 'delivers what is sent from then on', async (talk, version) => {
    const client = await talk.connect(version);
    client.write(`SEND\ndestination:${talk.topic}\n\nbefore\0`);
    await client.subscribe('1', talk.topic);
    client.write(`SEND\ndestination:${talk.topic}\n\nafter\0`);
    expect(await client.body()).toBe('after');
  }),
  ...forVersions(VERSIONS, '“SUBSCRIBE”', 'requires a destination', async (talk, version) => {
    const client = await talk.connect(version);
    await refused(client.write('SUBSCRIBE\nid:1\n\n\0'), 'STOMP_ERR_MISSING_HEADER');
  }),
  ...forVersions(['1.1', '1.2'], '“SUBSCRIBE id Header”', 'requires an id', async (talk, version) => {
    const client = await talk.connect(version);
    await refused(client.write('SUBSCRIBE\ndestination:/topic/a\n\n\0'), 'STOMP_ERR_MISSING_HEADER');
  }),
  ...forVersions(VERSIONS, '“SUBSCRIBE id Header”', 'refuses an id that is in use', async (talk, version) => {
    const client = await talk.connect(version);
    await client.subscribe('1', talk.topic);
    await refused(client.write('SUBSCRIBE\nid:1\ndestination:/topic/other\n\n\0'), 'STOMP_ERR_SUBSCRIPTION');
  }),
  {
    clause: 'STOMP 1.0 “SUBSCRIBE”',
    it: 'does not need an id',
    run: async (talk) => {
      const client = await talk.connect('1.0');
      client.write(`SUBSCRIBE\ndestination:${talk.topic}\n\n\0SEND\ndestination:${talk.topic}\n\nhello\0`);
      expect((await client.next('MESSAGE')).header('destination')).toBe(talk.topic);
    },
  },
  {
    clause: 'STOMP 1.0 “SUBSCRIBE”',
    it: 'names the subscription in MESSAGE when it has an id',
    run: async (talk) => {
      const client = await talk.subscriber('', '1.0');
      client.write(`SEND\ndestination:${talk.topic}\n\nhello\0`);
      expect((await client.next('MESSAGE')).header('subscription')).toBe('s');
    },
  },
  {
    clause: 'STOMP 1.2 “SUBSCRIBE id Header”',
    it: 'takes an id again that has been given up',
    run: async (talk) => {
      const client = await talk.subscriber();
      await client.receipt('UNSUBSCRIBE\nid:s\n\n\0');
      await client.subscribe('s', `${talk.topic}/other`);
      client.write(`SEND\ndestination:${talk.topic}\n\nfirst\0SEND\ndestination:${talk.topic}/other\n\nsecond\0`);
      expect(await client.body()).toBe('second');
    },
  },
  {
    clause: 'STOMP 1.2 “SUBSCRIBE id Header”',
    it: 'takes the same id from different connections',
    run: async (talk) => {
      const [one, two] = [await talk.subscriber(), await talk.subscriber()];
      one.write(`SEND\ndestination:${talk.topic}\n\nhello\0`);
      expect([await one.body(), await two.body()]).toEqual(['hello', 'hello']);
    },
  },
  {
    clause: 'STOMP 1.2 “SUBSCRIBE id Header”',
    it: 'tells subscription ids apart by case and keeps them as they are',
    run: async (talk) => {
      const client = await talk.connect();
      for (const id of ['a', 'A', ' a', '日本', '__proto__']) await client.subscribe(id, talk.topic);
      client.write(`SEND\ndestination:${talk.topic}\n\n\0`);
      await client.settled();
      const ids = client.take('MESSAGE').map((message) => message.header('subscription'));
      expect(new Set(ids)).toEqual(new Set(['a', 'A', ' a', '日本', '__proto__']));
    },
  },
  {
    clause: 'STOMP 1.2 “SUBSCRIBE”',
    it: 'delivers once for each of several subscriptions to one destination',
    run: async (talk) => {
      const client = await talk.connect();
      await client.subscribe('1', talk.topic);
      await client.subscribe('2', talk.topic);
      client.write(`SEND\ndestination:${talk.topic}\n\nhello\0`);
      await client.settled();
      const messages = client.take('MESSAGE');
      expect(messages.map((message) => message.header('subscription')).toSorted()).toEqual(['1', '2']);
      expect(messages[0]!.header('message-id')).toBe(messages[1]!.header('message-id'));
    },
  },
  ...['', 'none', 'AUTO', 'client individual', 'Client'].map(
    (mode) =>
      ({
        clause: 'STOMP 1.2 “SUBSCRIBE ack Header”',
        it: `refuses the ack mode ${JSON.stringify(mode)}`,
        run: async (talk) => {
          const client = await talk.connect();
          client.write(`SUBSCRIBE\nid:1\ndestination:${talk.topic}\nack:${mode}\n\n\0`);
          await refused(client, 'STOMP_ERR_INVALID_HEADER');
        },
      }) satisfies Check,
  ),
  ...['', 'ack:auto\n'].map(
    (header) =>
      ({
        clause: 'STOMP 1.2 “SUBSCRIBE ack Header”',
        it: `expects no ACK ${header ? 'in auto mode' : 'without an ack header'}`,
        run: async (talk) => {
          const client = await talk.subscriber(header);
          client.write(`SEND\ndestination:${talk.topic}\n\nhello\0`);
          expect((await client.next('MESSAGE')).header('ack')).toBeUndefined();
        },
      }) satisfies Check,
  ),
  {
    clause: 'STOMP 1.2 “SUBSCRIBE”',
    it: 'passes over headers that it does not know',
    run: async (talk) => {
      const client = await talk.subscriber('activemq.prefetchSize:1\nfoo:bar\nselector:((broken\n');
      client.write(`SEND\ndestination:${talk.topic}\n\nhello\0`);
      expect(await client.body()).toBe('hello');
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'misses nothing that is sent right behind SUBSCRIBE in one message of the transport, 100 times of 100',
    run: async (talk) => {
      const client = await talk.connect();
      for (let i = 0; i < 100; i++) {
        const destination = `${talk.topic}/${i}`;
        client.write(`SUBSCRIBE\nid:${i}\ndestination:${destination}\n\n\0SEND\ndestination:${destination}\n\n${i}\0`);
      }
      expect(await client.bodies(100)).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'misses nothing that another client sends once SUBSCRIBE has its RECEIPT',
    run: async (talk) => {
      const sender = await talk.connect();
      const client = await talk.connect();
      for (let i = 0; i < 50; i++) {
        await client.subscribe(String(i), `${talk.topic}/${i}`);
        sender.write(`SEND\ndestination:${talk.topic}/${i}\n\n${i}\0`);
        expect(await client.body()).toBe(String(i));
      }
    },
  },
  ...PATTERNS.map(
    ([pattern, reaches, misses]) =>
      ({
        clause: 'DESIGN 7',
        it: `delivers to a subscription of ${pattern} what it matches, and nothing else`,
        run: async (talk) => {
          const client = await talk.connect();
          await client.subscribe('1', `${talk.topic}${pattern}`);
          for (const end of [...misses, ...reaches]) {
            await client.receipt(`SEND\ndestination:${talk.topic}${end}\n\n${end}\0`);
          }
          expect(client.take('MESSAGE').map(({ text }) => text)).toEqual(reaches);
        },
      }) satisfies Check,
  ),
  {
    clause: 'DESIGN 7',
    it: 'refuses a pattern with a regular expression',
    run: async (talk) => {
      const client = await talk.connect();
      client.write(`SUBSCRIBE\nid:1\ndestination:${talk.topic}/{name:(a+)+b}\n\n\0`);
      await refused(client, 'STOMP_ERR_DESTINATION');
    },
  },
  {
    clause: 'DESIGN 7',
    it: 'takes wildcards in the destination of SEND for letters',
    run: async (talk) => {
      const client = await talk.connect();
      await client.subscribe('1', `${talk.topic}/a`);
      await client.receipt(`SEND\ndestination:${talk.topic}/*\n\n\0`);
      await client.receipt(`SEND\ndestination:${talk.topic}/**\n\n\0`);
      expect(client.take('MESSAGE')).toEqual([]);
    },
  },
  {
    clause: 'DESIGN 7',
    it: 'leaves the sender out of a subscription with no-local',
    run: async (talk) => {
      const [client, other] = [await talk.subscriber('no-local:true\n'), await talk.connect()];
      await client.receipt(`SEND\ndestination:${talk.topic}\n\nown\0`);
      other.write(`SEND\ndestination:${talk.topic}\n\nforeign\0`);
      expect(await client.body()).toBe('foreign');
    },
  },
  {
    clause: 'DESIGN 7',
    it: 'delivers what a selector wants',
    server: { broker: { selector: true } },
    run: async (talk) => {
      const client = await talk.subscriber("selector:headers.foo == 'bar' and price > 10\n");
      for (const headers of ['foo:bar\nprice:9\n', 'foo:baz\nprice:11\n', 'price:11\n', 'foo:bar\nprice:11\n']) {
        await client.receipt(`SEND\ndestination:${talk.topic}\n${headers}\n${headers}\0`);
      }
      expect(client.take('MESSAGE').map(({ text }) => text)).toEqual(['foo:bar\nprice:11\n']);
    },
  },
  ...['((', "foo == 'bar", 'T(java.lang.Runtime)', 'foo == 1 2', '!'.repeat(100), 'a'.repeat(5_000)].map(
    (selector) =>
      ({
        clause: 'DESIGN 7',
        it: `refuses the selector ${selector.slice(0, 24)}`,
        server: { broker: { selector: true } },
        run: async (talk) => {
          const client = await talk.connect();
          client.write(`SUBSCRIBE\nid:1\ndestination:${talk.topic}\nselector:${selector}\n\n\0`);
          await refused(client, 'STOMP_ERR_SELECTOR');
        },
      }) satisfies Check,
  ),
  ...['/queue/**', '/queue/*', '/**', '/user/alice/queue/x', '/user/**', '/queue/x-user*', '/queue/x'].map(
    (destination) =>
      ({
        clause: 'DESIGN 6',
        it: `brings nobody's private messages to a subscription of ${destination}`,
        server: { authenticate: ({ login }) => ({ name: login! }) },
        run: async (talk) => {
          const [alice, eve] = [await talk.open(), await talk.open()];
          await alice.connect('1.2', 'login:alice\n');
          await eve.connect('1.2', 'login:eve\n');
          await alice.subscribe('1', '/user/queue/x');
          await eve.subscribe('1', destination).catch(() => undefined);
          await talk.server.runtime.template.convertAndSendToUser('alice', '/queue/x', 'private');
          expect(await alice.body()).toBe('private');
          await eve.settled().catch(() => undefined);
          expect(eve.take('MESSAGE')).toEqual([]);
        },
      }) satisfies Check,
  ),
  {
    clause: 'DESIGN 6',
    it: 'shows a private message under the destination that the client knows',
    server: { authenticate: ({ login }) => ({ name: login! }) },
    run: async (talk) => {
      const client = await talk.open();
      await client.connect('1.2', 'login:alice\n');
      await client.subscribe('1', '/user/queue/x');
      await talk.server.runtime.template.convertAndSendToUser('alice', '/queue/x', 'private');
      const message = await client.next('MESSAGE');
      expect(message.header('destination')).toBe('/user/queue/x');
      expect(client.messages.at(-1)!.bytes.toString()).not.toMatch(/-user/);
    },
  },
  ...forVersions(VERSIONS, '“UNSUBSCRIBE”', 'delivers nothing more after it', async (talk, version) => {
    const client = await talk.subscriber('', version);
    await client.receipt('UNSUBSCRIBE\nid:s\n\n\0');
    await client.receipt(`SEND\ndestination:${talk.topic}\n\nhello\0`);
    expect(client.take('MESSAGE')).toEqual([]);
  }),
  ...forVersions(['1.1', '1.2'], '“UNSUBSCRIBE”', 'requires an id', async (talk, version) => {
    const client = await talk.subscriber('', version);
    await refused(client.write(`UNSUBSCRIBE\ndestination:${talk.topic}\n\n\0`), 'STOMP_ERR_MISSING_HEADER');
  }),
  ...forVersions(VERSIONS, '“UNSUBSCRIBE”', 'refuses an id that is not in use', async (talk, version) => {
    const client = await talk.subscriber('', version);
    await refused(client.write('UNSUBSCRIBE\nid:other\n\n\0'), 'STOMP_ERR_SUBSCRIPTION');
  }),
  {
    clause: 'STOMP 1.0 “UNSUBSCRIBE”',
    it: 'takes the destination of a subscription without id',
    run: async (talk) => {
      const client = await talk.connect('1.0');
      await client.receipt(`SUBSCRIBE\ndestination:${talk.topic}\n\n\0`);
      await client.receipt(`UNSUBSCRIBE\ndestination:${talk.topic}\n\n\0`);
      await client.receipt(`SEND\ndestination:${talk.topic}\n\nhello\0`);
      expect(client.take('MESSAGE')).toEqual([]);
    },
  },
  {
    clause: 'STOMP 1.0 “UNSUBSCRIBE”',
    it: 'requires a destination or an id',
    run: async (talk) => {
      const client = await talk.connect('1.0');
      await refused(client.write('UNSUBSCRIBE\n\n\0'), 'STOMP_ERR_MISSING_HEADER');
    },
  },
  {
    clause: 'STOMP 1.2 “UNSUBSCRIBE”',
    it: 'leaves the other subscriptions alone',
    run: async (talk) => {
      const client = await talk.connect();
      await client.subscribe('1', talk.topic);
      await client.subscribe('2', talk.topic);
      const other = await talk.subscriber();
      await client.receipt('UNSUBSCRIBE\nid:1\n\n\0');
      client.write(`SEND\ndestination:${talk.topic}\n\nhello\0`);
      expect((await client.next('MESSAGE')).header('subscription')).toBe('2');
      expect(await other.body()).toBe('hello');
    },
  },
];

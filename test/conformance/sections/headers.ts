import { forVersions, refused, VERSIONS, type Check, type Version } from '../conversation.js';

/** What stands on the wire, and what it means, where a version knows the escape. */
const ESCAPES: readonly (readonly [escape: string, name: string, versions: readonly Version[]])[] = [
  ['\\n', 'a line feed', ['1.1', '1.2']],
  ['\\c', 'a colon', ['1.1', '1.2']],
  ['\\\\', 'a backslash', ['1.1', '1.2']],
  ['\\r', 'a carriage return', ['1.2']],
];

const UNDEFINED_ESCAPES = ['\\t', '\\a', '\\N', '\\C', '\\0', '\\ ', '\\', '\\\\\\', '\\u0041', '\\é'];

export const HEADERS: readonly Check[] = [
  ...ESCAPES.flatMap(([escape, name, versions]) => [
    ...forVersions(
      versions,
      '“Value Encoding”',
      `reads and writes ${escape} as ${name} in values`,
      async (talk, version) => {
        expect((await talk.carried(`custom:a${escape}b\n`, '', version)).header('custom')).toBe(`a${escape}b`);
      },
    ),
    ...forVersions(
      versions,
      '“Value Encoding”',
      `reads and writes ${escape} as ${name} in names`,
      async (talk, version) => {
        expect((await talk.carried(`cus${escape}tom:value\n`, '', version)).header(`cus${escape}tom`)).toBe('value');
      },
    ),
  ]),
  ...UNDEFINED_ESCAPES.flatMap((escape) =>
    forVersions(
      ['1.1', '1.2'],
      '“Value Encoding”',
      `takes ${JSON.stringify(escape)} for a fatal error of the protocol`,
      async (talk, version) => {
        const client = await talk.connect(version);
        client.write(`SEND\ndestination:${talk.topic}\ncustom:a${escape}\n\n\0`);
        await refused(client, 'STOMP_ERR_MALFORMED_FRAME');
      },
    ),
  ),
  {
    clause: 'STOMP 1.1 “Value Encoding”',
    it: 'takes \\r for a fatal error of the protocol',
    run: async (talk) => {
      const client = await talk.connect('1.1');
      client.write(`SEND\ndestination:${talk.topic}\ncustom:a\\rb\n\n\0`);
      await refused(client, 'STOMP_ERR_MALFORMED_FRAME');
    },
  },
  {
    clause: 'STOMP 1.2 “Value Encoding”',
    it: 'takes an undefined escape in a name for a fatal error, too',
    run: async (talk) => {
      const client = await talk.connect();
      await refused(client.write('SEND\ndestination:/topic/a\ncus\\tom:x\n\n\0'), 'STOMP_ERR_MALFORMED_FRAME');
    },
  },
  {
    clause: 'STOMP 1.0 “Frames”',
    it: 'knows no escapes',
    run: async (talk) => {
      const value = '\\n\\c\\r\\\\\\t a:b';
      expect((await talk.carried(`custom:${value}\n`, '', '1.0')).header('custom')).toBe(value);
    },
  },
  {
    clause: 'STOMP 1.2 “Value Encoding”',
    it: 'compares destinations after it has unescaped them',
    run: async (talk) => {
      const client = await talk.connect();
      await client.subscribe('1', `${talk.topic}/a\\cb\\\\`);
      client.write(`SEND\ndestination:${talk.topic}/a\\cb\\\\\n\nhello\0`);
      expect((await client.next('MESSAGE')).header('destination')).toBe(`${talk.topic}/a\\cb\\\\`);
    },
  },
  {
    clause: 'STOMP 1.2 “Value Encoding”',
    it: 'escapes for each receiver by the version of that receiver',
    run: async (talk) => {
      const receivers = await Promise.all(VERSIONS.map((version) => talk.subscriber('', version)));
      const sender = await talk.connect();
      sender.write(`SEND\ndestination:${talk.topic}\nplain:1\ncustom:a\\cb\\\\c\n\n\0`);
      const values = await Promise.all(
        receivers.map(async (client) => (await client.next('MESSAGE')).header('custom')),
      );
      expect(values).toEqual(['a:b\\c', 'a\\cb\\\\c', 'a\\cb\\\\c']);
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'lets no header grow into two for a receiver whose version cannot escape it',
    run: async (talk) => {
      const old = await talk.subscriber('', '1.0');
      const middle = await talk.subscriber('', '1.1');
      const sender = await talk.connect();
      sender.write(`SEND\ndestination:${talk.topic}\ncustom:a\\nforged\\c1\\r\\nb\nna\\nme\\c:x\n\n\0`);
      const [toOld, toMiddle] = [await old.next('MESSAGE'), await middle.next('MESSAGE')];
      expect(toOld.header('forged')).toBeUndefined();
      expect(toOld.header('custom')).toBe('a forged:1  b');
      expect(toMiddle.header('custom')).toBe('a\\nforged\\c1 \\nb');
      expect(Buffer.from(toMiddle.header('custom')!).includes('\r')).toBe(false);
    },
  },
  {
    clause: 'STOMP 1.2 “Value Encoding”',
    it: 'unescapes nothing in CONNECT and escapes nothing in CONNECTED',
    server: { authenticate: ({ login }) => ({ name: login! }) },
    run: async (talk) => {
      const client = await talk.open();
      const connected = await client.connect('1.2', 'login:a\\tb:c\\n\\\n');
      expect(connected.header('user-name')).toBe('a\\tb:c\\n\\');
    },
  },
  {
    clause: 'STOMP 1.2 “Value Encoding”',
    it: 'escapes receipt-id as the receipt was escaped',
    run: async (talk) => {
      const client = await talk.connect();
      client.write('SEND\ndestination:/topic/a\nreceipt:a\\cb\\nc\\\\d\\re\n\n\0');
      expect((await client.next('RECEIPT')).header('receipt-id')).toBe('a\\cb\\nc\\\\d\\re');
    },
  },
  ...forVersions(VERSIONS, '“Value Encoding”', 'carries names and values in UTF-8', async (talk, version) => {
    const message = await talk.carried('größe:日本 🙂\n', '', version);
    expect(message.header('größe')).toBe('日本 🙂');
  }),
  ...[
    ['a value', 'custom:\xff'],
    ['a name', 'cus\xc3tom:value'],
    ['an overlong form', 'custom:\xc0\xaf'],
    ['a surrogate', 'custom:\xed\xa0\x80'],
  ].map(
    ([where, line]) =>
      ({
        clause: 'STOMP 1.2 “Value Encoding”',
        it: `refuses a header that is no UTF-8 (${where})`,
        only: 'websocket' as const,
        run: async (talk) => {
          const client = await talk.connect();
          client.write(Buffer.from(`SEND\ndestination:${talk.topic}\n${line}\n\n\0`, 'latin1'));
          await refused(client, 'STOMP_ERR_MALFORMED_FRAME');
        },
      }) satisfies Check,
  ),
  ...forVersions(['1.1', '1.2'], '“Value Encoding”', 'neither trims nor pads', async (talk, version) => {
    const message = await talk.carried(' name : value \t\n', '', version);
    expect(message.header(' name ')).toBe(' value \t');
  }),
  {
    clause: 'STOMP 1.2 “Value Encoding”',
    it: 'does not trim a destination',
    run: async (talk) => {
      const client = await talk.connect();
      await client.subscribe('1', talk.topic);
      await client.subscribe('2', `${talk.topic} `);
      client.write(`SEND\ndestination:${talk.topic} \n\n\0`);
      expect((await client.next('MESSAGE')).header('subscription')).toBe('2');
      await client.settled();
      expect(client.take('MESSAGE')).toEqual([]);
    },
  },
  {
    clause: 'STOMP 1.2 “STOMP Frames”',
    it: 'tells header names apart by their case',
    run: async (talk) => {
      const client = await talk.connect();
      await refused(client.write('SEND\nDestination:/topic/a\n\n\0'), 'STOMP_ERR_MISSING_HEADER');
    },
  },
  {
    clause: 'STOMP 1.2 “Augmented BNF”',
    it: 'takes an empty value',
    run: async (talk) => {
      expect((await talk.carried('empty:\n')).header('empty')).toBe('');
    },
  },
  ...[
    ['without a colon', 'custom'],
    ['without a name', ':value'],
    ['with a carriage return in the middle', 'cus\rtom:value'],
    ['with two carriage returns at its end', 'custom:value\r\r'],
    ['with a NUL', 'custom:val\0ue'],
  ].map(
    ([what, line]) =>
      ({
        clause: 'STOMP 1.2 “Augmented BNF”',
        it: `refuses a header ${what}`,
        run: async (talk) => {
          const client = await talk.connect();
          await refused(
            client.write(`SEND\ndestination:${talk.topic}\n${line}\nafter:1\n\n\0`),
            'STOMP_ERR_MALFORMED_FRAME',
          );
        },
      }) satisfies Check,
  ),
  {
    clause: 'DESIGN 6',
    it: 'takes what is behind the first colon for the value, colons included',
    run: async (talk) => {
      expect((await talk.carried('url:http://a:1\n')).header('url')).toBe('http\\c//a\\c1');
    },
  },
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map(
    (name) =>
      ({
        clause: 'DESIGN 6',
        it: `takes a header called ${name} for a header like any other`,
        run: async (talk) => {
          expect((await talk.carried(`${name}:value\n`)).header(name)).toBe('value');
        },
      }) satisfies Check,
  ),
  {
    clause: 'STOMP 1.2 “Repeated Header Entries”',
    it: 'uses the first entry of a repeated destination',
    run: async (talk) => {
      const client = await talk.subscriber();
      client.write(`SEND\ndestination:${talk.topic}\ndestination:/topic/other\n\nfirst\0`);
      client.write(`SEND\ndestination:/topic/other\ndestination:${talk.topic}\n\nsecond\0`);
      await client.settled();
      expect(client.take('MESSAGE').map(({ text }) => text)).toEqual(['first']);
    },
  },
  {
    clause: 'STOMP 1.2 “Repeated Header Entries”',
    it: 'uses the first entry of a repeated receipt',
    run: async (talk) => {
      const client = await talk.connect();
      client.write('SEND\ndestination:/topic/a\nreceipt:first\nreceipt:second\n\n\0');
      await client.settled();
      expect(client.take('RECEIPT').map((frame) => frame.header('receipt-id'))).toEqual(['first']);
    },
  },
  {
    clause: 'STOMP 1.2 “Repeated Header Entries”',
    it: 'uses the first entry of a repeated content-length',
    run: async (talk) => {
      const client = await talk.subscriber();
      client.write(`SEND\ndestination:${talk.topic}\ncontent-length:3\ncontent-length:1\n\na\0b\0`);
      expect(await client.body()).toBe('a\0b');
    },
  },
  {
    clause: 'STOMP 1.2 “Repeated Header Entries”',
    it: 'uses the first entry of a repeated subscription id',
    run: async (talk) => {
      const client = await talk.connect();
      await client.receipt(`SUBSCRIBE\nid:first\nid:second\ndestination:${talk.topic}\n\n\0`);
      client.write(`SEND\ndestination:${talk.topic}\n\n\0`);
      expect((await client.next('MESSAGE')).header('subscription')).toBe('first');
    },
  },
  {
    clause: 'STOMP 1.2 “Repeated Header Entries”',
    it: 'carries all entries on, in their order',
    run: async (talk) => {
      const message = await talk.carried('foo:World\nbar:x\nfoo:Hello\n');
      expect(message.all('foo')).toEqual(['World', 'Hello']);
    },
  },
];

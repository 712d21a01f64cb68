import { forVersions, refused, type Check } from '../conversation.js';

const NO_LENGTHS = ['abc', '-1', '+5', '1e3', '0x5', '5.0', ' 5', '5 ', '', '99999999999999999999', 'NaN', '5,5', '٥'];

/** Frames that must not have a body. */
const WITHOUT_BODY = [
  'SUBSCRIBE\nid:9\ndestination:/topic/a\n',
  'UNSUBSCRIBE\nid:s\n',
  'BEGIN\ntransaction:t9\n',
  'COMMIT\ntransaction:t\n',
  'ABORT\ntransaction:t\n',
  'ACK\nid:1\nmessage-id:1\nsubscription:s\n',
  'NACK\nid:1\nmessage-id:1\nsubscription:s\n',
  'DISCONNECT\n',
];

/** What may stand between frames. */
const BETWEEN: Record<string, string> = {
  'one EOL': '\n',
  'many EOLs': '\n'.repeat(200),
  'EOLs with carriage returns': '\r\n\r\n',
  'both kinds of EOLs': '\n\r\n\n\r\n',
};

export const FRAMES: readonly Check[] = [
  {
    clause: 'STOMP 1.2 “STOMP Frames”',
    it: 'takes carriage return and line feed for an EOL in all lines of all frames',
    run: async (talk) => {
      const client = await talk.open();
      client.write('CONNECT\r\naccept-version:1.2\r\nhost:localhost\r\n\r\n\0');
      await client.next('CONNECTED');
      client.write(`SUBSCRIBE\r\nid:1\r\ndestination:${talk.topic}\r\n\r\n\0`);
      client.write(`SEND\r\ndestination:${talk.topic}\r\nfoo:bar\r\n\r\nline\r\n\0\r\n`);
      const message = await client.next('MESSAGE');
      expect(message.header('foo')).toBe('bar');
      expect(message.text).toBe('line\r\n');
    },
  },
  {
    clause: 'STOMP 1.2 “STOMP Frames”',
    it: 'takes both kinds of EOLs in one frame',
    run: async (talk) => {
      const message = await talk.carried('a:1\r\nb:2\nc:3\r\n');
      expect([message.header('a'), message.header('b'), message.header('c')]).toEqual(['1', '2', '3']);
    },
  },
  {
    clause: 'STOMP 1.2 “STOMP Frames”',
    it: 'ends its own lines with a line feed alone',
    run: async (talk) => {
      const client = await talk.subscriber();
      await client.receipt(`SEND\ndestination:${talk.topic}\n\nx\0`);
      expect(client.messages.some(({ bytes }) => bytes.includes('\r'))).toBe(false);
    },
  },
  ...Object.entries(BETWEEN).map(
    ([what, eols]) =>
      ({
        clause: 'STOMP 1.2 “STOMP Frames”',
        it: `takes ${what} between frames`,
        run: async (talk) => {
          const client = await talk.open();
          client.write(`${eols}CONNECT\naccept-version:1.2\n\n\0${eols}`);
          await client.next('CONNECTED');
          client.write(`${eols}SUBSCRIBE\nid:1\ndestination:${talk.topic}\n\n\0${eols}`);
          client.write(eols);
          client.write(`SEND\ndestination:${talk.topic}\n\nhello\0${eols}`);
          expect(await client.body()).toBe('hello');
        },
      }) satisfies Check,
  ),
  ...['\r', '\rSEND', '\n\r\r\n', '\r\0'].map(
    (between) =>
      ({
        clause: 'STOMP 1.2 “Augmented BNF”',
        it: `refuses ${JSON.stringify(between)} between frames, for a carriage return alone is no EOL`,
        run: async (talk) => {
          const client = await talk.connect();
          await refused(client.write(`${between}SEND\ndestination:/topic/a\n\n\0`), 'STOMP_ERR_MALFORMED_FRAME');
        },
      }) satisfies Check,
  ),
  {
    clause: 'DESIGN 6',
    it: 'answers a lone EOL with nothing, before CONNECT and after it',
    run: async (talk) => {
      const client = await talk.open();
      client.write('\n').write('\r\n').write('CONNECT\naccept-version:1.2\n\n\0').write('\n');
      expect((await client.nextAny()).command).toBe('CONNECTED');
      await client.settled();
      expect(client.take()).toEqual([]);
    },
  },
  {
    clause: 'STOMP 1.2 “STOMP Frames”',
    it: 'takes a frame that comes in single octets',
    run: async (talk) => {
      const client = await talk.open();
      const frames = `CONNECT\naccept-version:1.2\r\n\n\0\nSUBSCRIBE\nid:1\ndestination:${talk.topic}\n\n\0SEND\ndestination:${talk.topic}\r\ncontent-length:3\n\na\0b\0`;
      for (const octet of frames) client.write(octet);
      expect(await client.body()).toBe('a\0b');
    },
  },
  {
    clause: 'STOMP 1.2 “Value Encoding”',
    it: 'takes frames that are cut inside of a character',
    only: 'websocket',
    run: async (talk) => {
      const client = await talk.subscriber();
      const frame = Buffer.from(`SEND\ndestination:${talk.topic}\nname:Grüße 🙂\n\n日本 🙂\0`);
      for (const octet of frame) client.write(Buffer.from([octet]));
      const message = await client.next('MESSAGE');
      expect(message.header('name')).toBe('Grüße 🙂');
      expect(message.text).toBe('日本 🙂');
    },
  },
  {
    clause: 'STOMP 1.2 “STOMP Frames”',
    it: 'takes many frames in one message of the transport, in their order',
    run: async (talk) => {
      const client = await talk.subscriber();
      client.write(Array.from({ length: 200 }, (_, i) => `SEND\ndestination:${talk.topic}\n\n${i}\0`).join(''));
      expect(await client.bodies(200)).toEqual(Array.from({ length: 200 }, (_, i) => String(i)));
    },
  },
  {
    clause: 'STOMP 1.2 “STOMP Frames”',
    it: 'takes the end of one frame and the beginning of the next in one message of the transport',
    run: async (talk) => {
      const client = await talk.subscriber();
      client.write(`SEND\ndestination:${talk.topic}\n\none\0SEND\ndesti`).write(`nation:${talk.topic}\n\ntwo\0`);
      expect(await client.bodies(2)).toEqual(['one', 'two']);
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'takes frames in text and in binary WebSocket messages',
    only: 'websocket',
    run: async (talk) => {
      const client = await talk.subscriber();
      client.write(`SEND\ndestination:${talk.topic}\n\ntext\0`);
      client.write(Buffer.from(`SEND\ndestination:${talk.topic}\n\nbinary\0`));
      expect(await client.bodies(2)).toEqual(['text', 'binary']);
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'sends each frame as one message of the transport',
    run: async (talk) => {
      const client = await talk.subscriber();
      client.write(`SEND\ndestination:${talk.topic}\nreceipt:r\n\nx\0`.repeat(20));
      await client.settled();
      for (const { bytes } of client.messages) expect(bytes.indexOf(0)).toBe(bytes.length - 1);
    },
  },
  {
    clause: 'STOMP 1.2 “Header content-length”',
    it: 'reads as many octets as content-length says, NULs or not',
    run: async (talk) => {
      const client = await talk.subscriber();
      client.write(`SEND\ndestination:${talk.topic}\ncontent-length:5\n\n\0a\0b\0\0`);
      expect(await client.body()).toBe('\0a\0b\0');
    },
  },
  {
    clause: 'STOMP 1.2 “Header content-length”',
    it: 'counts octets rather than characters',
    run: async (talk) => {
      const client = await talk.subscriber();
      client.write(`SEND\ndestination:${talk.topic}\ncontent-length:6\n\n日本\0`);
      expect(await client.body()).toBe('日本');
    },
  },
  {
    clause: 'STOMP 1.2 “Header content-length”',
    it: 'carries all 256 octets in a body',
    only: 'websocket',
    run: async (talk) => {
      const octets = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
      const message = await talk.carried('content-type:application/octet-stream\ncontent-length:256\n', octets);
      expect(message.body.equals(octets)).toBe(true);
      expect(message.isText).toBe(false);
    },
  },
  {
    clause: 'STOMP 1.2 “Header content-length”',
    it: 'refuses a body that goes on where it should end with a NUL',
    run: async (talk) => {
      const client = await talk.connect();
      client.write(`SEND\ndestination:${talk.topic}\ncontent-length:2\n\nhello\0`);
      await refused(client, 'STOMP_ERR_MALFORMED_FRAME');
    },
  },
  {
    clause: 'STOMP 1.2 “Header content-length”',
    it: 'waits for the octets that content-length promises',
    run: async (talk) => {
      const client = await talk.subscriber();
      client.write(`SEND\ndestination:${talk.topic}\ncontent-length:8\n\nhalf\0`).write('end').write('\0');
      expect(await client.body()).toBe('half\0end');
    },
  },
  ...NO_LENGTHS.map(
    (length) =>
      ({
        clause: 'STOMP 1.2 “Header content-length”',
        it: `refuses a content-length of ${JSON.stringify(length)}`,
        run: async (talk) => {
          const client = await talk.connect();
          const error = client.write(`SEND\ndestination:${talk.topic}\ncontent-length:${length}\n\nhello\0`);
          await refused(error, 'STOMP_ERR_MALFORMED_FRAME');
        },
      }) satisfies Check,
  ),
  {
    clause: 'STOMP 1.2 “Header content-length”',
    it: 'takes content-length on frames that have no body',
    run: async (talk) => {
      const client = await talk.open();
      client.write('CONNECT\naccept-version:1.2\ncontent-length:0\n\n\0');
      await client.next('CONNECTED');
      await client.subscribe('1', talk.topic, 'content-length:0\n');
      await client.receipt('UNSUBSCRIBE\nid:1\ncontent-length:0\n\n\0');
    },
  },
  {
    clause: 'STOMP 1.2 “Header content-length”',
    it: 'ends a body without content-length at the first NUL',
    run: async (talk) => {
      const client = await talk.subscriber();
      client.write(`SEND\ndestination:${talk.topic}\n\none\0\n\nSEND\ndestination:${talk.topic}\n\ntwo\0`);
      expect(await client.bodies(2)).toEqual(['one', 'two']);
    },
  },
  {
    clause: 'STOMP 1.2 “Body”',
    it: 'takes a frame within a body for a part of the body',
    run: async (talk) => {
      const client = await talk.subscriber();
      const inner = `\0SEND\ndestination:${talk.topic}\n\nforged\0`;
      client.write(`SEND\ndestination:${talk.topic}\ncontent-length:${inner.length}\n\n${inner}\0`);
      expect(await client.body()).toBe(inner);
      await client.settled();
      expect(client.take('MESSAGE')).toEqual([]);
    },
  },
  ...['\n', '\n\n\n', '\r\n', ' ', '\\n\\c', 'a:b\n\nc'].map(
    (body) =>
      ({
        clause: 'STOMP 1.2 “Body”',
        it: `leaves the body ${JSON.stringify(body)} as it is`,
        run: async (talk) => {
          expect((await talk.carried('', body)).text).toBe(body);
        },
      }) satisfies Check,
  ),
  {
    clause: 'STOMP 1.2 “Body”',
    it: 'takes a SEND without a body',
    run: async (talk) => {
      const message = await talk.carried('');
      expect(message.body).toHaveLength(0);
      expect(message.header('content-length')).toBe('0');
    },
  },
  ...WITHOUT_BODY.flatMap((head) =>
    forVersions(['1.1', '1.2'], '“Body”', `refuses a body of ${head.split('\n')[0]}`, async (talk, version) => {
      const client = await talk.subscriber('ack:client\n', version);
      client.write('BEGIN\ntransaction:t\n\n\0');
      await refused(client.write(`${head}\nbody\0`), 'STOMP_ERR_MALFORMED_FRAME');
    }),
  ),
  {
    clause: 'STOMP 1.2 “Body”',
    it: 'refuses a body of CONNECT',
    run: async (talk) => {
      const client = await talk.open();
      client.write('CONNECT\naccept-version:1.2\nhost:localhost\n\nbody\0');
      await refused(client, 'STOMP_ERR_MALFORMED_FRAME');
    },
  },
  {
    clause: 'STOMP 1.0 “SUBSCRIBE”',
    it: 'ignores the body of SUBSCRIBE',
    run: async (talk) => {
      const client = await talk.connect('1.0');
      client.write(`SUBSCRIBE\ndestination:${talk.topic}\n\nignored\0SEND\ndestination:${talk.topic}\n\nhello\0`);
      expect(await client.body()).toBe('hello');
    },
  },
];

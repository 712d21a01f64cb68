import type { RawStompClient } from '../utils/raw-stomp-client.js';
import { attacked, many, SETTINGS } from './support/attack.js';

const CONNECT = 'CONNECT\naccept-version:1.2\n\n\0';
const FORGED = 'MESSAGE\nsubscription:s\nmessage-id:1\ndestination:/topic/control\n\nforged\0';

const BEHIND = 'SEND\ndestination:/topic/heard\n\nbehind\0';

/** What comes first, as the attacker writes it: nothing of it may be carried out. */
const BEFORE_CONNECT = [
  'SEND\ndestination:/topic/heard\n\nx\0',
  'SUBSCRIBE\nid:1\ndestination:/topic/**\n\n\0',
  FORGED,
];

/** What must be an ERROR after CONNECT, and reach nobody. */
const REFUSED: readonly string[] = [
  FORGED,
  'CONNECTED\nversion:1.2\n\n\0',
  'RECEIPT\nreceipt-id:1\n\n\0',
  'ERROR\nmessage:x\n\nx\0',
  'send\ndestination:/topic/heard\n\nx\0',
  'constructor\n\n\0',
  '__proto__\n\n\0',
  'toString\ndestination:/topic/heard\n\n\0',
  'SEND\n\nx\0',
  'SEND\ndestination\n\nx\0',
  'SEND\n:/topic/heard\n\nx\0',
  'SEND\ndestination:/topic/heard\\t\n\nx\0',
  'SEND\ndestination:/topic/heard\nreceipt:a\\\n\nx\0',
  'SUBSCRIBE\ndestination:/topic/heard\n\n\0',
  'SUBSCRIBE\nid:1\ndestination:/topic/heard\n\nbody\0',
  'BEGIN\n\n\0',
  'COMMIT\ntransaction:none\n\n\0',
  'ACK\nid:none\n\n\0',
  'UNSUBSCRIBE\nid:none\n\n\0',
  // Shorter than the body: what is behind it would be a frame of its own.
  'SEND\ndestination:/topic/other\ncontent-length:1\n\nxSEND\ndestination:/topic/heard\n\nsmuggled\0',
  `SEND\ndestination:/topic/heard\n${'h:1\n'.repeat(200)}\nx\0`,
  `SEND\ndestination:/topic/heard\nh:${'x'.repeat(60_000)}\n\nx\0`,
];

/** No count of octets, though many a parser reads one from it. */
const NO_LENGTHS = [
  '',
  ' ',
  ' 1',
  '1 ',
  '\t1',
  '1\t',
  '\v1',
  '\u00a01',
  '\ufeff1',
  '-1',
  '-0',
  '+1',
  '+5',
  '1.0',
  '1.5',
  '.1',
  '1.',
  '1,1',
  '1, 1',
  '1;1',
  '1_0',
  '1e0',
  '1e3',
  '0x1',
  '0b1',
  '0o1',
  '1n',
  'NaN',
  'Infinity',
  'null',
  'true',
  '[1]',
  '"1"',
  '\u0661',
  '\uff11',
  '\u00b2',
  '1\\n',
  '\\c1',
  // 2^53, one more, which is the same to a double, 2^64, and what overflows to 1, to 1 again, and to infinity
  '9007199254740992',
  '9007199254740993',
  '18446744073709551616',
  '18446744073709551617',
  '340282366920938463463374607431768211457',
  '9'.repeat(400),
];
/** One more than is accepted; and what overflows to a small number, or to a negative one, in 16, 31 and 32 bits. */
const TOO_LONG = ['65536', '65537', '2147483648', '4294967295', '4294967296', '4294967297', '9'.repeat(15)];
/** With a body of one octet: what is behind the length is no NUL. The first of two counts. */
const WRONG_LENGTHS = ['0', '00', '2', '1000', '0\ncontent-length:1', '2\ncontent-length:1'];
/** With a body of one octet: it is one. */
const RIGHT_LENGTHS = [
  '1',
  '01',
  '000000000000001',
  '1\r',
  '1\ncontent-length:0',
  '1\ncontent-length:x',
  '1\nContent-Length:0',
  '1\ncontent-length :0',
  '1\n content-length:0',
];

describe.each(SETTINGS)('The frames of STOMP, attacked, %s,', (_, options) => {
  /** Everything that reaches a listener while the attack goes on. */
  const heardDuring = async (
    attack: (connect: () => Promise<RawStompClient>, open: () => Promise<RawStompClient>) => Promise<void>,
  ): Promise<string[]> => {
    let heard: string[] = [];
    await attacked(options, async (server) => {
      const listener = await server.connect();
      await listener.subscribe('s', '/topic/heard');
      await attack(
        () => server.connect(),
        () => server.open(),
      );
      await listener.settled();
      heard = listener.take().map(({ text }) => text);
      listener.terminate();
    });
    return heard;
  };

  it('carry out nothing before CONNECT, nor what follows in the same message', async () => {
    const heard = await heardDuring(async (_, open) => {
      for (const frame of BEFORE_CONNECT) {
        const client = await open();
        client.write(frame + CONNECT + BEFORE_CONNECT[0]);
        expect((await client.next('ERROR')).header('code')).toMatch(/STOMP_ERR_(NOT_CONNECTED|UNKNOWN_COMMAND)/);
        expect(await client.closed).toMatchObject({ code: 1002 });
        expect(client.take()).toEqual([]);
      }
    });
    expect(heard).toEqual([]);
  });

  it('end the session of whoever sends what is not one, and nobody else hears of it', async () => {
    const heard = await heardDuring(async (connect) => {
      await many(REFUSED.length, async (index) => {
        const client = await connect();
        // What stands behind must not be carried out either.
        client.write(`${REFUSED[index]}SEND\ndestination:/topic/heard\n\nbehind ${index}\0`);
        const error = await client.next('ERROR').catch((error: Error) => {
          throw new Error(`Nothing refuses ${JSON.stringify(REFUSED[index]!.slice(0, 100))}`, { cause: error });
        });
        expect([REFUSED[index]!.slice(0, 60), error.header('code')]).toEqual([
          REFUSED[index]!.slice(0, 60),
          expect.stringMatching(/^STOMP_ERR_/),
        ]);
        expect(`${error.header('message')}${error.text}`).not.toMatch(/\bat .*:\d+:\d+|node_modules|\.[jt]s\b/);
        await client.closed;
        expect(client.take()).toEqual([]);
      });
    });
    expect(heard).toEqual([]);
  });

  it.each([
    ['no length', NO_LENGTHS, 'STOMP_ERR_MALFORMED_FRAME'],
    ['a length that is too much', TOO_LONG, 'STOMP_ERR_FRAME_TOO_LARGE'],
    ['the length of something else', WRONG_LENGTHS, 'STOMP_ERR_MALFORMED_FRAME'],
  ])(
    'end the session of whoever gives %s as content-length, and nothing behind is a frame',
    async (_, lengths, code) => {
      const heard = await heardDuring(async (connect) => {
        await many(lengths.length, async (index) => {
          const client = await connect();
          client.write(
            `SEND\ndestination:/topic/heard\ncontent-length:${lengths[index]}\n\nx\0${BEHIND.repeat(50)}${CONNECT}`,
          );
          const error = await client.next('ERROR').catch((error: Error) => {
            throw new Error(`Nothing refuses ${JSON.stringify(lengths[index])}`, { cause: error });
          });
          expect([lengths[index], error.header('code')]).toEqual([lengths[index], code]);
          await client.closed;
          expect(client.take()).toEqual([]);
        });
      });
      expect(heard).toEqual([]);
    },
  );

  it('have the body that the first content-length counts, to the octet', async () => {
    const heard = await heardDuring(async (connect) => {
      for (const [index, length] of RIGHT_LENGTHS.entries()) {
        const client = await connect();
        client.write(`SEND\ndestination:/topic/heard\ncontent-length:${length}\n\n\0\0`);
        await client.receipt(`SEND\ndestination:/topic/heard\n\n${index}\0`);
        client.terminate();
      }
    });
    expect(heard).toEqual(RIGHT_LENGTHS.flatMap((_, index) => ['\0', `${index}`]));
  });

  it('carry out nothing of a body, before and after all of it has come', async () => {
    const body = `x\0${BEHIND.repeat(500)}${CONNECT}`;
    const heard = await heardDuring(async (connect) => {
      const [client, vanishing, other] = [await connect(), await connect(), await connect()];
      const head = `SEND\ndestination:/topic/heard\ncontent-length:${body.length}\n\n`;
      vanishing.write(head + body).terminate();
      client.write(head + body.slice(0, -1));
      await other.receipt('SEND\ndestination:/topic/heard\n\nmeanwhile\0');
      await client.write(body.slice(-1) + '\0').settled();
      for (const each of [client, other]) each.terminate();
    });
    expect(heard).toEqual(['meanwhile', body]);
  });

  it('keep a frame within a body, a header within a header, and prototypes out of objects', async () => {
    const body = `\0${FORGED}`;
    const heard = await heardDuring(async (connect) => {
      const client = await connect();
      const length = Buffer.byteLength(body);
      await client.receipt(`SEND\ndestination:/topic/heard\ncontent-length:${length}\n\n${body}\0`);
      await client.receipt('SEND\ndestination:/topic/heard\nx:a\\nsubscription\\cother\\n\\nbody\\c\n\nescaped\0');
      await client.receipt('SEND\ndestination:/topic/heard\n__proto__:x\nconstructor:y\n\n{"__proto__":{"a":1}}\0');
      await client.receipt('SEND\ndestination:/topic/heard\ndestination:/topic/other\n\nfirst counts\0');
      client.terminate();
    });
    expect(heard).toEqual([body, 'escaped', '{"__proto__":{"a":1}}', 'first counts']);
    expect(({} as { a?: number }).a).toBeUndefined();
  });
});

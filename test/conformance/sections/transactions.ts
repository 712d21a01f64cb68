import { forVersions, refused, VERSIONS, type Check } from '../conversation.js';

const begin = (name: string): string => `BEGIN\ntransaction:${name}\n\n\0`;
const commit = (name: string): string => `COMMIT\ntransaction:${name}\n\n\0`;
const abort = (name: string): string => `ABORT\ntransaction:${name}\n\n\0`;
const send = (destination: string, body: string, name: string): string =>
  `SEND\ndestination:${destination}\ntransaction:${name}\n\n${body}\0`;

/** Frames that name a transaction. */
const NAMING: Record<string, string> = {
  SEND: 'SEND\ndestination:/topic/a\ntransaction:unknown\n\n\0',
  ACK: 'ACK\nid:1\ntransaction:unknown\n\n\0',
  NACK: 'NACK\nid:1\ntransaction:unknown\n\n\0',
  COMMIT: commit('unknown'),
  ABORT: abort('unknown'),
};

export const TRANSACTIONS: readonly Check[] = [
  ...forVersions(
    VERSIONS,
    '“COMMIT”',
    'sends in order what was sent in the transaction, and not before',
    async (talk, version) => {
      const client = await talk.subscriber('', version);
      client.write(begin('t') + send(talk.topic, 'one', 't') + send(talk.topic, 'two', 't'));
      await client.receipt(`SEND\ndestination:${talk.topic}\n\noutside\0`);
      expect(client.take('MESSAGE').map(({ text }) => text)).toEqual(['outside']);
      await client.receipt(commit('t'));
      expect(client.take('MESSAGE').map(({ text }) => text)).toEqual(['one', 'two']);
    },
  ),
  ...forVersions(VERSIONS, '“ABORT”', 'sends nothing of what was sent in the transaction', async (talk, version) => {
    const client = await talk.subscriber('', version);
    client.write(begin('t') + send(talk.topic, 'one', 't'));
    await client.receipt(abort('t'));
    await client.settled();
    expect(client.take('MESSAGE')).toEqual([]);
  }),
  ...['BEGIN', 'COMMIT', 'ABORT'].flatMap((command) =>
    forVersions(VERSIONS, `“${command}”`, 'requires a transaction', async (talk, version) => {
      const client = await talk.connect(version);
      await refused(client.write(`${command}\n\n\0`), 'STOMP_ERR_MISSING_HEADER');
    }),
  ),
  ...Object.entries(NAMING).map(
    ([command, frame]) =>
      ({
        clause: 'DESIGN 6',
        it: `refuses ${command} in a transaction that there is not`,
        run: async (talk) => {
          const client = await talk.connect();
          await refused(client.write(frame), 'STOMP_ERR_TRANSACTION');
        },
      }) satisfies Check,
  ),
  {
    clause: 'STOMP 1.2 “BEGIN”',
    it: 'refuses the name of a transaction that is open',
    run: async (talk) => {
      const client = await talk.connect();
      await refused(client.write(begin('t') + begin('t')), 'STOMP_ERR_TRANSACTION');
    },
  },
  ...[commit, abort].map(
    (end) =>
      ({
        clause: 'STOMP 1.2 “BEGIN”',
        it: `takes a name again after ${end('').split('\n')[0]}`,
        run: async (talk) => {
          const client = await talk.subscriber();
          client.write(begin('t') + end('t') + begin('t') + send(talk.topic, 'again', 't') + commit('t'));
          expect(await client.body()).toBe('again');
        },
      }) satisfies Check,
  ),
  {
    clause: 'STOMP 1.2 “BEGIN”',
    it: 'keeps transactions of one session apart',
    run: async (talk) => {
      const client = await talk.subscriber();
      client.write(begin('a') + begin('b') + send(talk.topic, 'a1', 'a') + send(talk.topic, 'b1', 'b'));
      client.write(send(talk.topic, 'a2', 'a') + abort('b') + commit('a'));
      await client.settled();
      expect(client.take('MESSAGE').map(({ text }) => text)).toEqual(['a1', 'a2']);
    },
  },
  {
    clause: 'STOMP 1.2 “BEGIN”',
    it: 'keeps transactions of different sessions apart that have one name',
    run: async (talk) => {
      const [client, other] = [await talk.subscriber(), await talk.connect()];
      await client.receipt(begin('t'));
      await other.receipt(begin('t'));
      client.write(send(talk.topic, 'mine', 't'));
      await other.receipt(send(talk.topic, 'yours', 't'));
      await other.receipt(abort('t'));
      await client.receipt(commit('t'));
      expect(client.take('MESSAGE').map(({ text }) => text)).toEqual(['mine']);
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'lets no session commit a transaction of another',
    run: async (talk) => {
      const [client, thief] = [await talk.connect(), await talk.connect()];
      await client.receipt(begin('t'));
      await refused(thief.write(commit('t')), 'STOMP_ERR_TRANSACTION');
      await client.receipt(commit('t'));
    },
  },
  ...['DISCONNECT', 'a lost connection', 'an ERROR'].map(
    (end) =>
      ({
        clause: 'STOMP 1.2 “BEGIN”',
        it: `aborts open transactions at ${end}`,
        run: async (talk) => {
          const listener = await talk.subscriber();
          const client = await talk.connect();
          await client.receipt(begin('t'));
          await client.receipt(send(talk.topic, 'lost', 't'));
          if (end === 'DISCONNECT') client.write('DISCONNECT\n\n\0');
          else if (end === 'an ERROR') client.write('SEND\n\n\0');
          else client.terminate();
          await client.closed;
          await listener.settled();
          expect(listener.take('MESSAGE')).toEqual([]);
        },
      }) satisfies Check,
  ),
  {
    clause: 'DESIGN 6',
    it: 'sends the RECEIPT of a SEND in a transaction at once',
    run: async (talk) => {
      const client = await talk.connect();
      await client.receipt(begin('t'));
      await client.receipt(send(talk.topic, 'one', 't'));
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'sends the RECEIPT of COMMIT when the messages have been sent',
    run: async (talk) => {
      const client = await talk.subscriber();
      client.write(begin('t') + send(talk.topic, 'one', 't'));
      client.write('COMMIT\ntransaction:t\nreceipt:r\n\n\0');
      expect([(await client.nextAny()).command, (await client.nextAny()).command]).toEqual(['MESSAGE', 'RECEIPT']);
    },
  },
  {
    clause: 'STOMP 1.2 “BEGIN”',
    it: 'acknowledges with the COMMIT what was acknowledged in the transaction',
    server: { broker: { queues: ['/queue/work'] } },
    run: async (talk) => {
      const client = await talk.connect();
      await client.subscribe('s', '/queue/work/a', 'ack:client\nprefetch-count:1\n');
      await client.receipt('SEND\ndestination:/queue/work/a\n\none\0');
      await client.receipt('SEND\ndestination:/queue/work/a\n\ntwo\0');
      const message = await client.next('MESSAGE');
      await client.receipt(begin('t'));
      await client.receipt(`ACK\nid:${message.header('ack')}\ntransaction:t\n\n\0`);
      expect(client.take('MESSAGE')).toEqual([]);
      client.write(commit('t'));
      expect(await client.body()).toBe('two');
    },
  },
  {
    clause: 'STOMP 1.2 “ABORT”',
    it: 'takes back an ACK of the transaction',
    server: { broker: { queues: ['/queue/work'] } },
    run: async (talk) => {
      const client = await talk.connect();
      await client.subscribe('s', '/queue/work/a', 'ack:client\n');
      await client.receipt('SEND\ndestination:/queue/work/a\n\none\0');
      const message = await client.next('MESSAGE');
      client.write(`${begin('t')}ACK\nid:${message.header('ack')}\ntransaction:t\n\n\0${abort('t')}`);
      await client.receipt('UNSUBSCRIBE\nid:s\n\n\0');
      await client.subscribe('s', '/queue/work/a');
      expect((await client.next('MESSAGE')).header('redelivered')).toBe('true');
    },
  },
  ...[
    ['an ACK of nothing', 'ACK\nid:nothing\ntransaction:t\n\n\0', 'STOMP_ERR_ACK'],
    ['a SEND that is refused', send('/user/somebody/queue/x', '', 't'), 'STOMP_ERR_ACCESS_DENIED'],
  ].map(
    ([what, frame, code]) =>
      ({
        clause: 'STOMP 1.2 “BEGIN”',
        it: `carries out nothing of a transaction with ${what}`,
        run: async (talk) => {
          const listener = await talk.subscriber();
          const client = await talk.connect();
          client.write(begin('t') + send(talk.topic, 'one', 't') + frame + commit('t'));
          await refused(client, code);
          await listener.settled();
          expect(listener.take('MESSAGE')).toEqual([]);
        },
      }) satisfies Check,
  ),
  ...(['ACK', 'NACK'] as const).map(
    (command) =>
      ({
        clause: 'STOMP 1.2 “BEGIN”',
        it: `carries out nothing of a transaction with two ${command}s of one message`,
        server: { broker: { queues: ['/queue/work'] } },
        run: async (talk) => {
          const [client, other] = [await talk.connect(), await talk.connect()];
          await client.subscribe('s', '/queue/work/a', 'ack:client\n');
          await client.receipt('SEND\ndestination:/queue/work/a\n\none\0');
          const ack = `${command}\nid:${(await client.next('MESSAGE')).header('ack')}\ntransaction:t\n\n\0`;
          client.write(begin('t') + ack + ack + commit('t'));
          await refused(client, 'STOMP_ERR_ACK');
          await other.subscribe('s', '/queue/work/a');
          expect((await other.next('MESSAGE')).header('delivery-count')).toBe('2');
        },
      }) satisfies Check,
  ),
  {
    clause: 'DESIGN 6',
    it: 'refuses one open transaction more than it allows',
    server: { transport: { transactionLimit: 2 } },
    run: async (talk) => {
      const client = await talk.connect();
      await refused(client.write(begin('1') + begin('2') + begin('3')), 'STOMP_ERR_TRANSACTION');
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'refuses one frame more in open transactions than it allows',
    server: { transport: { transactionFrameLimit: 3 } },
    run: async (talk) => {
      const client = await talk.connect();
      client.write(begin('1') + begin('2') + send('/topic/a', '', '1').repeat(2));
      await client.receipt(send('/topic/a', '', '2'));
      await refused(client.write(send('/topic/a', '', '2')), 'STOMP_ERR_TRANSACTION');
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'refuses one octet more in open transactions than it allows, be it in bodies or in headers',
    server: { transport: { transactionSizeLimit: 2_000 } },
    run: async (talk) => {
      const client = await talk.connect();
      client.write(begin('1') + send('/topic/a', 'x'.repeat(900), '1'));
      await client.receipt(commit('1'));
      client.write(begin('1'));
      await client.receipt(send('/topic/a', 'x'.repeat(900), '1'));
      client.write(`SEND\ndestination:/topic/a\ntransaction:1\nlong:${'x'.repeat(1_200)}\n\n\0`);
      await refused(client, 'STOMP_ERR_TRANSACTION');
    },
  },
];

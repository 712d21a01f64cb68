import type { RawFrame, RawStompClient } from '../../utils/raw-stomp-client.js';
import { forVersions, refused, VERSIONS, type Check, type Version } from '../conversation.js';

/** A server with work queues, where it can be seen what counts as consumed: what does not comes again. */
const QUEUES = { broker: { queues: ['/queue/work'] } };
const QUEUE = '/queue/work/a';

/** ACK or NACK of a MESSAGE, as the version wants it. */
function answer(command: 'ACK' | 'NACK', message: RawFrame, version: Version = '1.2', more = ''): string {
  const names = {
    '1.0': `message-id:${message.header('message-id')}`,
    '1.1': `message-id:${message.header('message-id')}\nsubscription:${message.header('subscription')}`,
    '1.2': `id:${message.header('ack')}`,
  };
  return `${command}\n${names[version]}\n${more}\n\0`;
}

async function fill(client: RawStompClient, ...bodies: string[]): Promise<void> {
  for (const body of bodies) await client.receipt(`SEND\ndestination:${QUEUE}\n\n${body}\0`);
}

async function take(client: RawStompClient, count: number): Promise<RawFrame[]> {
  const messages: RawFrame[] = [];
  while (messages.length < count) messages.push(await client.next('MESSAGE'));
  return messages;
}

const bodies = (messages: readonly RawFrame[]): string[] => messages.map(({ text }) => text);

export const ACKNOWLEDGING: readonly Check[] = [
  ...['client', 'client-individual'].map(
    (mode) =>
      ({
        clause: 'STOMP 1.2 “MESSAGE”',
        it: `has an ack header for a subscription in ${mode} mode`,
        run: async (talk) => {
          const client = await talk.subscriber(`ack:${mode}\n`);
          client.write(`SEND\ndestination:${talk.topic}\n\nhello\0`);
          expect((await client.next('MESSAGE')).header('ack')).toBeTruthy();
        },
      }) satisfies Check,
  ),
  ...forVersions(
    VERSIONS,
    '“ACK”',
    'takes a message for consumed',
    async (talk, version) => {
      const client = await talk.connect(version);
      await fill(client, 'one');
      await client.subscribe('s', QUEUE, 'ack:client-individual\n');
      await client.receipt(answer('ACK', await client.next('MESSAGE'), version));
      await client.receipt('UNSUBSCRIBE\nid:s\n\n\0');
      await client.subscribe('s', QUEUE);
      await client.settled();
      expect(client.take('MESSAGE')).toEqual([]);
    },
    { server: QUEUES },
  ),
  ...['UNSUBSCRIBE\nid:s\n\n\0', 'DISCONNECT\n\n\0', 'a lost connection'].map(
    (end) =>
      ({
        clause: 'STOMP 1.2 “SUBSCRIBE ack Header”',
        it: `takes a message for not consumed that has no ACK at ${end.split('\n')[0]}, and gives it to another client`,
        server: QUEUES,
        run: async (talk) => {
          const [client, other] = [await talk.connect(), await talk.connect()];
          await fill(client, 'one', 'two');
          await client.subscribe('s', QUEUE, 'ack:client-individual\n');
          const [one, two] = await take(client, 2);
          await client.receipt(answer('ACK', two!));
          if (end.includes('\n')) client.write(end);
          else client.terminate();
          await other.subscribe('s', QUEUE, 'ack:client\n');
          const again = await other.next('MESSAGE');
          expect(again.text).toBe('one');
          expect(again.header('message-id')).toBe(one!.header('message-id'));
          expect(again.header('ack')).not.toBe(one!.header('ack'));
          expect(again.header('redelivered')).toBe('true');
          expect(again.header('delivery-count')).toBe('2');
        },
      }) satisfies Check,
  ),
  {
    clause: 'STOMP 1.2 “SUBSCRIBE ack Header”',
    it: 'takes a message for consumed in auto mode as soon as it is sent',
    server: QUEUES,
    run: async (talk) => {
      const client = await talk.connect();
      await fill(client, 'one');
      await client.subscribe('s', QUEUE);
      await client.next('MESSAGE');
      await client.receipt('UNSUBSCRIBE\nid:s\n\n\0');
      await client.subscribe('s', QUEUE);
      await client.settled();
      expect(client.take('MESSAGE')).toEqual([]);
    },
  },
  ...forVersions(
    ['1.1', '1.2'],
    '“SUBSCRIBE ack Header”',
    'acknowledges all messages before, too, in client mode',
    async (talk, version) => {
      const client = await talk.connect(version);
      await fill(client, 'one', 'two', 'three', 'four');
      await client.subscribe('s', QUEUE, 'ack:client\n');
      const messages = await take(client, 4);
      await client.receipt(answer('ACK', messages[2]!, version));
      await client.receipt('UNSUBSCRIBE\nid:s\n\n\0');
      await client.subscribe('s', QUEUE);
      await client.settled();
      expect(bodies(client.take('MESSAGE'))).toEqual(['four']);
    },
    { server: QUEUES },
  ),
  ...forVersions(
    ['1.1', '1.2'],
    '“SUBSCRIBE ack Header”',
    'acknowledges no other message in client-individual mode',
    async (talk, version) => {
      const client = await talk.connect(version);
      await fill(client, 'one', 'two', 'three');
      await client.subscribe('s', QUEUE, 'ack:client-individual\n');
      const messages = await take(client, 3);
      await client.receipt(answer('ACK', messages[2]!, version));
      await client.receipt('UNSUBSCRIBE\nid:s\n\n\0');
      await client.subscribe('s', QUEUE);
      await client.settled();
      expect(bodies(client.take('MESSAGE'))).toEqual(['one', 'two']);
    },
    { server: QUEUES },
  ),
  ...forVersions(
    ['1.1', '1.2'],
    '“NACK”',
    'gives a message that was not consumed to another client',
    async (talk, version) => {
      const [client, other] = [await talk.connect(version), await talk.connect()];
      await client.subscribe('s', QUEUE, 'ack:client-individual\nprefetch-count:1\n');
      await fill(client, 'one');
      const message = await client.next('MESSAGE');
      await other.subscribe('s', QUEUE);
      await client.receipt(answer('NACK', message, version));
      const again = await other.next('MESSAGE');
      expect([again.text, again.header('redelivered')]).toEqual(['one', 'true']);
    },
    { server: QUEUES },
  ),
  {
    clause: 'STOMP 1.2 “NACK”',
    it: 'means all messages before, too, in client mode',
    server: { broker: { queues: [{ prefix: '/queue/work', maxDeliveries: 1 }] } },
    run: async (talk) => {
      const client = await talk.connect();
      await fill(client, 'one', 'two', 'three');
      await client.subscribe('s', QUEUE, 'ack:client\n');
      const messages = await take(client, 3);
      await client.receipt(answer('NACK', messages[1]!));
      await client.receipt(answer('ACK', messages[2]!));
      client.write(answer('ACK', messages[0]!));
      await refused(client, 'STOMP_ERR_ACK');
    },
  },
  {
    clause: 'STOMP 1.2 “NACK”',
    it: 'puts a message that nobody consumes into a dead letter queue in the end',
    server: { broker: { queues: [{ prefix: '/queue/work', maxDeliveries: 2 }] } },
    run: async (talk) => {
      const client = await talk.connect();
      await client.subscribe('dead', '/queue/work/dead-letter');
      await client.subscribe('s', QUEUE, 'ack:client-individual\n');
      await fill(client, 'one');
      for (let i = 0; i < 2; i++)
        client.write(answer('NACK', await client.next((m) => m.header('subscription') === 's')));
      const dead = await client.next('MESSAGE');
      expect([dead.text, dead.header('subscription')]).toEqual(['one', 'dead']);
    },
  },
  ...(['ACK', 'NACK'] as const).flatMap((command) => [
    ...(
      [
        ['1.0', 'subscription:s\n', 'message-id'],
        ['1.1', 'subscription:s\n', 'message-id'],
        ['1.1', 'message-id:1\n', 'subscription'],
        ['1.2', 'message-id:1\nsubscription:s\n', 'id'],
      ] as const
    ).map(
      ([version, headers, missing]) =>
        ({
          clause: `STOMP ${version} “${command}”`,
          it: `requires ${missing}`,
          run: async (talk) => {
            const client = await talk.subscriber('ack:client\n', version);
            await refused(client.write(`${command}\n${headers}\n\0`), 'STOMP_ERR_MISSING_HEADER');
          },
        }) satisfies Check,
    ),
    ...forVersions(VERSIONS, `“${command}”`, 'refuses what names no message', async (talk, version) => {
      const client = await talk.subscriber('ack:client\n', version);
      client.write(`${command}\nid:nothing\nmessage-id:nothing\nsubscription:s\n\n\0`);
      await refused(client, 'STOMP_ERR_ACK');
    }),
    {
      clause: `DESIGN 6`,
      it: `refuses a second ${command} of one message`,
      run: async (talk) => {
        const client = await talk.subscriber('ack:client-individual\n');
        client.write(`SEND\ndestination:${talk.topic}\n\nhello\0`);
        const message = await client.next('MESSAGE');
        await client.receipt(answer(command, message));
        await refused(client.write(answer(command, message)), 'STOMP_ERR_ACK');
      },
    } satisfies Check,
    {
      clause: `DESIGN 6`,
      it: `refuses ${command} of another session's message`,
      run: async (talk) => {
        const client = await talk.subscriber('ack:client\n');
        client.write(`SEND\ndestination:${talk.topic}\n\nhello\0`);
        const message = await client.next('MESSAGE');
        const thief = await talk.subscriber('ack:client\n');
        await refused(thief.write(answer(command, message)), 'STOMP_ERR_ACK');
        await client.receipt(answer('ACK', message));
      },
    } satisfies Check,
    {
      clause: `DESIGN 6`,
      it: `refuses ${command} of a message that needed none`,
      run: async (talk) => {
        const client = await talk.subscriber('', '1.1');
        client.write(`SEND\ndestination:${talk.topic}\n\nhello\0`);
        await refused(client.write(answer(command, await client.next('MESSAGE'), '1.1')), 'STOMP_ERR_ACK');
      },
    } satisfies Check,
    {
      clause: `DESIGN 6`,
      it: `refuses ${command} once the subscription is over`,
      run: async (talk) => {
        const client = await talk.subscriber('ack:client\n');
        client.write(`SEND\ndestination:${talk.topic}\n\nhello\0`);
        const message = await client.next('MESSAGE');
        await client.receipt('UNSUBSCRIBE\nid:s\n\n\0');
        await refused(client.write(answer(command, message)), 'STOMP_ERR_ACK');
      },
    } satisfies Check,
  ]),
  {
    clause: 'STOMP 1.1 “ACK”',
    it: 'tells two subscriptions apart that were sent the same message',
    server: QUEUES,
    run: async (talk) => {
      const client = await talk.connect('1.1');
      await client.subscribe('a', talk.topic, 'ack:client-individual\n');
      await client.subscribe('b', talk.topic, 'ack:client-individual\n');
      client.write(`SEND\ndestination:${talk.topic}\n\nhello\0`);
      const messages = await take(client, 2);
      for (const message of messages) await client.receipt(answer('ACK', message, '1.1'));
    },
  },
  {
    clause: 'STOMP 1.1 “ACK”',
    it: 'goes by message-id and subscription even where there is an id, which 1.1 does not know',
    run: async (talk) => {
      const client = await talk.subscriber('ack:client\n', '1.1');
      client.write(`SEND\ndestination:${talk.topic}\n\nhello\0`);
      await client.receipt(answer('ACK', await client.next('MESSAGE'), '1.1', 'id:whatever\n'));
    },
  },
  {
    clause: 'DESIGN 7',
    it: 'has no more messages under way than prefetch-count says',
    server: QUEUES,
    run: async (talk) => {
      const client = await talk.connect();
      await fill(client, 'one', 'two', 'three');
      await client.subscribe('s', QUEUE, 'ack:client-individual\nprefetch-count:2\n');
      const [one] = await take(client, 2);
      await client.settled();
      expect(client.take('MESSAGE')).toEqual([]);
      client.write(answer('ACK', one!));
      expect(await client.body()).toBe('three');
    },
  },
  {
    clause: 'DESIGN 7',
    it: 'bounds what is under way to a subscription of a topic, too',
    run: async (talk) => {
      const client = await talk.subscriber('ack:client\nprefetch-count:2\n');
      for (const body of ['one', 'two', 'three', 'four', 'five']) {
        await client.receipt(`SEND\ndestination:${talk.topic}\n\n${body}\0`);
      }
      const came = client.take('MESSAGE');
      expect(bodies(came)).toEqual(['one', 'two']);
      client.write(answer('ACK', came[1]!));
      expect(bodies(await take(client, 2))).toEqual(['three', 'four']);
    },
  },
  ...['0', '-1', 'abc', '1.5', ''].map(
    (count) =>
      ({
        clause: 'DESIGN 7',
        it: `refuses a prefetch-count of ${JSON.stringify(count)}`,
        run: async (talk) => {
          const client = await talk.connect();
          client.write(`SUBSCRIBE\nid:1\ndestination:${talk.topic}\nack:client\nprefetch-count:${count}\n\n\0`);
          await refused(client, 'STOMP_ERR_INVALID_HEADER');
        },
      }) satisfies Check,
  ),
  {
    clause: 'DESIGN 7',
    it: 'closes on a client that acknowledges nothing with 4500, when too much waits for it',
    server: { broker: { prefetchLimit: 2, backlogLimit: 3 } },
    run: async (talk) => {
      const client = await talk.subscriber('ack:client\n');
      const sender = await talk.connect();
      for (let i = 0; i < 6; i++) await sender.receipt(`SEND\ndestination:${talk.topic}\n\n${i}\0`);
      expect(await client.closed).toMatchObject({ code: 4500 });
    },
  },
];

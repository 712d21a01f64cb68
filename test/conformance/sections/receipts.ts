import type { RawStompClient } from '../../utils/raw-stomp-client.js';
import { forVersions, VERSIONS, type Check, type Conversation, type Version } from '../conversation.js';

/** Each frame that may have a receipt, and what must have happened before it. */
const FRAMES: Record<string, (client: RawStompClient, topic: string, version: Version) => Promise<string>> = {
  SEND: async (_, topic) => `SEND\ndestination:${topic}\n\nhello\0`,
  SUBSCRIBE: async (_, topic) => `SUBSCRIBE\nid:new\ndestination:${topic}\n\n\0`,
  UNSUBSCRIBE: async (client, topic) => {
    client.write(`SUBSCRIBE\nid:old\ndestination:${topic}\n\n\0`);
    return 'UNSUBSCRIBE\nid:old\n\n\0';
  },
  BEGIN: async () => 'BEGIN\ntransaction:t\n\n\0',
  COMMIT: async (client) => {
    client.write('BEGIN\ntransaction:t\n\n\0');
    return 'COMMIT\ntransaction:t\n\n\0';
  },
  ABORT: async (client) => {
    client.write('BEGIN\ntransaction:t\n\n\0');
    return 'ABORT\ntransaction:t\n\n\0';
  },
  ACK: (client, topic, version) => delivered('ACK', client, topic, version),
  NACK: (client, topic, version) => delivered('NACK', client, topic, version),
  DISCONNECT: async () => 'DISCONNECT\n\n\0',
};

async function delivered(command: string, client: RawStompClient, topic: string, version: Version): Promise<string> {
  client.write(`SUBSCRIBE\nid:s\ndestination:${topic}\nack:client\n\n\0SEND\ndestination:${topic}\n\nhello\0`);
  const message = await client.next('MESSAGE');
  return version === '1.2'
    ? `${command}\nid:${message.header('ack')}\n\n\0`
    : `${command}\nmessage-id:${message.header('message-id')}\nsubscription:s\n\n\0`;
}

const inVersions = (command: string): readonly Version[] => (command === 'NACK' ? ['1.1', '1.2'] : VERSIONS);

export const RECEIPTS: readonly Check[] = [
  ...Object.entries(FRAMES).flatMap(([command, prepare]) =>
    forVersions(inVersions(command), '“Header receipt”', `answers ${command} with a RECEIPT`, async (talk, version) => {
      const client = await talk.connect(version);
      const receipt = await client.receipt(await prepare(client, talk.topic, version));
      expect(receipt.body).toHaveLength(0);
    }),
  ),
  {
    clause: 'STOMP 1.2 “RECEIPT”',
    it: 'sends none where none was asked for',
    run: async (talk: Conversation) => {
      const client = await talk.connect();
      for (const [command, prepare] of Object.entries(FRAMES)) {
        if (['DISCONNECT', 'BEGIN', 'NACK'].includes(command)) continue;
        client.write(await prepare(client, `${talk.topic}/${command}`, '1.2'));
      }
      client.write('SEND\ndestination:/topic/end\nreceipt:end\n\n\0');
      expect((await client.next('RECEIPT')).header('receipt-id')).toBe('end');
    },
  },
  ...['message-12345', ' with spaces ', '日本 🙂', 'a\\cb', '', '0', 'x'.repeat(1_000)].map(
    (value) =>
      ({
        clause: 'STOMP 1.2 “Header receipt”',
        it: `takes the arbitrary value ${JSON.stringify(value.slice(0, 20))}`,
        run: async (talk) => {
          const client = await talk.connect();
          client.write(`SEND\ndestination:/topic/a\nreceipt:${value}\n\n\0`);
          expect((await client.next('RECEIPT')).all('receipt-id')).toEqual([value]);
        },
      }) satisfies Check,
  ),
  {
    clause: 'STOMP 1.2 “RECEIPT”',
    it: 'sends them in the order of the frames',
    run: async (talk) => {
      const client = await talk.connect();
      client.write(Array.from({ length: 100 }, (_, i) => `SEND\ndestination:/topic/a\nreceipt:${i}\n\n\0`).join(''));
      for (let i = 0; i < 100; i++) expect((await client.nextAny()).header('receipt-id')).toBe(String(i));
    },
  },
  {
    clause: 'DESIGN 4',
    it: 'sends it when the handler has finished',
    server: {
      application: ({ headers }) =>
        headers.destination === '/app/slow'
          ? new Promise((resolve) => setTimeout(() => (headers.sessionAttributes!.set('done', true), resolve()), 100))
          : undefined,
    },
    run: async (talk) => {
      const client = await talk.connect();
      await client.receipt('SEND\ndestination:/app/slow\n\n\0');
      const [session] = [...talk.server.runtime.sessions];
      expect(session!.attributes.get('done')).toBe(true);
    },
  },
  {
    clause: 'DESIGN 4',
    it: 'sends none for a frame that has failed',
    run: async (talk) => {
      const client = await talk.connect();
      client.write('SEND\nreceipt:r\n\n\0');
      expect((await client.next('ERROR')).header('receipt-id')).toBe('r');
      await client.closed;
      expect(client.take('RECEIPT')).toEqual([]);
    },
  },
];

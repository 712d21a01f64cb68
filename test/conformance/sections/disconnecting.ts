import { forVersions, VERSIONS, type Check } from '../conversation.js';

export const DISCONNECTING: readonly Check[] = [
  ...forVersions(VERSIONS, '“DISCONNECT”', 'answers with a RECEIPT and then closes', async (talk, version) => {
    const client = await talk.connect(version);
    client.write('DISCONNECT\nreceipt:77\n\n\0');
    expect((await client.next('RECEIPT')).header('receipt-id')).toBe('77');
    expect(await client.closed).toMatchObject({ code: 1000 });
  }),
  ...forVersions(
    VERSIONS,
    '“DISCONNECT”',
    'closes without a word when no receipt is asked for',
    async (talk, version) => {
      const client = await talk.connect(version);
      client.write('DISCONNECT\n\n\0');
      expect(await client.closed).toMatchObject({ code: 1000 });
      expect(client.take()).toEqual([]);
    },
  ),
  {
    clause: 'STOMP 1.2 “DISCONNECT”',
    it: 'assures with the RECEIPT that all frames before have been handled',
    run: async (talk) => {
      const listener = await talk.subscriber();
      const client = await talk.connect();
      for (let i = 0; i < 100; i++) client.write(`SEND\ndestination:${talk.topic}\n\n${i}\0`);
      client.write('DISCONNECT\nreceipt:77\n\n\0');
      await client.next('RECEIPT');
      await listener.settled();
      expect(listener.take('MESSAGE')).toHaveLength(100);
    },
  },
  {
    clause: 'STOMP 1.2 “DISCONNECT”',
    it: 'carries out nothing that comes after it',
    run: async (talk) => {
      const listener = await talk.subscriber();
      const client = await talk.connect();
      const late = `SEND\ndestination:${talk.topic}\n\nlate\0`;
      client.write(`DISCONNECT\nreceipt:77\n\n\0${late}`).write(late).write('NONSENSE\n\n\0');
      await client.next('RECEIPT');
      await client.closed;
      await listener.settled();
      expect(listener.take('MESSAGE')).toEqual([]);
      expect(client.take('ERROR')).toEqual([]);
    },
  },
  {
    clause: 'STOMP 1.2 “DISCONNECT”',
    it: 'ends the subscriptions of the session',
    run: async (talk) => {
      const client = await talk.subscriber();
      const sender = await talk.connect();
      client.write(`DISCONNECT\nreceipt:77\n\n\0SEND\ndestination:${talk.topic}\n\nx\0`);
      await client.next('RECEIPT');
      await sender.receipt(`SEND\ndestination:${talk.topic}\n\nhello\0`);
      await client.closed;
      expect(client.take('MESSAGE')).toEqual([]);
    },
  },
  {
    clause: 'STOMP 1.2 “RECEIPT”',
    it: 'goes on to process what it had received when the client disconnects without a word',
    server: {
      application: ({ headers }) =>
        headers.destination === '/app/slow' ? new Promise((resolve) => setTimeout(resolve, 200)) : undefined,
    },
    run: async (talk) => {
      const listener = await talk.subscriber();
      const client = await talk.connect();
      client.write('SEND\ndestination:/app/slow\n\n\0');
      client.write(`SEND\ndestination:${talk.topic}\n\none\0SEND\ndestination:${talk.topic}\n\ntwo\0DISCONNECT\n\n\0`);
      await (await talk.connect()).settled();
      client.close();
      expect(await listener.bodies(2)).toEqual(['one', 'two']);
    },
  },
];

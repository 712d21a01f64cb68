import { forVersions, refused, VERSIONS, type Check } from '../conversation.js';

/** One frame for each way to fail that is open to a connected client. */
const WRONG: Record<string, string> = {
  'a missing header': 'SEND\nreceipt:r\n\n\0',
  'an unknown subscription': 'UNSUBSCRIBE\nid:unknown\nreceipt:r\n\n\0',
  'an unknown transaction': 'COMMIT\ntransaction:unknown\nreceipt:r\n\n\0',
  'an unknown message': 'ACK\nid:unknown\nmessage-id:unknown\nsubscription:unknown\nreceipt:r\n\n\0',
  'a second CONNECT': 'CONNECT\naccept-version:1.2\nreceipt:r\n\n\0',
  'a refused destination': 'SEND\ndestination:/user/somebody/x\nreceipt:r\n\n\0',
};

export const ERRORS: readonly Check[] = [
  ...forVersions(VERSIONS, '“ERROR”', 'has a short description in its message header', async (talk, version) => {
    const client = await talk.connect(version);
    const error = await refused(client.write('SEND\n\n\0'));
    expect(error.all('message')).toHaveLength(1);
    expect(error.header('message')).toMatch(/^STOMP_ERR_MISSING_HEADER(:|\\c) .*destination/);
  }),
  {
    clause: 'STOMP 1.2 “ERROR”',
    it: 'has the content-type and content-length of its body',
    run: async (talk) => {
      const client = await talk.connect();
      const error = await refused(client.write('SUBSCRIBE\nid:1\ndestination:/topic/a\nack:größer\n\n\0'));
      expect(error.header('content-type')).toMatch(/^text\/plain/);
      expect(error.header('content-length')).toBe(String(error.body.length));
      expect(error.text).toContain('größer');
    },
  },
  ...Object.entries(WRONG).map(
    ([what, frame]) =>
      ({
        clause: 'STOMP 1.2 “ERROR”',
        it: `has the receipt-id of the frame that caused it (${what}), and closes the connection`,
        run: async (talk) => {
          const client = await talk.connect();
          expect((await refused(client.write(frame))).all('receipt-id')).toEqual(['r']);
        },
      }) satisfies Check,
  ),
  {
    clause: 'STOMP 1.2 “ERROR”',
    it: 'has no receipt-id when none was asked for',
    run: async (talk) => {
      const client = await talk.connect();
      expect((await refused(client.write('SEND\n\n\0'))).header('receipt-id')).toBeUndefined();
    },
  },
  {
    clause: 'STOMP 1.2 “ERROR”',
    it: 'has the receipt-id of a CONNECT that is refused',
    run: async (talk) => {
      const client = await talk.open();
      client.write('CONNECT\naccept-version:9.9\nreceipt:r\n\n\0');
      expect((await refused(client, 'STOMP_ERR_VERSION')).header('receipt-id')).toBe('r');
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'is the last frame, and nothing is carried out after it',
    run: async (talk) => {
      const client = await talk.subscriber();
      const listener = await talk.subscriber();
      const send = `SEND\ndestination:${talk.topic}\nreceipt:r\n\nx\0`;
      client.write(`SEND\n\n\0${send}`).write(send);
      await refused(client);
      await listener.receipt(`SEND\ndestination:${talk.topic}\n\nafter\0`);
      expect(listener.take('MESSAGE').map(({ text }) => text)).toEqual(['after']);
      expect(client.take()).toEqual([]);
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'comes after the answers to the frames before it',
    run: async (talk) => {
      const client = await talk.subscriber();
      client.write(`SEND\ndestination:${talk.topic}\nreceipt:r\n\nx\0SEND\n\n\0`);
      const commands = [await client.nextAny(), await client.nextAny(), await client.nextAny()];
      expect(commands.map(({ command }) => command)).toEqual(['MESSAGE', 'RECEIPT', 'ERROR']);
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'tells nothing of the inside of the server, and only the beginning of what it quotes',
    run: async (talk) => {
      const client = await talk.connect();
      const error = await refused(client.write(`UNSUBSCRIBE\nid:${'x'.repeat(5_000)}\n\n\0`));
      expect(error.body.length).toBeLessThan(200);
      expect(error.text).not.toMatch(/\bat .*\(|node_modules|\.ts|\.js/);
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'lets nobody write headers into it',
    run: async (talk) => {
      const client = await talk.connect();
      const error = await refused(client.write('UNSUBSCRIBE\nid:a\\nforged\\cyes\\n\\n\\\\\n\n\0'));
      expect(error.headers.map(([name]) => name)).toEqual(['message', 'code', 'content-type', 'content-length']);
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'concerns the session that caused it and no other',
    run: async (talk) => {
      const listener = await talk.subscriber();
      await refused((await talk.subscriber()).write('NONSENSE\n\n\0'));
      await listener.receipt(`SEND\ndestination:${talk.topic}\n\nx\0`);
      expect(await listener.body()).toBe('x');
    },
  },
];

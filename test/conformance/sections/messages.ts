import { forVersions, VERSIONS, type Check } from '../conversation.js';

/** What kind of WebSocket message carries a body of this type. */
const KINDS: readonly (readonly [headers: string, body: Buffer, isText: boolean])[] = [
  ['', Buffer.from('text'), true],
  ['content-type:text/plain\n', Buffer.from('Grüße 🙂'), true],
  ['content-type:application/json\n', Buffer.from('{"a":"日本"}'), true],
  ['content-type:application/problem+json\n', Buffer.from('{}'), true],
  ['content-type:application/xml;charset=utf-8\n', Buffer.from('<a/>'), true],
  ['content-type:application/octet-stream\n', Buffer.from([1, 2, 3]), false],
  ['content-type:image/png\n', Buffer.from([0x89, 0x50]), false],
  ['content-type:text/plain\n', Buffer.from([0xff, 0xfe]), false],
  ['', Buffer.from([0xff, 0xfe]), false],
];

export const MESSAGES: readonly Check[] = [
  ...forVersions(VERSIONS, '“MESSAGE”', 'has destination, message-id and subscription', async (talk, version) => {
    const message = await talk.carried('', 'hello', version);
    expect(message.all('destination')).toEqual([talk.topic]);
    expect(message.all('subscription')).toEqual(['s']);
    expect(message.all('message-id')).toHaveLength(1);
    expect(message.header('message-id')).toBeTruthy();
  }),
  {
    clause: 'STOMP 1.2 “MESSAGE”',
    it: 'has the destination of the SEND rather than the pattern that was subscribed to',
    run: async (talk) => {
      const client = await talk.connect();
      await client.subscribe('1', `${talk.topic}/**`);
      client.write(`SEND\ndestination:${talk.topic}/a/b\n\n\0`);
      expect((await client.next('MESSAGE')).header('destination')).toBe(`${talk.topic}/a/b`);
    },
  },
  {
    clause: 'STOMP 1.2 “MESSAGE”',
    it: 'has a message-id that no other message has',
    run: async (talk) => {
      const client = await talk.subscriber();
      for (let i = 0; i < 100; i++) client.write(`SEND\ndestination:${talk.topic}\nmessage-id:same\n\n\0`);
      await client.settled();
      expect(new Set(client.take('MESSAGE').map((message) => message.header('message-id'))).size).toBe(100);
    },
  },
  ...forVersions(VERSIONS, '“MESSAGE”', 'has the content-length of its body in octets', async (talk, version) => {
    const message = await talk.carried('content-type:text/plain\n', 'Grüße', version);
    expect(message.all('content-length')).toEqual(['7']);
  }),
  {
    clause: 'STOMP 1.2 “Header content-length”',
    it: 'has a content-length of the server, whatever the client has said',
    run: async (talk) => {
      const client = await talk.subscriber();
      client.write(`SEND\ndestination:${talk.topic}\ncontent-length:5\nx:1\ncontent-length:9\n\nhello\0`);
      expect((await client.next('MESSAGE')).all('content-length')).toEqual(['5']);
    },
  },
  ...KINDS.map(
    ([headers, body, isText]) =>
      ({
        clause: 'DESIGN 6',
        it: `goes out as ${isText ? 'text' : 'binary'} with ${headers.trim() || 'no content-type'} and the octets ${body.toString('hex')}`,
        only: 'websocket' as const,
        run: async (talk) => {
          const client = await talk.subscriber();
          client.write(
            Buffer.concat([Buffer.from(`SEND\ndestination:${talk.topic}\n${headers}\n`), body, Buffer.from([0])]),
          );
          const message = await client.next('MESSAGE');
          expect(message.body.equals(body)).toBe(true);
          expect(message.isText).toBe(isText);
        },
      }) satisfies Check,
  ),
  {
    clause: 'DESIGN 6',
    it: 'sends all frames without a body as text',
    only: 'websocket',
    run: async (talk) => {
      const client = await talk.open();
      client.write(Buffer.from('CONNECT\naccept-version:1.2\n\n\0'));
      await client.next('CONNECTED');
      client.write(Buffer.from('SEND\ndestination:/topic/a\nreceipt:r\n\n\0'));
      await client.next('RECEIPT');
      expect(client.messages.every(({ isText }) => isText)).toBe(true);
    },
  },
];

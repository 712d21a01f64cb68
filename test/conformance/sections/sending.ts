import { forVersions, refused, VERSIONS, type Check } from '../conversation.js';

/** Headers that belong to a sender's own session, or that the server alone writes. */
const NOT_PASSED_ON = [
  'receipt',
  'receipt-id',
  'id',
  'ack',
  'message-id',
  'subscription',
  'session',
  'server',
  'version',
  'heart-beat',
  'user-name',
  'login',
  'passcode',
  'redelivered',
  'simpUser',
  'simpOrigDestination',
];

export const SENDING: readonly Check[] = [
  ...forVersions(VERSIONS, '“SEND”', 'brings the body to those who have subscribed', async (talk, version) => {
    const [one, two] = [await talk.subscriber(), await talk.subscriber('', '1.1')];
    const sender = await talk.connect(version);
    sender.write(`SEND\ndestination:${talk.topic}\n\nhello\0`);
    expect([await one.body(), await two.body()]).toEqual(['hello', 'hello']);
  }),
  ...forVersions(VERSIONS, '“SEND”', 'requires a destination', async (talk, version) => {
    const client = await talk.connect(version);
    await refused(client.write('SEND\nfoo:bar\n\nhello\0'), 'STOMP_ERR_MISSING_HEADER');
  }),
  {
    clause: 'STOMP 1.2 “SEND”',
    it: 'takes an empty destination for none',
    run: async (talk) => {
      const client = await talk.connect();
      await refused(client.write('SEND\ndestination:\n\nhello\0'), 'STOMP_ERR_MISSING_HEADER');
    },
  },
  {
    clause: 'STOMP 1.2 “SEND”',
    it: 'takes destinations for opaque text and compares them octet by octet',
    run: async (talk) => {
      const client = await talk.connect();
      const names = [talk.topic, `${talk.topic}/`, `${talk.topic}//`, talk.topic.toUpperCase(), `${talk.topic}%20`];
      const accepted = names.filter((name) => name.startsWith('/topic'));
      for (const [id, name] of accepted.entries()) await client.subscribe(String(id), name);
      for (const [id, name] of accepted.entries()) client.write(`SEND\ndestination:${name}\n\n${id}\0`);
      await client.settled();
      const came = client.take('MESSAGE').map((message) => [message.header('subscription'), message.text]);
      expect(came).toEqual(accepted.map((_, id) => [String(id), String(id)]));
    },
  },
  ...forVersions(VERSIONS, '“SEND”', 'passes user defined headers through', async (talk, version) => {
    const message = await talk.carried('foo:bar\nX-Order:7\npersistent:true\nselector:x\n', '', version);
    for (const [name, value] of [
      ['foo', 'bar'],
      ['X-Order', '7'],
      ['persistent', 'true'],
      ['selector', 'x'],
    ] as const) {
      expect(message.all(name)).toEqual([value]);
    }
  }),
  ...NOT_PASSED_ON.map(
    (name) =>
      ({
        clause: 'DESIGN 6',
        it: `does not pass the sender's ${name} on`,
        run: async (talk) => {
          const message = await talk.carried(`${name}:forged\n`);
          expect(message.all(name)).not.toContain('forged');
        },
      }) satisfies Check,
  ),
  {
    clause: 'DESIGN 6',
    it: "does not pass the sender's transaction on",
    run: async (talk) => {
      const client = await talk.subscriber();
      client.write('BEGIN\ntransaction:t\n\n\0');
      client.write(`SEND\ndestination:${talk.topic}\ntransaction:t\n\n\0COMMIT\ntransaction:t\n\n\0`);
      expect((await client.next('MESSAGE')).header('transaction')).toBeUndefined();
    },
  },
  {
    clause: 'STOMP 1.2 “Header content-type”',
    it: 'passes content-type on as it is',
    run: async (talk) => {
      const message = await talk.carried('content-type:text/html;charset=utf-16\n', 'x');
      expect(message.all('content-type')).toEqual(['text/html;charset=utf-16']);
    },
  },
  {
    clause: 'STOMP 1.2 “Header content-type”',
    it: 'makes up no content-type for a body that has none',
    run: async (talk) => {
      expect((await talk.carried('', 'x')).header('content-type')).toBeUndefined();
    },
  },
  {
    clause: 'STOMP 1.2 “SEND”',
    it: 'carries a large body',
    run: async (talk) => {
      const body = 'ä'.repeat(30_000);
      expect((await talk.carried('', body)).text).toBe(body);
    },
  },
  {
    clause: 'STOMP 1.2 “SEND”',
    it: 'takes a message for which there is no subscription',
    run: async (talk) => {
      const client = await talk.connect();
      await client.receipt(`SEND\ndestination:${talk.topic}\n\nnobody\0`);
    },
  },
  {
    clause: 'STOMP 1.2 “SEND”',
    it: 'answers a SEND that it cannot process with ERROR and closes',
    server: {
      application: ({ headers }) => {
        if (headers.destination === '/app/fails') throw new Error('The handler failed.');
      },
    },
    run: async (talk) => {
      const client = await talk.connect();
      client.write('SEND\ndestination:/app/fails\nreceipt:r\n\n\0');
      const error = await refused(client, 'STOMP_ERR_HANDLER');
      expect(error.header('receipt-id')).toBe('r');
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'reports a SEND that has failed on the error destination instead, where the client listens there',
    server: {
      application: ({ headers }) => {
        if (headers.destination === '/app/fails') throw new Error('The handler failed.');
      },
    },
    run: async (talk) => {
      const client = await talk.connect();
      await client.subscribe('errors', '/user/queue/errors');
      client.write('SEND\ndestination:/app/fails\nreceipt:r\n\n\0');
      const message = await client.next('MESSAGE');
      expect(message.header('failed-receipt')).toBe('r');
      expect(JSON.parse(message.text)).toMatchObject({ message: 'The handler failed.' });
      await client.settled();
      expect(client.take('RECEIPT')).toEqual([]);
    },
  },
  ...['/user/somebody/queue/x', '/user/queue/x'].map(
    (destination) =>
      ({
        clause: 'DESIGN 6',
        it: `refuses a client's SEND to ${destination}`,
        run: async (talk) => {
          const client = await talk.connect();
          await refused(client.write(`SEND\ndestination:${destination}\n\n\0`), 'STOMP_ERR_ACCESS_DENIED');
        },
      }) satisfies Check,
  ),
  {
    clause: 'STOMP 1.2 “SEND”',
    it: 'keeps the order in which one client sends',
    run: async (talk) => {
      const receiver = await talk.subscriber();
      const sender = await talk.connect();
      for (let i = 0; i < 300; i++) sender.write(`SEND\ndestination:${talk.topic}\n\n${i}\0`);
      expect(await receiver.bodies(300)).toEqual(Array.from({ length: 300 }, (_, i) => String(i)));
    },
  },
];

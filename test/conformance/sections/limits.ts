import { refused, type Check } from '../conversation.js';

const SMALL = { transport: { messageSizeLimit: 1_024, headerCountLimit: 10, headerLengthLimit: 100 } };
const HEAD = 'SEND\ndestination:/topic/a\nreceipt:r\n\n';

export const LIMITS: readonly Check[] = [
  {
    clause: 'STOMP 1.2 “Size Limits”',
    it: 'takes a frame of exactly as many octets as it allows',
    server: SMALL,
    run: async (talk) => {
      const client = await talk.connect();
      client.write(`${HEAD}${'x'.repeat(1_024 - HEAD.length - 1)}\0`);
      await client.next('RECEIPT');
    },
  },
  {
    clause: 'STOMP 1.2 “Size Limits”',
    it: 'answers a frame of one octet more with ERROR and closes with 1009',
    server: SMALL,
    run: async (talk) => {
      const client = await talk.connect();
      client.write(`${HEAD}${'x'.repeat(1_024 - HEAD.length)}\0`);
      await refused(client, 'STOMP_ERR_FRAME_TOO_LARGE', 1009);
    },
  },
  {
    clause: 'STOMP 1.2 “Size Limits”',
    it: 'answers a content-length beyond the limit before the body has come',
    server: SMALL,
    run: async (talk) => {
      const client = await talk.connect();
      client.write('SEND\ndestination:/topic/a\ncontent-length:100000\n\n');
      await refused(client, 'STOMP_ERR_FRAME_TOO_LARGE', 1009);
    },
  },
  {
    clause: 'STOMP 1.2 “Size Limits”',
    it: 'counts a body that comes in many small messages of the transport',
    server: SMALL,
    run: async (talk) => {
      const client = await talk.connect();
      client.write(HEAD);
      for (let i = 0; i < 40; i++) client.write('x'.repeat(30));
      await refused(client, 'STOMP_ERR_FRAME_TOO_LARGE', 1009);
    },
  },
  {
    clause: 'STOMP 1.2 “Size Limits”',
    it: 'answers a message of the transport beyond the limit with ERROR and closes with 1009',
    run: async (talk) => {
      const client = await talk.connect();
      client.write(`${HEAD}${'x'.repeat(1_000_000)}\0`);
      await refused(client, 'STOMP_ERR_FRAME_TOO_LARGE', 1009);
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'takes a message of the transport of 16 KiB, however small a frame must be',
    server: SMALL,
    only: 'websocket',
    run: async (talk) => {
      const client = await talk.connect();
      const frame = `SEND\ndestination:/topic/a\n\n${'x'.repeat(100)}\0`;
      client.write(frame.repeat(Math.floor((16 * 1_024) / frame.length)));
      await client.settled();
    },
  },
  {
    clause: 'STOMP 1.2 “Size Limits”',
    it: 'takes as many headers as it allows',
    server: SMALL,
    run: async (talk) => {
      const client = await talk.connect();
      const lines = Array.from({ length: 8 }, (_, i) => `h${i}:${i}\n`).join('');
      client.write(`SEND\ndestination:/topic/a\nreceipt:r\n${lines}\n\0`);
      await client.next('RECEIPT');
    },
  },
  {
    clause: 'STOMP 1.2 “Size Limits”',
    it: 'answers one header more with ERROR and closes',
    server: SMALL,
    run: async (talk) => {
      const client = await talk.connect();
      const lines = Array.from({ length: 9 }, (_, i) => `h${i}:${i}\n`).join('');
      client.write(`SEND\ndestination:/topic/a\nreceipt:r\n${lines}\n\0`);
      await refused(client, 'STOMP_ERR_HEADER_LIMIT');
    },
  },
  {
    clause: 'STOMP 1.2 “Size Limits”',
    it: 'takes a header line as long as it allows, without its EOL',
    server: SMALL,
    run: async (talk) => {
      const client = await talk.connect();
      client.write(`SEND\r\ndestination:/topic/a\r\nreceipt:r\r\nh:${'x'.repeat(98)}\r\n\r\n\0`);
      await client.next('RECEIPT');
    },
  },
  {
    clause: 'STOMP 1.2 “Size Limits”',
    it: 'answers a header line of one octet more with ERROR and closes',
    server: SMALL,
    run: async (talk) => {
      const client = await talk.connect();
      await refused(client.write(`SEND\ndestination:/topic/a\nh:${'x'.repeat(99)}\n\n\0`), 'STOMP_ERR_HEADER_LIMIT');
    },
  },
  {
    clause: 'STOMP 1.2 “Size Limits”',
    it: 'does not wait for the end of a header line that is too long already',
    server: SMALL,
    run: async (talk) => {
      const client = await talk.connect();
      await refused(client.write(`SEND\nh:${'x'.repeat(200)}`), 'STOMP_ERR_HEADER_LIMIT');
    },
  },
  {
    clause: 'STOMP 1.2 “Size Limits”',
    it: 'does not wait for the end of a command that is too long already',
    run: async (talk) => {
      const client = await talk.connect();
      await refused(client.write('X'.repeat(100)), 'STOMP_ERR_UNKNOWN_COMMAND');
    },
  },
  {
    clause: 'STOMP 1.2 “Size Limits”',
    it: 'limits CONNECT like any other frame',
    server: SMALL,
    run: async (talk) => {
      const client = await talk.open();
      await refused(client.write(`CONNECT\nlogin:${'x'.repeat(200)}\n\n\0`), 'STOMP_ERR_HEADER_LIMIT');
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'does not count EOLs between frames',
    server: SMALL,
    run: async (talk) => {
      const client = await talk.connect();
      for (let i = 0; i < 3; i++) client.write('\n'.repeat(1_000));
      await client.settled();
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'answers one subscription more than it allows with ERROR and closes',
    server: { transport: { subscriptionLimit: 3 } },
    run: async (talk) => {
      const client = await talk.connect();
      for (const id of ['1', '2', '3']) await client.subscribe(id, talk.topic);
      await refused(client.write(`SUBSCRIBE\nid:4\ndestination:${talk.topic}\n\n\0`), 'STOMP_ERR_SUBSCRIPTION_LIMIT');
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'counts only the subscriptions that there are',
    server: { transport: { subscriptionLimit: 1 } },
    run: async (talk) => {
      const client = await talk.connect();
      for (const id of ['1', '2', '3']) {
        await client.subscribe(id, talk.topic);
        await client.receipt(`UNSUBSCRIBE\nid:${id}\n\n\0`);
      }
    },
  },
];

import { StompException } from '../../../lib/exceptions/stomp.exception.js';
import { forVersions, refused, VERSIONS, type Check } from '../conversation.js';

const BEFORE_CONNECT = [
  'SEND\ndestination:/topic/a\n\nhello\0',
  'SUBSCRIBE\nid:1\ndestination:/topic/a\n\n\0',
  'UNSUBSCRIBE\nid:1\n\n\0',
  'BEGIN\ntransaction:1\n\n\0',
  'COMMIT\ntransaction:1\n\n\0',
  'ABORT\ntransaction:1\n\n\0',
  'ACK\nid:1\n\n\0',
  'NACK\nid:1\n\n\0',
  'DISCONNECT\n\n\0',
];

const NO_COMMANDS = [
  'FOO',
  'connect',
  'Connect',
  'SENDX',
  'SEN',
  ' SEND',
  'SEND ',
  '__proto__',
  'constructor',
  'GET / HTTP/1.1',
];

/** What the client accepts, and what is spoken then. */
const NEGOTIATED: readonly (readonly [accepts: string, version: string])[] = [
  ['1.0', '1.0'],
  ['1.1', '1.1'],
  ['1.2', '1.2'],
  ['1.0,1.1', '1.1'],
  ['1.1,1.2', '1.2'],
  ['1.0,1.1,1.2', '1.2'],
  ['1.2,1.1,1.0', '1.2'],
  ['1.0,1.1,2.0', '1.1'],
  ['1.0,2.1', '1.0'],
  ['9.9,1.2', '1.2'],
  ['1.1, 1.2', '1.2'],
];

const NOT_SPOKEN = ['2.0', '1.3', '0.9,3.0', '', '1', '12', '1.2.0', 'v1.2', '1.1;1.2'];

const PROTOCOLS: readonly (readonly [asks: readonly string[], chosen: string])[] = [
  [['v12.stomp'], 'v12.stomp'],
  [['v11.stomp'], 'v11.stomp'],
  [['v10.stomp'], 'v10.stomp'],
  [['v10.stomp', 'v11.stomp', 'v12.stomp'], 'v10.stomp'],
  [['unknown', 'v11.stomp'], 'v11.stomp'],
  [[], ''],
];

export const CONNECTING: readonly Check[] = [
  ...forVersions(VERSIONS, '“Connecting”', 'answers CONNECT with CONNECTED', async (talk, version) => {
    const client = await talk.open();
    const connected = await client.connect(version);
    expect(connected.body).toHaveLength(0);
    expect(client.messages).toHaveLength(1);
  }),
  ...forVersions(['1.1', '1.2'], '“CONNECT or STOMP Frame”', 'treats STOMP like CONNECT', async (talk, version) => {
    const client = await talk.open();
    client.write(`STOMP\naccept-version:${version}\nhost:localhost\n\n\0`);
    expect((await client.next('CONNECTED')).header('version')).toBe(version);
    await client.settled();
  }),
  ...forVersions(['1.1', '1.2'], '“CONNECTED Frame”', 'names the version of the session', async (talk, version) => {
    const client = await talk.open();
    expect((await client.connect(version)).all('version')).toEqual([version]);
  }),
  ...forVersions(VERSIONS, '“CONNECTED Frame”', 'gives every session an id of its own', async (talk, version) => {
    const [first, second] = [await talk.open(), await talk.open()];
    const ids = [(await first.connect(version)).header('session'), (await second.connect(version)).header('session')];
    expect(ids[0]).toBeTruthy();
    expect(ids[0]).not.toBe(ids[1]);
  }),
  {
    clause: 'STOMP 1.2 “CONNECTED Frame”',
    it: 'names the server as name, optional version and comments',
    run: async (talk) => {
      const client = await talk.open();
      expect((await client.connect()).header('server')).toMatch(/^[^\s/]+(\/\S+)?( .+)*$/);
    },
  },
  {
    clause: 'STOMP 1.0 “CONNECT”',
    it: 'takes a CONNECT without any header',
    run: async (talk) => {
      const client = await talk.open();
      client.write('CONNECT\n\n\0');
      expect((await client.next('CONNECTED')).header('version')).toBe('1.0');
    },
  },
  {
    clause: 'STOMP 1.2 “CONNECT or STOMP Frame”',
    it: 'takes any host, for there is one only',
    run: async (talk) => {
      const client = await talk.open();
      client.write('CONNECT\naccept-version:1.2\nhost:wherever.example.com\n\n\0');
      await client.next('CONNECTED');
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'does not insist on a host',
    run: async (talk) => {
      const client = await talk.open();
      client.write('CONNECT\naccept-version:1.2\n\n\0');
      await client.next('CONNECTED');
    },
  },
  {
    clause: 'STOMP 1.2 “CONNECT or STOMP Frame”',
    it: 'hands login and passcode to the application as they were written',
    server: {
      authenticate: ({ login, passcode }) => ({ name: `${login}/${passcode}` }),
    },
    run: async (talk) => {
      const client = await talk.open();
      const connected = await client.connect('1.2', 'login:al\\cice\npasscode: a:b\\n \n');
      expect(connected.header('user-name')).toBe('al\\cice/ a:b\\n ');
    },
  },
  {
    clause: 'STOMP 1.2 “Connecting”',
    it: 'answers a client that it rejects with ERROR and closes',
    server: {
      authenticate: () => {
        throw new Error('secret reason');
      },
    },
    run: async (talk) => {
      const client = await talk.open();
      client.write('CONNECT\naccept-version:1.2\nhost:localhost\nlogin:eve\npasscode:guessed\n\n\0');
      const error = await refused(client, 'STOMP_ERR_AUTHENTICATION');
      expect(error.text).not.toMatch(/secret|guessed/);
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'carries out nothing that came behind a CONNECT that is refused',
    server: {
      authenticate: ({ login }) => {
        if (login === 'eve') throw new StompException('STOMP_ERR_AUTHENTICATION', 'No.');
      },
    },
    run: async (talk) => {
      const listener = await talk.subscriber();
      const client = await talk.open();
      client.write(`CONNECT\naccept-version:1.2\nlogin:eve\n\n\0SEND\ndestination:${talk.topic}\n\nforged\0`);
      await refused(client, 'STOMP_ERR_AUTHENTICATION');
      await listener.settled();
      expect(listener.take('MESSAGE')).toEqual([]);
    },
  },
  ...BEFORE_CONNECT.map(
    (frame) =>
      ({
        clause: 'DESIGN 6',
        it: `refuses ${frame.split('\n')[0]} before CONNECT`,
        run: async (talk) => {
          const client = await talk.open();
          await refused(client.write(frame), 'STOMP_ERR_NOT_CONNECTED');
        },
      }) satisfies Check,
  ),
  ...['CONNECT', 'STOMP'].map(
    (command) =>
      ({
        clause: 'DESIGN 6',
        it: `refuses a second ${command}`,
        run: async (talk) => {
          const client = await talk.connect();
          client.write(`${command}\naccept-version:1.2\nhost:localhost\n\n\0`);
          await refused(client, 'STOMP_ERR_ALREADY_CONNECTED');
        },
      }) satisfies Check,
  ),
  {
    clause: 'DESIGN 6',
    it: 'refuses a second CONNECT that comes together with the first',
    run: async (talk) => {
      const client = await talk.open();
      client.write('CONNECT\naccept-version:1.2\n\n\0CONNECT\naccept-version:1.2\n\n\0');
      await client.next('CONNECTED');
      await refused(client, 'STOMP_ERR_ALREADY_CONNECTED');
    },
  },
  ...['CONNECTED', 'MESSAGE', 'RECEIPT', 'ERROR'].map(
    (command) =>
      ({
        clause: 'STOMP 1.2 “Client Frames”',
        it: `refuses ${command}, which only servers send`,
        run: async (talk) => {
          const client = await talk.connect();
          client.write(
            `${command}\nversion:1.2\nreceipt-id:1\ndestination:/topic/a\nmessage-id:1\nsubscription:1\n\n\0`,
          );
          await refused(client, 'STOMP_ERR_UNKNOWN_COMMAND');
        },
      }) satisfies Check,
  ),
  ...NO_COMMANDS.map(
    (command) =>
      ({
        clause: 'STOMP 1.2 “STOMP Frames”',
        it: `refuses ${JSON.stringify(command)}, which is no command`,
        run: async (talk) => {
          const client = await talk.connect();
          await refused(client.write(`${command}\ndestination:/topic/a\n\n\0`), 'STOMP_ERR_UNKNOWN_COMMAND');
        },
      }) satisfies Check,
  ),
  ...NEGOTIATED.map(
    ([accepts, version]) =>
      ({
        clause: 'STOMP 1.2 “Protocol Negotiation”',
        it: `speaks ${version} with a client that accepts ${accepts}`,
        run: async (talk) => {
          const client = await talk.open();
          client.write(`CONNECT\naccept-version:${accepts}\nhost:localhost\n\n\0`);
          expect((await client.next('CONNECTED')).header('version')).toBe(version);
        },
      }) satisfies Check,
  ),
  ...NOT_SPOKEN.map(
    (accepts) =>
      ({
        clause: 'STOMP 1.2 “Protocol Negotiation”',
        it: `answers a client that accepts ${JSON.stringify(accepts)} only with the versions that it speaks, and closes`,
        run: async (talk) => {
          const client = await talk.open();
          client.write(`CONNECT\naccept-version:${accepts}\nhost:localhost\n\n\0`);
          const error = await refused(client, 'STOMP_ERR_VERSION');
          expect(error.header('version')?.split(',').toSorted()).toEqual(['1.0', '1.1', '1.2']);
        },
      }) satisfies Check,
  ),
  {
    clause: 'STOMP 1.2 “Repeated Header Entries”',
    it: 'negotiates by the first accept-version',
    run: async (talk) => {
      const client = await talk.open();
      client.write('CONNECT\naccept-version:1.1\naccept-version:1.2\nhost:localhost\n\n\0');
      expect((await client.next('CONNECTED')).header('version')).toBe('1.1');
    },
  },
  {
    clause: 'STOMP 1.1 “Connecting”',
    it: 'serves clients that connect and disconnect rapidly',
    run: async (talk) => {
      for (let i = 0; i < 30; i++) {
        const client = await talk.connect('1.1');
        client.terminate();
      }
      await (await talk.connect()).settled();
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'sends CONNECTED before anything else',
    run: async (talk) => {
      const other = await talk.connect();
      const client = await talk.open();
      client.write(`CONNECT\naccept-version:1.2\n\n\0SUBSCRIBE\nid:1\ndestination:${talk.topic}\nreceipt:r\n\n\0`);
      await other.receipt(`SEND\ndestination:${talk.topic}\n\nhello\0`);
      expect((await client.nextAny()).command).toBe('CONNECTED');
      expect((await client.nextAny()).command).toBe('RECEIPT');
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'closes a connection on which no CONNECT comes with 4408',
    server: { transport: { timeToFirstMessage: 200 } },
    run: async (talk) => {
      await refused(await talk.open(), 'STOMP_ERR_NOT_CONNECTED', 4408);
    },
  },
  {
    clause: 'DESIGN 6',
    it: 'closes a connection that sends nothing but EOLs with 4408',
    server: { transport: { timeToFirstMessage: 300 } },
    run: async (talk) => {
      const client = await talk.open();
      const beating = setInterval(() => client.write('\n'), 20);
      await refused(client, 'STOMP_ERR_NOT_CONNECTED', 4408).finally(() => clearInterval(beating));
    },
  },
  ...PROTOCOLS.map(
    ([asks, chosen]) =>
      ({
        clause: 'DESIGN 6',
        it: `agrees on the sub-protocol "${chosen}" with a client that asks for "${asks.join(', ')}"`,
        only: 'websocket' as const,
        run: async (talk) => {
          const client = await talk.open({ protocols: asks });
          expect(client.protocol).toBe(chosen);
          await client.connect();
        },
      }) satisfies Check,
  ),
  {
    clause: 'DESIGN 6',
    it: 'speaks what CONNECT negotiates, whatever the sub-protocol is',
    only: 'websocket',
    run: async (talk) => {
      const client = await talk.open({ protocols: ['v10.stomp'] });
      expect((await client.connect('1.2')).header('version')).toBe('1.2');
    },
  },
];

import type { TransportOptions } from '../../lib/interfaces/transport-options.interface.js';
import { SessionDisconnectEvent } from '../../lib/session/session-events.js';
import type { RawStompClient } from '../utils/raw-stomp-client.js';
import { SocketServer } from '../utils/socket-server.js';
import type { WireKind } from '../utils/wires.js';

let server: SocketServer;

afterEach(() => server.stop());

async function start(transport: TransportOptions): Promise<void> {
  server = await SocketServer.start({
    transport,
    authenticate: async ({ login, headers }) => {
      await new Promise((resolve) => setImmediate(resolve));
      return login ? { name: login, destinationUserName: headers.get('unique') ?? login } : undefined;
    },
  });
}

const enter = (login: string, wire: WireKind = 'websocket'): Promise<RawStompClient> =>
  server.connect('1.2', `login:${login}\n`, { wire });

/** What the server answers to a CONNECT: the command, or the code of the ERROR. */
async function answerTo(client: RawStompClient, login: string): Promise<string | undefined> {
  client.write(`CONNECT\naccept-version:1.2\nhost:h\nlogin:${login}\n\n\0`);
  const { command, header } = await client
    .next(() => true)
    .then((frame) => ({
      command: frame.command,
      header: frame.header('code'),
    }));
  return header ?? command;
}

describe('transport.sessionsPerUserLimit', () => {
  it.each<WireKind>(['websocket', 'sockjs-websocket', 'sockjs-xhr-streaming'])(
    'refuses one session too many over %s with its own code, and lets the others be',
    async (wire) => {
      await start({ sessionsPerUserLimit: 2 });
      const [first, second] = [await enter('alice', wire), await enter('alice')];
      const third = await server.open({ wire });
      expect(await answerTo(third, 'alice')).toBe('STOMP_ERR_SESSION_LIMIT');
      expect((await third.closed).code).toBe(4429);
      await enter('bob', wire);
      await first.settled();
      const gone = new Promise<void>((resolve) => {
        server.runtime.events.subscribe((event) => void (event instanceof SessionDisconnectEvent && resolve()));
      });
      second.terminate();
      await gone;
      await enter('alice', wire);
      expect(server.runtime.stats.snapshot().errors.STOMP_ERR_SESSION_LIMIT).toBe(1);
    },
  );

  it('lets in exactly so many of those who connect at the same time', async () => {
    await start({ sessionsPerUserLimit: 5 });
    const clients = await Promise.all(Array.from({ length: 20 }, () => server.open()));
    const answers = await Promise.all(clients.map((client) => answerTo(client, 'alice')));
    expect(answers.filter((answer) => answer === 'CONNECTED')).toHaveLength(5);
    expect(answers.filter((answer) => answer === 'STOMP_ERR_SESSION_LIMIT')).toHaveLength(15);
    expect(server.runtime.users.getSessionCount('alice')).toBe(5);
  });

  it('tells users apart by destinationUserName, and does not count strangers', async () => {
    await start({ sessionsPerUserLimit: 1 });
    await server.connect('1.2', 'login:alice\nunique:a1\n');
    await server.connect('1.2', 'login:alice\nunique:a2\n');
    await expect(server.connect('1.2', 'login:bob\nunique:a1\n')).rejects.toThrow('4429');
    for (let i = 0; i < 3; i++) await server.connect();
  });

  it('of 0 allows any number', async () => {
    await start({ sessionsPerUserLimit: 0 });
    for (let i = 0; i < 101; i++) await enter('alice');
  });

  it('is 100 by default', async () => {
    await start({});
    for (let i = 0; i < 100; i++) await enter('alice');
    await expect(enter('alice')).rejects.toThrow('4429');
  });
});

describe("transport.sessionsPerUserOverflow: 'close-oldest'", () => {
  it('closes the oldest session of the user for the new one', async () => {
    await start({ sessionsPerUserLimit: 2, sessionsPerUserOverflow: 'close-oldest' });
    const bob = await enter('bob');
    const [first, second, third] = [await enter('alice'), await enter('alice'), await enter('alice')];
    expect(await first.closed).toEqual({ code: 4429, reason: 'The user has opened another session' });
    await second.settled();
    await third.settled();
    await enter('alice');
    expect((await second.closed).code).toBe(4429);
    await bob.settled();
    expect(server.runtime.users.getSessionCount('alice')).toBe(2);
    expect(server.runtime.stats.snapshot().sessions.closed[4429]).toBe(2);
  });
});

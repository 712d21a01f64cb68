import { SocketServer } from '../utils/socket-server.js';
import { StompSocket } from '../utils/stomp-socket.js';

const CLIENTS = 300;

/** Connects, subscribes and sends: what a client does that has lost its line. */
async function enter(url: string, index: number): Promise<StompSocket> {
  const client = await StompSocket.connect(url, `login:user-${index}\n`);
  await client.receipt(`SUBSCRIBE\nid:0\ndestination:/topic/${index}\n\n\0`);
  client.write(`SEND\ndestination:/topic/${index}\n\n${index}\0`);
  expect(await client.body()).toBe(String(index));
  return client;
}

describe('When all clients lose their line at once', () => {
  it('they come back at once and are served, and nothing is left of before', async () => {
    const server = await SocketServer.start({ authenticate: ({ login }) => ({ name: login! }) });
    const enterAll = () => Promise.all(Array.from({ length: CLIENTS }, (_, index) => enter(server.url, index)));
    const before = await enterAll();
    server.runtime.sessions.closeWhere(() => true, 1012, 'restart');
    await Promise.all(before.map(({ closed }) => closed));
    await enterAll();
    const { sessions, users, subscriptions } = server.runtime.stats.snapshot();
    expect({ ...sessions, users, subscriptions }).toMatchObject({
      connected: CLIENTS,
      opened: 2 * CLIENTS,
      users: CLIENTS,
      subscriptions: CLIENTS,
    });
    await server.stop();
    expect(server.errors).toEqual([]);
  });
});

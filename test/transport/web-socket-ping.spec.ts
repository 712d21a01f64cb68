import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { SessionDisconnectEvent } from '../../lib/session/session-events.js';
import { deferred } from '../utils/deferred.js';
import { SocketServer } from '../utils/socket-server.js';
import { StompSocket } from '../utils/stomp-socket.js';
import { upgradeRequest } from './transport-server.js';

const work = deferred();
let server: SocketServer;

beforeEach(async () => {
  server = await SocketServer.start({
    transport: { pingInterval: 100, closeTimeout: 200, messageSizeLimit: 1_024 },
    broker: { heartbeat: [100, 100] },
    application: ({ headers }) => (headers.destination === '/app/work' ? work.promise : undefined),
  });
});

afterEach(() => server.stop());

/** How the next session ends that does. */
function nextEnd(): Promise<number> {
  return new Promise((resolve) => {
    server.runtime.events.subscribe((event) => {
      if (event instanceof SessionDisconnectEvent) resolve(event.closeCode);
    });
  });
}

/** A client that answers the server's first word, and then does nothing any more. */
async function freeze(path: string, connectFrame: string): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  let heard = '';
  const hears = async (text: string): Promise<void> => {
    while (!heard.includes(text)) heard += String((await once(socket, 'data'))[0]);
  };
  socket.write(upgradeRequest(path));
  await hears('101 Switching Protocols');
  const payload = Buffer.from(connectFrame);
  // A mask of zeros changes nothing.
  socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]));
  await hears('CONNECTED');
  socket.pause();
  return socket;
}

const CONNECT = 'CONNECT\naccept-version:1.2\nhost:h\nheart-beat:0,0\n\n\0';

describe('transport.pingInterval', () => {
  it.each([
    ['WebSocket', '/ws', CONNECT],
    ['SockJS over WebSocket', '/ws/000/frozen/websocket', JSON.stringify([CONNECT])],
  ])('finds a frozen peer over %s, and its line is cut', async (_, path, frame) => {
    const end = nextEnd();
    const socket = await freeze(path, frame);
    expect(await end).toBe(4409);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    await closed;
    expect(server.runtime.stats.snapshot().sessions).toMatchObject({ current: 0, closed: { 4409: 1 } });
  });

  it('lets a client be that is idle, but answers', async () => {
    const client = await StompSocket.connect(server.url);
    for (let pings = 0; pings < 5; pings++) await once(client.webSocket, 'ping');
    await client.receipt('SEND\ndestination:/topic/a\n\n\0');
  });

  it('asks nobody who sends heart-beats', async () => {
    const beating = await StompSocket.connect(server.url, 'heart-beat:100,100\n');
    const beats = setInterval(() => beating.write('\n'), 50);
    let pings = 0;
    beating.webSocket.on('ping', () => pings++);
    const idle = await StompSocket.connect(server.url, 'heart-beat:0,100\n');
    for (let i = 0; i < 5; i++) await once(idle.webSocket, 'ping');
    await beating.receipt('SEND\ndestination:/topic/a\n\n\0');
    clearInterval(beats);
    expect(pings).toBe(0);
  });

  it('lets a client be that is made to wait, whose answers are not read', async () => {
    const [waiting, idle] = [await StompSocket.connect(server.url), await StompSocket.connect(server.url)];
    waiting.write('SEND\ndestination:/app/work\n\n\0');
    const body = 'x'.repeat(500);
    for (let i = 0; i < 20; i++) waiting.write(`SEND\ndestination:/topic/a\n\n${body}\0`);
    for (let pings = 0; pings < 5; pings++) await once(idle.webSocket, 'ping');
    work.resolve();
    await waiting.receipt('SEND\ndestination:/topic/a\n\n\0');
  });
});

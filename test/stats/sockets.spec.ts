import { StompException } from '../../lib/exceptions/stomp.exception.js';
import { SessionDisconnectEvent } from '../../lib/session/session-events.js';
import type { StompStatsSnapshot } from '../../lib/stats/index.js';
import { deferred, type Deferred } from '../utils/deferred.js';
import type { RawFrame, RawStompClient } from '../utils/raw-stomp-client.js';
import { SocketServer, type SocketServerOptions } from '../utils/socket-server.js';
import { StompSocket } from '../utils/stomp-socket.js';
import type { WireKind } from '../utils/wires.js';

const WIRES: readonly (readonly [WireKind, transport: string])[] = [
  ['websocket', 'websocket'],
  ['sockjs-websocket', 'websocket'],
  ['sockjs-xhr-streaming', 'xhr_streaming'],
];

let work: Deferred;

const OPTIONS: SocketServerOptions = {
  authenticate: ({ login }) => (login === undefined ? undefined : { name: login }),
  broker: { queues: ['/queue/jobs'], heartbeat: [100, 100] },
  application: ({ headers: { command, destination } }) => {
    if (destination === '/app/work') return work.promise;
    if (command === 'SEND' && destination === '/app/strange') throw new StompException('MADE_UP' as never, 'Strange.');
  },
};

/** A client that counts the bytes of what it sends. */
class CountingClient {
  sentBytes = 0;

  constructor(readonly raw: RawStompClient) {}

  write(frame: string): void {
    this.sentBytes += Buffer.byteLength(frame);
    this.raw.write(frame);
  }

  /** Sends a frame that asks for a receipt, and waits for the answer. */
  async ask(frame: string, answer = 'RECEIPT'): Promise<RawFrame> {
    this.write(frame);
    return this.raw.next(answer);
  }

  get receivedBytes(): number {
    return this.raw.messages.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }
}

describe('StompStats over real sockets', () => {
  let server: SocketServer;
  let before: StompStatsSnapshot;

  const now = (): StompStatsSnapshot => server.runtime.stats.snapshot();

  async function connect(wire: WireKind, login: string, heartBeat = '0,0'): Promise<CountingClient> {
    const client = new CountingClient(await server.open({ wire }));
    await client.ask(`CONNECT\naccept-version:1.2\nhost:h\nlogin:${login}\nheart-beat:${heartBeat}\n\n\0`, 'CONNECTED');
    return client;
  }

  /** When so many sessions have ended from now on. */
  function ended(count: number): Promise<void> {
    return new Promise((resolve) => {
      const stop = server.runtime.events.subscribe((event) => {
        if (!(event instanceof SessionDisconnectEvent) || --count > 0) return;
        stop();
        resolve();
      });
    });
  }

  beforeEach(async () => {
    work = deferred();
    server = await SocketServer.start(OPTIONS);
    before = now();
  });

  afterEach(() => server.stop());

  it.each(WIRES)(
    'tells exactly what has been said over %s, and nothing is left in the end',
    async (wire, transport) => {
      const [alice, alsoAlice, ming] = [
        await connect(wire, 'alice'),
        await connect(wire, 'alice'),
        await connect(wire, '小明'),
      ];
      const clients = [alice, alsoAlice, ming];
      for (const client of clients) await client.ask('SUBSCRIBE\nid:0\ndestination:/topic/a\nreceipt:r\n\n\0');
      for (const destination of ['/queue/jobs/1', '/topic/b']) {
        const id = destination.at(-1);
        await ming.ask(`SUBSCRIBE\nid:${id}\ndestination:${destination}\nack:client\nreceipt:r\n\n\0`);
      }
      await alice.ask('SEND\ndestination:/topic/a\nreceipt:r\n\n你好\0');
      await alice.ask('SEND\ndestination:/queue/jobs/1\nreceipt:r\n\nwork\0');
      for (const client of clients) await client.raw.next('MESSAGE');
      const job = await ming.raw.next('MESSAGE');

      expect(now()).toMatchObject({
        sessions: {
          current: 3,
          connected: 3,
          opened: 3,
          byTransport: { ...before.sessions.byTransport, [transport]: 3 },
        },
        users: 2,
        subscriptions: 5,
        frames: {
          received: { ...before.frames.received, CONNECT: 3, SUBSCRIBE: 5, SEND: 2 },
          sent: { CONNECTED: 3, RECEIPT: 7, MESSAGE: 4, ERROR: 0 },
        },
        bytes: {
          received: clients.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
          sent: clients.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0),
        },
        heartBeats: { received: 0, sent: 0 },
        unacknowledged: 1,
        broker: { queues: [{ queues: 1, messages: 1, unacknowledged: 1, bytes: 4, consumers: 1 }] },
      });

      await ming.ask(`ACK\nid:${job.header('ack')}\nreceipt:r\n\n\0`);
      const gone = ended(3);
      for (const client of clients) await client.ask('DISCONNECT\nreceipt:r\n\n\0');
      await gone;
      await Promise.all(clients.map(({ raw }) => raw.closed));
      // The last goodbye may be read before the server knows that it was.
      await server.stop();
      const after = now();
      expect(after).toMatchObject({
        ...gauges(before),
        sessions: { ...before.sessions, opened: 3, closed: { ...before.sessions.closed, 1000: 3 } },
        frames: { received: { ACK: 1, DISCONNECT: 3 }, sent: { RECEIPT: 11 } },
        errors: before.errors,
      });
      expect(server.errors).toEqual([]);
    },
  );

  it.each(WIRES)('counts heart-beats over %s, and not the EOL behind a frame', async (wire) => {
    const client = await connect(wire, 'alice', '1000,100');
    await client.raw.beaten(2);
    expect(now().heartBeats.sent).toBeGreaterThanOrEqual(2);
    for (const eol of ['\n', '\r\n', '\n']) client.write(eol);
    await client.ask('SEND\ndestination:/topic/a\nreceipt:r\n\n\0\n');
    expect(now().heartBeats.received).toBe(3);
  });

  it('is back at the start when 200 clients have come, got something to acknowledge, and vanished', async () => {
    const gone = ended(200);
    for (let cycle = 0; cycle < 200; cycle++) {
      const [wire] = WIRES[cycle % WIRES.length]!;
      const client = await connect(wire, `user-${cycle % 7}`);
      client.write('SUBSCRIBE\nid:q\ndestination:/queue/jobs/1\nack:client\n\n\0');
      client.write('SUBSCRIBE\nid:t\ndestination:/topic/a\nack:client\nprefetch-count:1\n\n\0');
      client.write('BEGIN\ntransaction:t\n\n\0');
      for (const body of ['first', 'second']) client.write(`SEND\ndestination:/topic/a\n\n${body}\0`);
      await client.ask('SEND\ndestination:/topic/a\ntransaction:t\nreceipt:r\n\nlast\0');
      client.raw.terminate();
    }
    await gone;
    const after = now();
    expect(after).toMatchObject({ ...gauges(before), sessions: { current: 0, connected: 0, opened: 200 } });
    expect(after.sessions.closed).toEqual({ ...before.sessions.closed, 1006: 200 });
    expect(after.sessions.byTransport).toEqual(before.sessions.byTransport);
    expect(after.frames.received).toMatchObject({ CONNECT: 200, SUBSCRIBE: 400, BEGIN: 200, SEND: 600 });
  });

  it('counts a client that is gone as a session as long as its last frames are carried out', async () => {
    const alice = await connect('websocket', 'alice');
    const watcher = await connect('websocket', 'bob');
    await watcher.ask('SUBSCRIBE\nid:0\ndestination:/topic/a\nreceipt:r\n\n\0');
    alice.write('SEND\ndestination:/app/work\n\n\0SEND\ndestination:/topic/a\n\nlast\0');
    alice.raw.close();
    await alice.raw.closed;
    expect(now()).toMatchObject({ sessions: { current: 2, connected: 2 }, frames: { received: { SEND: 1 } } });
    const gone = ended(1);
    work.resolve();
    expect(await watcher.raw.body()).toBe('last');
    await gone;
    expect(now()).toMatchObject({
      sessions: { current: 1, connected: 1, closed: { 1000: 1 } },
      users: 1,
      frames: { received: { SEND: 2 } },
    });
  });

  it('counts a session by what ended it, not by how its client took that', async () => {
    const client = await connect('websocket', 'alice');
    client.raw.pause();
    const stopped = server.stop();
    client.raw.terminate();
    await stopped;
    expect(now().sessions.closed).toEqual({ ...before.sessions.closed, 1001: 1 });
  });

  it('has no key that a client can make up', async () => {
    const gone = ended(2);
    const client = await StompSocket.connect(server.url, 'x-made-up:header\nlogin:made-up\n');
    await client.receipt('SUBSCRIBE\nid:made-up\ndestination:/topic/made-up\n\n\0');
    client.webSocket.close(4321, 'made-up');
    const strange = await connect('websocket', 'alice');
    expect((await strange.ask('SEND\ndestination:/app/strange\n\n\0', 'ERROR')).header('code')).toBe('MADE_UP');
    await gone;
    await server.stop();
    const after = now();
    expect(keysOf(after)).toEqual(keysOf(before));
    expect(after).toMatchObject({ errors: { other: 1 }, sessions: { closed: { other: 1, 1002: 1 } } });
  });

  it('tells of bytes that a client does not read', async () => {
    const slow = await connect('websocket', 'alice');
    await slow.ask('SUBSCRIBE\nid:0\ndestination:/topic/a\nreceipt:r\n\n\0');
    slow.raw.pause();
    const sender = await connect('websocket', 'bob');
    const body = 'x'.repeat(60_000);
    // The operating system takes some megabytes before anything waits.
    while (now().sendBufferBytes === 0) await sender.ask(`SEND\ndestination:/topic/a\nreceipt:r\n\n${body}\0`);
    const gone = ended(1);
    slow.raw.terminate();
    await gone;
    expect(now().sendBufferBytes).toBe(0);
  });
});

/** What goes up and down beside the sessions. */
function gauges({ users, subscriptions, unacknowledged, transactions, broker, sendBufferBytes }: StompStatsSnapshot) {
  return {
    users,
    subscriptions,
    unacknowledged,
    transactions,
    sendBufferBytes,
    broker: { queues: broker.queues, backlog: broker.backlog },
  };
}

function keysOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => keysOf(inner, `${path}.${key}`));
}

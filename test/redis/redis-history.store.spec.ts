import { Message } from '../../lib/messaging/message.js';
import { RedisHistoryStore } from '../../lib/redis/index.js';
import { ClusterClient, eventually } from '../cluster/cluster-client.js';
import { MemoryHub } from '../cluster/memory-bus.js';
import { startServer } from '../cluster/socket-cluster.js';
import { startRedis, type Daemon } from '../utils/daemon.js';
import { requireDebianPackage } from '../utils/debian.js';
import type { SocketServer } from '../utils/socket-server.js';

let redis: Daemon;
let url: string;

beforeAll(async () => {
  requireDebianPackage('redis-server');
  redis = await startRedis();
  url = `redis://127.0.0.1:${redis.port}`;
}, 300_000);

afterAll(() => redis.stop());

const OPTIONS = { destination: '**', size: 100, ttl: 60_000 };

describe('A RedisHistoryStore', () => {
  const stores: RedisHistoryStore[] = [];
  let count = 0;
  let destination: string;

  const open = async (): Promise<RedisHistoryStore> => {
    const store = new RedisHistoryStore({ url });
    stores.push(store);
    await store.start();
    return store;
  };
  const message = (body: string, headers: Record<string, string> = {}): Message =>
    Message.to(destination, Buffer.from(body), headers);
  const bodiesSince = async (store: RedisHistoryStore, position: { epoch: string; offset: number }) =>
    (await store.since(destination, position))?.map(
      (entry) => `${entry.offset} ${Buffer.from(entry.message.payload).toString()}`,
    );

  beforeEach(() => (destination = `/topic/${count++}`));
  afterEach(() => Promise.all(stores.splice(0).map((store) => store.stop())));

  it('numbers the messages of all servers in one row, and gives them back as they were', async () => {
    const [one, other] = [await open(), await open()];
    const first = await one.append(destination, message('a', { x: 'ä\n' }), OPTIONS);
    const second = await other.append(destination, message('b'), OPTIONS);
    expect(first).toEqual({ epoch: expect.any(String), offset: 1 });
    expect(second).toEqual({ epoch: first.epoch, offset: 2 });
    expect(await one.position(destination)).toEqual(second);
    expect(await other.since(destination, { ...first, offset: 0 })).toMatchObject([
      { offset: 1, message: { payload: Buffer.from('a') } },
      { offset: 2, message: { payload: Buffer.from('b') } },
    ]);
    const [entry] = (await one.since(destination, { ...first, offset: 0 }))!;
    expect([...entry!.message.headers.nativeHeaders]).toEqual([['x', 'ä\n']]);
    expect(await bodiesSince(one, first)).toEqual(['2 b']);
    expect(await bodiesSince(one, second)).toEqual([]);
  });

  it('keeps bytes as they are', async () => {
    const store = await open();
    const payload = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
    const position = await store.append(destination, Message.to(destination, payload), OPTIONS);
    const [entry] = (await store.since(destination, { ...position, offset: 0 }))!;
    expect(Buffer.from(entry!.message.payload)).toEqual(payload);
  });

  it('remembers those who came before the first message', async () => {
    const [one, other] = [await open(), await open()];
    const beginning = await one.position(destination);
    expect(beginning.offset).toBe(0);
    await other.append(destination, message('a'), OPTIONS);
    expect(await bodiesSince(one, beginning)).toEqual(['1 a']);
  });

  it('keeps no more than it should, and says so to those who ask for more', async () => {
    const store = await open();
    let last = await store.position(destination);
    for (let i = 1; i <= 5; i++) last = await store.append(destination, message(`${i}`), { ...OPTIONS, size: 3 });
    expect(await bodiesSince(store, { ...last, offset: 2 })).toEqual(['3 3', '4 4', '5 5']);
    expect(await bodiesSince(store, { ...last, offset: 1 })).toBeUndefined();
    expect(await bodiesSince(store, { ...last, offset: 6 })).toBeUndefined();
    expect(await bodiesSince(store, { epoch: 'another', offset: 4 })).toBeUndefined();
  });

  it('forgets what is too old, each message by itself', async () => {
    const store = await open();
    const first = await store.append(destination, message('old'), { ...OPTIONS, ttl: 30 });
    await store.append(destination, message('new'), OPTIONS);
    await eventually(async () => expect(await bodiesSince(store, { ...first, offset: 0 })).toBeUndefined());
    expect(await bodiesSince(store, first)).toEqual(['2 new']);
  });

  it('stops the start when Redis is not there', async () => {
    const store = new RedisHistoryStore({ url: 'redis://127.0.0.1:1' });
    await expect(store.start()).rejects.toThrow(/^StompModule: the history in Redis is not available: .*ECONNREFUSED/);
  });

  it('says what is wrong when Redis is not there any more', async () => {
    const store = new RedisHistoryStore({ url });
    await expect(store.append(destination, message('x'), OPTIONS)).rejects.toThrow(
      'The history in Redis is not available',
    );
  });
});

describe('Servers with one history', () => {
  let hub: MemoryHub;
  let servers: SocketServer[];
  let clients: ClusterClient[];
  let count = 0;
  let room: string;

  beforeEach(async () => {
    hub = new MemoryHub();
    room = `/topic/room.${count++}`;
    servers = [];
    for (const name of ['one', 'two', 'three']) {
      const historyStore = new RedisHistoryStore({ url });
      const broker = { history: [{ destination: '/topic/room.*' }], historyStore };
      servers.push(await startServer({ kind: 'bus', bus: hub.bus(), name }, { broker }));
    }
    clients = await Promise.all(servers.map((server) => ClusterClient.connect(server.url)));
    for (const client of clients) {
      await eventually(async () => expect(await client.call('servers')).toHaveLength(2));
    }
  });

  afterEach(() => Promise.all(servers.map((server) => server.stop())));

  const subscribe = (client: ClusterClient, headers = '') =>
    client.socket.receipt(`SUBSCRIBE\nid:r\ndestination:${room}\n${headers}\n\0`);
  const offsets = async (client: ClusterClient, expected: number): Promise<string[]> => {
    const got: string[] = [];
    while (got.length < expected) {
      const { headers, body } = await client.socket.next('MESSAGE');
      got.push(`${headers.get('offset')} ${body.toString()}`);
    }
    return got;
  };

  it('give each message one number everywhere, and deliver in its order', async () => {
    for (const client of clients) await subscribe(client);
    clients.forEach((client, from) => {
      for (let i = 0; i < 50; i++) client.transmit(room, `${from}`);
    });
    const all = await Promise.all(clients.map((client) => offsets(client, 150)));
    expect(all[0]!.map((text) => Number(text.split(' ')[0]))).toEqual(Array.from({ length: 150 }, (_, i) => i + 1));
    expect(all[1]).toEqual(all[0]);
    expect(all[2]).toEqual(all[0]);
  });

  it('let a client go on at another server where it has stopped at the first', async () => {
    const { headers } = await subscribe(clients[0]!);
    await clients[1]!.send(room, 'a');
    expect(await offsets(clients[0]!, 1)).toEqual(['1 a']);
    clients[0]!.drop();
    for (const body of ['b', 'c']) await clients[1]!.send(room, body);
    const again = await subscribe(clients[2]!, `since:1\nepoch:${headers.get('epoch')}\n`);
    expect(again.headers.get('recovered')).toBe('true');
    expect(again.headers.get('offset')).toBe('3');
    expect(await offsets(clients[2]!, 2)).toEqual(['2 b', '3 c']);
    await clients[1]!.send(room, 'd');
    expect(await offsets(clients[2]!, 1)).toEqual(['4 d']);
  });

  it('leave neither a gap nor a repetition between the past and what is sent meanwhile', async () => {
    const { headers } = await subscribe(clients[0]!);
    let isOver = false;
    let sent = 0;
    const sending = (async () => {
      for (; !isOver; sent++) await clients[1]!.send(room, 'x');
    })();
    for (let round = 0; round < 20; round++) {
      const client = await ClusterClient.connect(servers[2]!.url);
      const since = Math.max(sent - 10, 0);
      const { headers: receipt } = await subscribe(client, `since:${since}\nepoch:${headers.get('epoch')}\n`);
      expect(receipt.get('recovered')).toBe('true');
      const numbers = (await offsets(client, 20)).map((text) => Number(text.split(' ')[0]));
      expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => since + 1 + i));
      client.drop();
    }
    isOver = true;
    await sending;
  });

  it('fetch from it what the bus has lost', async () => {
    for (const client of clients) await subscribe(client);
    await clients[0]!.send(room, 'a');
    hub.loses = (bytes) => Buffer.from(bytes).includes('lost');
    await clients[0]!.send(room, 'lost');
    await clients[0]!.send(room, 'lost, too');
    hub.loses = () => false;
    await clients[0]!.send(room, 'b');
    for (const client of clients) expect(await offsets(client, 4)).toEqual(['1 a', '2 lost', '3 lost, too', '4 b']);
    // The last one is missed by the number of its batch.
    hub.loses = (bytes) => Buffer.from(bytes).includes('lost');
    await clients[1]!.send(room, 'lost at last');
    for (const client of clients) expect(await offsets(client, 1)).toEqual(['5 lost at last']);
  });

  it('tell a sender whose message could not be kept, and go on when Redis is back', async () => {
    await subscribe(clients[0]!);
    await clients[0]!.subscribe('/user/queue/errors');
    await redis.stop();
    clients[0]!.transmit(room, 'x', 'receipt:r\n');
    const { headers } = await clients[0]!.socket.next(({ headers }) => headers.has('failed-receipt'));
    expect(headers.get('failed-receipt')).toBe('r');
    const unable = await subscribe(clients[1]!, 'since:0\nepoch:any\n');
    expect(unable.headers.get('recovered')).toBe('false');
    await redis.start();
    await eventually(async () => {
      const client = await ClusterClient.connect(servers[0]!.url);
      await client.send(room, 'y');
      client.drop();
    });
    expect(await clients[0]!.bodies(1)).toEqual(['y']);
    expect(await clients[1]!.bodies(1)).toEqual(['y']);
  });
});

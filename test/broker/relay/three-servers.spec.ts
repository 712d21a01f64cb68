import { ClusterClient, eventually } from '../../cluster/cluster-client.js';
import { describeCluster } from '../../cluster/cluster-contract.js';
import { startServer } from '../../cluster/socket-cluster.js';
import type { SocketServer } from '../../utils/socket-server.js';
import { FaultProxy } from '../../utils/fault-proxy.js';
import { RabbitMq } from './support/rabbit-mq.js';

const SERVERS = 3;
const CLIENTS = 300;
const USERS = 100;

let rabbitMq: RabbitMq;

beforeAll(async () => {
  rabbitMq = await RabbitMq.start();
}, 120_000);

afterAll(() => rabbitMq.stop());

const start = (count: number, topic: string): Promise<SocketServer[]> =>
  Promise.all(
    Array.from({ length: count }, (_, index) =>
      startServer(
        { kind: 'relay', topic, name: `server-${index}` },
        { broker: { kind: 'relay', port: rabbitMq.port } },
      ),
    ),
  );

describeCluster('one RabbitMQ', (count) => start(count, 'contract'), { keepsRepeatedHeaders: false });

describe('Three servers before one RabbitMQ, with 300 clients', () => {
  let servers: SocketServer[];
  let clients: ClusterClient[];

  beforeAll(async () => {
    servers = await start(SERVERS, 'many');
    clients = [];
    // Each user has three tabs, one on each server.
    for (let i = 0; i < CLIENTS; i++) {
      clients.push(await ClusterClient.connect(servers[i % SERVERS]!.url, `user-${Math.floor(i / SERVERS)}`));
    }
    await Promise.all(
      clients.map(async (client) => {
        await client.subscribe('/topic/all');
        await client.subscribe('/user/queue/own');
      }),
    );
    for (const { runtime } of servers) {
      await eventually(async () => expect(runtime.users.getUserCount()).toBe(USERS));
    }
  }, 120_000);

  afterAll(async () => {
    for (const client of clients) client.drop();
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('give every message of a topic to all subscribers once and in the order of each sender', async () => {
    const senders = clients.filter((_, index) => index % 30 === 0);
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    senders.forEach((sender, from) => {
      for (const number of numbers) sender.transmit('/topic/all', `${from} ${number}`);
    });
    for (const client of clients) {
      const bodies = await client.bodies(senders.length * numbers.length);
      senders.forEach((_, from) => {
        const ofSender = bodies.filter((body) => body.startsWith(`${from} `));
        expect(ofSender).toEqual(numbers.map((number) => `${from} ${number}`));
      });
    }
    // The server's own connection, four for what clients send, and the bus.
    for (const { runtime } of servers) expect(runtime.stats.snapshot().broker.relay!.connections).toBe(5);
  }, 60_000);

  it('give every message for a user to all tabs of the user and to nobody else', async () => {
    for (let user = 0; user < USERS; user++) {
      const { template } = servers[user % SERVERS]!.runtime;
      await template.convertAndSendToUser(`user-${user}`, '/queue/own', `for user-${user}`);
    }
    await Promise.all(
      clients.map(async (client, index) => {
        expect(await client.bodies(1)).toEqual([`for user-${Math.floor(index / SERVERS)}`]);
      }),
    );
    // What is sent now comes after whatever has been on its way.
    await servers[0]!.runtime.template.convertAndSend('/topic/all', 'fence');
    for (const client of clients) expect(await client.bodies(1)).toEqual(['fence']);
  }, 60_000);
});

describe('Servers before one broker', () => {
  it('start without it, and act as one as soon as it is there', async () => {
    const proxy = await FaultProxy.start(rabbitMq.port);
    proxy.refuse();
    const broker = { kind: 'relay', port: proxy.port, reconnectDelay: 100, reconnectDelayLimit: 200 } as const;
    const servers = await Promise.all(
      ['one', 'two'].map((name) => startServer({ kind: 'relay', topic: 'late', name }, { broker })),
    );
    for (const { runtime } of servers) {
      await eventually(async () => expect(runtime.stats.snapshot().cluster).toMatchObject({ isAvailable: false }));
    }
    proxy.heal();
    for (const { runtime } of servers) {
      await eventually(async () =>
        expect(runtime.stats.snapshot().cluster).toMatchObject({ isAvailable: true, servers: [expect.any(String)] }),
      );
    }
    const [one, two] = await Promise.all(servers.map(({ url }, index) => ClusterClient.connect(url, `user-${index}`)));
    await two!.subscribe('/user/queue/own');
    await eventually(async () => expect(servers[0]!.runtime.users.getUserCount()).toBe(2));
    await servers[0]!.runtime.template.convertAndSendToUser('user-1', '/queue/own', 'hello');
    expect(await two!.bodies(1)).toEqual(['hello']);
    for (const client of [one!, two!]) client.drop();
    await Promise.all(servers.map((server) => server.stop()));
    await proxy.stop();
  });
});

import { once } from 'node:events';
import { ChildApplications } from '../utils/child-application.js';
import { RabbitMq } from '../broker/relay/support/rabbit-mq.js';
import { startRedis } from '../utils/daemon.js';
import { requireDebianPackage } from '../utils/debian.js';
import { startChild, startWorkers, type WorkerCluster } from './child-servers.js';
import { ClusterClient, eventually } from './cluster-client.js';
import { describeCluster } from './cluster-contract.js';

let applications: ChildApplications;

beforeAll(async () => {
  applications = await ChildApplications.compile();
}, 120_000);

afterAll(() => applications.remove());

describeCluster('node:cluster', async (count) => {
  const { workers, stop } = await startWorkers(applications, count);
  return workers.map((worker, index) => (index === 0 ? { ...worker, stop } : worker));
});

describe('Workers behind one port', () => {
  const WORKERS = 2;
  const CLIENTS = 8;
  const LONGER_THAN_ANY_TEST = 600_000;
  let cluster: WorkerCluster;
  let url: string;

  beforeEach(async () => {
    cluster = await startWorkers(applications, WORKERS, true, LONGER_THAN_ANY_TEST);
    url = cluster.workers[0]!.url;
    expect(cluster.workers.map((worker) => worker.url)).toEqual([url, url]);
  }, 60_000);

  afterEach(() => cluster.stop());

  const connectAll = (): Promise<ClusterClient[]> =>
    Promise.all(Array.from({ length: CLIENTS }, (_, index) => ClusterClient.connect(url, `user-${index}`)));
  const pidsOf = (clients: ClusterClient[]): Promise<number[]> =>
    Promise.all(clients.map((client) => client.call<number>('pid')));

  it('share the clients, who notice nothing of it', async () => {
    const clients = await connectAll();
    expect(new Set(await pidsOf(clients))).toEqual(new Set(cluster.workers.map(({ pid }) => pid)));
    for (const client of clients) await client.subscribe('/topic/echo');
    for (const client of clients) await client.subscribe('/user/queue/one');
    await clients[0]!.send('/app/echo', 'hello');
    for (const client of clients) expect(await client.bodies(1)).toEqual(['hello']);
    await clients[0]!.call('toUser', `user-${CLIENTS - 1}`, '/queue/one', 'psst');
    expect(await clients.at(-1)!.bodies(1)).toEqual(['psst']);
    for (const client of clients) {
      await eventually(async () => expect((await client.call<number[]>('userCount'))[0]).toBe(CLIENTS));
    }
    expect(await clients[0]!.call('closeUser', `user-${CLIENTS - 1}`)).toBe(1);
    expect((await clients.at(-1)!.socket.closed).code).toBe(4401);
  });

  it('lose the users of one that is killed at once, for their primary knows, and take its clients in', async () => {
    const clients = await connectAll();
    const pids = await pidsOf(clients);
    const victim = pids[0]!;
    const [lost, left] = [clients.filter((_, i) => pids[i] === victim), clients.filter((_, i) => pids[i] !== victim)];
    await eventually(async () => expect((await left[0]!.call<number[]>('userCount'))[0]).toBe(CLIENTS));
    process.kill(victim, 'SIGKILL');
    await Promise.all(lost.map(({ socket }) => socket.closed));
    await eventually(async () => expect((await left[0]!.call<number[]>('userCount'))[0]).toBe(left.length));
    expect(await left[0]!.call('servers')).not.toContain(`worker ${victim}`);
    // The worker that follows makes itself known.
    if (cluster.application.messages.length === 0) await once(cluster.application.process, 'message');
    const again = await connectAll();
    expect(new Set(await pidsOf(again)).size).toBe(WORKERS);
    expect(await pidsOf(again)).not.toContain(victim);
    for (const client of again) await client.subscribe('/topic/a');
    await left[0]!.send('/topic/a', 'welcome back');
    for (const client of again) expect(await client.bodies(1)).toEqual(['welcome back']);
    for (const client of again) {
      await eventually(async () => expect((await client.call<number[]>('userCount'))[0]).toBe(CLIENTS));
    }
  }, 40_000);
});

interface Between {
  /** The options, as source text, of the servers that act as one by it. */
  readonly options: string;
  stop(): Promise<void>;
}

const BEATS = 'heartbeat: 200, timeout: 1_000';

describe.each<[string, () => Promise<Between>]>([
  [
    'with Redis between them',
    async () => {
      requireDebianPackage('redis-server');
      const redis = await startRedis();
      const options = `{ kind: 'redis', url: 'redis://127.0.0.1:${redis.port}', ${BEATS} }`;
      return { options, stop: () => redis.stop() };
    },
  ],
  [
    'before one RabbitMQ',
    async () => {
      const rabbitMq = await RabbitMq.start();
      const options = `{ kind: 'relay', ${BEATS} }, broker: { kind: 'relay', port: ${rabbitMq.port} }`;
      return { options, stop: () => rabbitMq.stop() };
    },
  ],
])('Servers in processes of their own, %s', (_, start) => {
  let between: Between;

  beforeAll(async () => {
    between = await start();
  }, 300_000);

  afterAll(() => between.stop());

  it('lose the users of one that is killed within the time-out, and its clients go on at another', async () => {
    const { options } = between;
    const [one, two] = await Promise.all([startChild(applications, options), startChild(applications, options)]);
    const [alice, bob] = [await ClusterClient.connect(one.url, 'alice'), await ClusterClient.connect(two.url, 'bob')];
    await eventually(async () => expect(await alice.call('users')).toEqual({ alice: 1, bob: 1 }));
    two.process.kill('SIGKILL');
    await bob.socket.closed;
    await eventually(async () => expect(await alice.call('users')).toEqual({ alice: 1 }));
    const again = await ClusterClient.connect(one.url, 'bob');
    await again.subscribe('/user/queue/one');
    await alice.call('toUser', 'bob', '/queue/one', 'welcome back');
    expect(await again.bodies(1)).toEqual(['welcome back']);
    const exited = once(one.process, 'exit');
    one.process.kill('SIGTERM');
    await exited;
  }, 30_000);
});

describe('A process that is no worker of a connected primary', () => {
  it('does not start with { kind: node }, and says what to do', async () => {
    const { startServer } = await import('./socket-cluster.js');
    await expect(startServer({ kind: 'node' })).rejects.toThrow(
      'is for workers of node:cluster, and this process is none',
    );
  });
});

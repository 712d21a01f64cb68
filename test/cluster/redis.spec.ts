import { requireDebianPackage } from '../utils/debian.js';
import { startRedis, type Daemon } from '../utils/daemon.js';
import { describeDaemonBus } from './daemon-bus-faults.js';
import { describeCluster } from './cluster-contract.js';
import { startServer } from './socket-cluster.js';

let redis: Daemon;

beforeAll(async () => {
  requireDebianPackage('redis-server');
  redis = await startRedis();
}, 300_000);

afterAll(() => redis.stop());

describeCluster('Redis', (count) =>
  Promise.all(
    Array.from({ length: count }, (_, index) =>
      startServer({ kind: 'redis', url: `redis://127.0.0.1:${redis.port}`, name: `server-${index}` }),
    ),
  ),
);

describeDaemonBus('Redis', {
  daemon: () => redis,
  options: ({ port }) => ({ kind: 'redis', url: `redis://127.0.0.1:${port}`, channel: 'faults' }),
  impatient: { pingInterval: 300, socket: { socketTimeout: 1_000, connectTimeout: 1_000 } },
  protectedDaemon: () => startRedis('--requirepass', 'correct'),
  wrongCredentials: ({ port }) => ({ kind: 'redis', url: `redis://:wrong@127.0.0.1:${port}` }),
});

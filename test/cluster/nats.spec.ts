import { requireDebianPackage } from '../utils/debian.js';
import { startNats, type Daemon } from '../utils/daemon.js';
import { describeDaemonBus } from './daemon-bus-faults.js';
import { describeCluster } from './cluster-contract.js';
import { startServer } from './socket-cluster.js';

let nats: Daemon;

beforeAll(async () => {
  requireDebianPackage('nats-server');
  nats = await startNats();
}, 300_000);

afterAll(() => nats.stop());

describeCluster('NATS', (count) =>
  Promise.all(
    Array.from({ length: count }, (_, index) =>
      startServer({ kind: 'nats', servers: `127.0.0.1:${nats.port}`, name: `server-${index}` }),
    ),
  ),
);

describeDaemonBus('NATS', {
  daemon: () => nats,
  options: ({ port }) => ({ kind: 'nats', servers: `127.0.0.1:${port}`, subject: 'faults' }),
  impatient: { pingInterval: 300, maxPingOut: 2, timeout: 1_000 },
  protectedDaemon: () => startNats('--user', 'stomp', '--pass', 'correct'),
  wrongCredentials: ({ port }) => ({
    kind: 'nats',
    servers: `127.0.0.1:${port}`,
    client: { user: 'stomp', pass: 'wrong' },
  }),
});

import type { ClusterOptions } from '../interfaces/cluster-options.interface.js';
import type { ClusterBus } from './cluster-bus.js';
import { NatsBus } from './nats.bus.js';
import { RedisBus } from './redis.bus.js';
import { WorkerBus } from './worker.bus.js';

/** For a server that has no others. */
const NO_BUS: ClusterBus = { start: () => {}, publish: () => {}, stop: () => {} };

/** What the option `cluster` asks for; nothing is connected yet. */
export function createBus(options: ClusterOptions | undefined): ClusterBus {
  switch (options?.kind) {
    case 'node':
      return new WorkerBus();
    case 'redis':
      return new RedisBus(options);
    case 'nats':
      return new NatsBus(options);
    case 'bus':
      return options.bus;
    default:
      return NO_BUS;
  }
}

export type { ClusterBus, ClusterBusListener } from './cluster-bus.js';
export { connectWorkers } from './connect-workers.js';

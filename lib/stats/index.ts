export type * from '../cluster/cluster-stats.js';
export type * from '../broker/message-broker-stats.js';
export { StompServerState } from './stomp-server-state.js';
export type * from './stomp-stats-snapshot.js';
export { StompStats } from './stomp-stats.js';

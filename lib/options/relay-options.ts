import { StompOptionException } from '../exceptions/stomp-option.exception.js';
import type { BrokerRelayOptions } from '../interfaces/broker-relay-options.interface.js';
import {
  aBeat,
  aBoolean,
  aCredential,
  aDurationFrom,
  aFunction,
  aHost,
  aNumber,
  aSlashPrefix,
  anObject,
  either,
  listOf,
  oneOf,
  optionsOf,
  pairOf,
  recordOf,
  type Check,
} from './checks.js';

/** Of `broker: { kind: 'relay' }`, beside what it shares with the broker in memory. */
export const RELAY_CHECKS: Record<string, Check> = {
  kind: oneOf('simple', 'relay'),
  destinationPrefixes: listOf(aSlashPrefix, 1),
  connections: oneOf('shared', 'per-session'),
  host: aHost,
  port: aNumber(1, 65_535),
  addresses: listOf(optionsOf({ host: aHost, port: aNumber(1, 65_535) }, ['host', 'port']), 1),
  tls: either((value) => typeof value === 'boolean', aBoolean, anObject),
  virtualHost: aHost,
  clientLogin: aCredential,
  clientPasscode: aCredential,
  systemLogin: aCredential,
  systemPasscode: aCredential,
  systemHeartbeat: pairOf(aBeat),
  connectTimeout: aDurationFrom(1),
  reconnectDelay: aDurationFrom(1),
  reconnectDelayLimit: aDurationFrom(1),
  requiredAtStart: aBoolean,
  receiptTimeout: aDurationFrom(1),
  unconfirmedLimit: aNumber(1),
  sendBufferSizeLimit: aNumber(1),
  frameSizeLimit: aNumber(1_024),
  sharedConnections: aNumber(1, 1_000),
  queuePrefixes: listOf(aSlashPrefix),
  persistentQueues: aBoolean,
  queueConsumerLimit: aNumber(0),
  brokerSubscriptionLimit: aNumber(1),
  onConnectionLoss: oneOf('close', 'reattach'),
  systemSubscriptions: recordOf(aFunction),
};

/** With `addresses`, `host` and `port` do not count. */
export const DEFAULT_RELAY = {
  kind: 'relay',
  destinationPrefixes: ['/topic', '/queue'],
  connections: 'shared',
  host: '127.0.0.1',
  port: 61_613,
  tls: false,
  virtualHost: '/',
  clientLogin: 'guest',
  clientPasscode: 'guest',
  systemLogin: 'guest',
  systemPasscode: 'guest',
  systemHeartbeat: [10_000, 10_000],
  connectTimeout: 10_000,
  reconnectDelay: 500,
  reconnectDelayLimit: 5_000,
  requiredAtStart: false,
  receiptTimeout: 10_000,
  unconfirmedLimit: 10_000,
  sendBufferSizeLimit: 1_048_576,
  frameSizeLimit: 16_777_216,
  sharedConnections: 4,
  queuePrefixes: ['/queue', '/amq/queue'],
  persistentQueues: true,
  queueConsumerLimit: 1_000,
  brokerSubscriptionLimit: 10_000,
  onConnectionLoss: 'close',
  systemSubscriptions: {},
} satisfies Omit<BrokerRelayOptions, 'addresses'> & { kind: 'relay' };

/** What of the options belongs to one way of connecting only: elsewhere it would do nothing, and nobody would notice. */
const OF_ONE_WAY: Record<'shared' | 'per-session', readonly (keyof BrokerRelayOptions)[]> = {
  shared: ['sharedConnections', 'queueConsumerLimit', 'brokerSubscriptionLimit', 'slowConsumers', 'selector'],
  'per-session': ['onConnectionLoss'],
};

/** @throws StompOptionException when options contradict each other */
export function checkRelay(options: BrokerRelayOptions): void {
  const { connections = DEFAULT_RELAY.connections, addresses, host, port } = options;
  const other = connections === 'shared' ? 'per-session' : 'shared';
  for (const name of OF_ONE_WAY[other]) {
    const value = options[name];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    throw new StompOptionException(`broker.${name}`, value, `left out: it is for connections: "${other}"`);
  }
  if (addresses && (host !== undefined || port !== undefined)) {
    throw new StompOptionException('broker.addresses', addresses, 'left out, or host and port must be');
  }
  const { reconnectDelay = DEFAULT_RELAY.reconnectDelay } = options;
  const { reconnectDelayLimit = DEFAULT_RELAY.reconnectDelayLimit } = options;
  if (reconnectDelayLimit < reconnectDelay) {
    throw new StompOptionException('broker.reconnectDelayLimit', reconnectDelayLimit, `${reconnectDelay} or more`);
  }
}

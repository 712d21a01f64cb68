import type { BrokerRelayOptions } from '../../lib/interfaces/broker-relay-options.interface.js';
import { resolveOptions } from '../../lib/options/stomp-options.js';

const relay = (options: object = {}) =>
  resolveOptions({ broker: { kind: 'relay', ...options } as BrokerRelayOptions }).broker;

describe('The options of a relay', () => {
  it('all have a default', () => {
    expect(relay()).toMatchObject({
      kind: 'relay',
      connections: 'shared',
      addresses: [{ host: '127.0.0.1', port: 61_613 }],
      virtualHost: '/',
      systemHeartbeat: [10_000, 10_000],
      destinationPrefixes: ['/topic', '/queue'],
      queuePrefixes: ['/queue', '/amq/queue'],
      prefetchLimit: 1_000,
      queues: [],
      history: [],
    });
  });

  it('make one address of host and port', () => {
    expect(relay({ host: 'mq', port: 1 })).toMatchObject({ addresses: [{ host: 'mq', port: 1 }] });
    const addresses = [
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
    ];
    expect(relay({ addresses })).toMatchObject({ addresses });
  });

  it.each<[object, RegExp]>([
    [{ queues: ['/queue'] }, /broker\.queues must be left out: the options here are/],
    [{ history: [] }, /broker\.history must be left out/],
    [{ connections: 'many' }, /broker\.connections must be one of "shared", "per-session"/],
    [{ port: 0 }, /broker\.port must be a whole number, 1 to 65535, but it is 0/],
    [{ host: '' }, /broker\.host must be a text that is not empty/],
    [{ addresses: [] }, /broker\.addresses must be a list that is not empty/],
    [{ addresses: [{ host: 'a' }] }, /broker\.addresses\[0\]\.port must be/],
    [
      { addresses: [{ host: 'a', port: 1 }], host: 'b' },
      /broker\.addresses must be left out, or host and port must be/,
    ],
    [{ tls: 'yes' }, /broker\.tls must be an object/],
    [{ systemLogin: 'a\nb' }, /broker\.systemLogin must be a text without line breaks/],
    [
      { systemHeartbeat: [50, 0] },
      /broker\.systemHeartbeat\[0\] must be 0 or a whole number of milliseconds from 100 on/,
    ],
    [{ reconnectDelay: 100, reconnectDelayLimit: 50 }, /broker\.reconnectDelayLimit must be 100 or more, but it is 50/],
    [
      { destinationPrefixes: ['topic'] },
      /broker\.destinationPrefixes\[0\] must be a destination prefix that begins with "\/"/,
    ],
    [{ queuePrefixes: ['queue.'] }, /broker\.queuePrefixes\[0\] must be a destination prefix that begins with "\/"/],
    [{ systemSubscriptions: { '/queue/a': 1 } }, /broker\.systemSubscriptions\.\/queue\/a must be a function/],
    [{ onConnectionLoss: 'close' }, /broker\.onConnectionLoss must be left out: it is for connections: "per-session"/],
    [
      { connections: 'per-session', selector: true },
      /broker\.selector must be left out: it is for connections: "shared"/,
    ],
    [{ connections: 'per-session', sharedConnections: 1 }, /broker\.sharedConnections must be left out/],
    [{ destinationPrefixes: ['/app'] }, /different prefixes, none the beginning of another/],
  ])('that cannot be stop the start: %j', (options, message) => {
    expect(() => relay(options)).toThrow(message);
  });

  it('tell no passcode when they cannot be', () => {
    expect(() => relay({ systemPasscode: 'secret\nsecret' })).toThrow(/broker\.systemPasscode must be/);
    expect(() => relay({ systemPasscode: 'secret\nsecret' })).not.toThrow(/secret/);
  });

  it('let no feature add queues or histories, which the broker has itself', () => {
    const broker: BrokerRelayOptions = { kind: 'relay' };
    for (const feature of [{ queues: ['/queue'] }, { history: [{ destination: '/topic/a' }] }]) {
      expect(() => resolveOptions({ broker }, [{ broker: feature }])).toThrow(/left out: the broker is a relay/);
    }
  });

  it('must be there for a cluster over the broker of the relay', () => {
    expect(() => resolveOptions({ cluster: { kind: 'relay' } })).toThrow(
      /cluster\.kind must be another, since the broker is no relay, but it is "relay"/,
    );
    resolveOptions({ broker: { kind: 'relay' }, cluster: { kind: 'relay' } });
  });

  it('are named where a kind is none', () => {
    expect(() => relay({ kind: 'rely' })).toThrow(/broker\.kind must be one of "simple", "relay", but it is "rely"/);
  });
});

import { ClientAddresses } from '../../lib/transport/client-address.js';
import { networkOf } from '../../lib/utils/network.js';
import { ConnectionLimits } from '../../lib/transport/connection-limits.js';
import type { TransportOptions } from '../../lib/interfaces/transport-options.interface.js';
import { deferred } from '../utils/deferred.js';
import type { RawStompClient } from '../utils/raw-stomp-client.js';
import { SocketServer, type SocketServerOptions } from '../utils/socket-server.js';
import type { WireKind } from '../utils/wires.js';
import { rawExchange, upgradeRequest } from './transport-server.js';

const WIRES: readonly WireKind[] = ['websocket', 'sockjs-websocket', 'sockjs-xhr-streaming'];

/** So slow that nothing comes in while a test runs. */
const SLOW = 0.001;

let server: SocketServer;

afterEach(() => server?.stop());

async function start(transport: TransportOptions, options: SocketServerOptions = {}): Promise<void> {
  server = await SocketServer.start({ transport, ...options });
}

/** Tries until the server has seen that somebody else has gone. */
async function openWhenThereIsRoom(wire: WireKind): Promise<RawStompClient> {
  for (;;) {
    try {
      return await server.open({ wire });
    } catch {
      // Not yet.
    }
  }
}

/** Whether clients at this place behind a proxy are let in. */
async function statusFor(forwardedFor: string): Promise<number> {
  return (await rawExchange(server.port, upgradeRequest('/ws', { 'X-Forwarded-For': forwardedFor }))).status;
}

describe.each(WIRES)('Over %s', (wire) => {
  it('no more connections than connectingLimit wait for their CONNECT', async () => {
    await start({ connectingLimit: 3 });
    const first = await server.open({ wire });
    await server.open({ wire });
    const third = await server.open({ wire });
    await expect(server.open({ wire })).rejects.toThrow('503');
    await first.connect();
    await server.open({ wire });
    await expect(server.open({ wire })).rejects.toThrow('503');
    third.terminate();
    await (await openWhenThereIsRoom(wire)).connect();
    await first.settled();
    expect(server.runtime.stats.snapshot().sessions.refused.connectingLimit).toBeGreaterThanOrEqual(2);
  });

  it('an address has no more sessions than sessionsPerAddressLimit, each counted once', async () => {
    await start({ sessionsPerAddressLimit: 2 });
    const first = await server.connect('1.2', '', { wire });
    const second = await server.connect('1.2', '', { wire });
    for (let request = 0; request < 5; request++) await first.settled();
    await expect(server.open({ wire })).rejects.toThrow('429');
    expect(server.runtime.stats.snapshot().sessions.refused).toMatchObject({ sessionsPerAddressLimit: 1 });
    second.terminate();
    await (await openWhenThereIsRoom(wire)).connect();
    await expect(server.open({ wire })).rejects.toThrow('429');
  });
});

describe('transport.connectionRateLimit', () => {
  it('says when to come again', async () => {
    await start({ connectionRateLimit: { perSecond: SLOW, burst: 2 } });
    const first = await server.connect();
    await server.connect();
    const { status, head } = await rawExchange(server.port, upgradeRequest('/ws'));
    expect(status).toBe(429);
    expect(Number(/^Retry-After: (\d+)$/m.exec(head)![1])).toBeGreaterThan(990);
    first.terminate();
    await expect(server.open()).rejects.toThrow('429');
    expect(server.runtime.stats.snapshot().sessions.refused.connectionRateLimit).toBe(2);
  });

  it('counts what is refused for another reason, but not what a foreign page tries', async () => {
    await start(
      { connectionRateLimit: { perSecond: SLOW, burst: 2 } },
      { endpoints: [{ path: '/ws', handshake: ({ url }) => Promise.reject(new Error(url)) }] },
    );
    const origin = { Origin: 'https://foreign.example' };
    for (let i = 0; i < 5; i++) {
      expect((await rawExchange(server.port, upgradeRequest('/ws', origin))).status).toBe(403);
    }
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await rawExchange(server.port, upgradeRequest('/ws'))).status);
    expect(statuses).toEqual([403, 403, 429]);
    const { refused } = server.runtime.stats.snapshot().sessions;
    expect(refused).toMatchObject({ origin: 5, other: 2, connectionRateLimit: 1 });
  });
});

describe('A handshake that the application never answers', () => {
  it('takes up a place until it is refused, and no longer', async () => {
    const asked = deferred();
    await start(
      { connectingLimit: 1, handshakeTimeout: 300 },
      { endpoints: [{ path: '/ws', handshake: () => (asked.resolve(), new Promise<never>(() => {})) }] },
    );
    const hanging = rawExchange(server.port, upgradeRequest('/ws'));
    await asked.promise;
    expect((await rawExchange(server.port, upgradeRequest('/ws'))).status).toBe(503);
    expect((await hanging).status).toBe(503);
    expect((await rawExchange(server.port, upgradeRequest('/ws'))).status).toBe(503);
    expect(server.runtime.stats.snapshot().sessions.refused).toMatchObject({ connectingLimit: 1, handshakeTimeout: 2 });
  });
});

describe('transport.trustedProxies', () => {
  it('tell clients apart, who cannot make up an address', async () => {
    await start({ trustedProxies: ['127.0.0.1', '10.0.0.0/8'], sessionsPerAddressLimit: 1 });
    expect(await statusFor('192.0.2.1')).toBe(101);
    expect(await statusFor('192.0.2.1')).toBe(429);
    expect(await statusFor('198.51.100.7, 192.0.2.1')).toBe(429);
    expect(await statusFor('198.51.100.7, 192.0.2.1, 10.1.2.3')).toBe(429);
    expect(await statusFor('192.0.2.2, 10.1.2.3')).toBe(101);
    expect(await statusFor('2001:db8:1:2::a')).toBe(101);
    expect(await statusFor('2001:db8:1:2:ffff::b')).toBe(429);
    expect(await statusFor('2001:db8:1:3::a')).toBe(101);
    expect([...server.runtime.sessions].map(({ ip }) => ip)).toContain('192.0.2.2');
  });

  it('are nobody by default', async () => {
    await start({ sessionsPerAddressLimit: 1 });
    expect(await statusFor('192.0.2.1')).toBe(101);
    expect(await statusFor('192.0.2.2')).toBe(429);
    expect([...server.runtime.sessions].map(({ ip }) => ip)).toEqual(['127.0.0.1']);
  });

  it.each([
    ['203.0.113.9', 'not a proxy', undefined],
    ['10.0.0.1', '', undefined],
    ['10.0.0.1', 'unknown', undefined],
    ['10.0.0.1', '192.0.2.1:4711', undefined],
    ['::ffff:10.0.0.1', '::ffff:192.0.2.1', '192.0.2.1'],
    ['fe80::1%eth0', '192.0.2.1', undefined],
    ['10.0.0.1', 'fe80::1%eth0', 'fe80::1%eth0'],
    ['fd00::1', '10.0.0.2, 10.0.0.3', '10.0.0.2'],
    ['10.0.0.1', '192.0.2.1, garbage, 10.0.0.2', '10.0.0.2'],
  ])('from %s with "%s": %s', (peer, forwardedFor, expected) => {
    const addresses = new ClientAddresses(['10.0.0.0/8', 'fd00::/8']);
    const request = { socket: { remoteAddress: peer }, headers: { 'x-forwarded-for': forwardedFor } };
    expect(addresses.of(request as never)).toBe(expected ?? peer);
  });
});

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['', ''],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8::', '2001:db8:0:0::/64'],
  ['2001:0DB8:0:0:1::', '2001:db8:0:0::/64'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::2:3:4:5:6:7:8', '0:2:3:4::/64'],
])('the network of "%s" is "%s"', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

it('a place that is left twice is free once', () => {
  const limits = new ConnectionLimits({
    sessionsPerAddressLimit: 2,
    connectingLimit: 2,
    connectionRateLimit: 0,
    rateLimitKeyLimit: 1,
  });
  const place = limits.enter('192.0.2.1');
  limits.enter('192.0.2.1').connected();
  for (let i = 0; i < 3; i++) place.leave();
  limits.enter('192.0.2.1');
  expect(() => limits.enter('192.0.2.1')).toThrow('Too Many Requests');
  limits.enter('192.0.2.2');
  expect(() => limits.enter('192.0.2.3')).toThrow('Service Unavailable');
});

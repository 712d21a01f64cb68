import { ClusterClient, eventually } from './cluster-client.js';
import { describeCluster } from './cluster-contract.js';
import { MemoryHub } from './memory-bus.js';
import { startServer } from './socket-cluster.js';
import type { SocketServer } from '../utils/socket-server.js';

describeCluster('a bus in memory', async (count) => {
  const hub = new MemoryHub();
  return Promise.all(
    Array.from({ length: count }, (_, index) => startServer({ kind: 'bus', bus: hub.bus(), name: `server-${index}` })),
  );
});

describe('Servers whose bus has faults', () => {
  let hub: MemoryHub;
  let servers: SocketServer[];

  const start = async (count: number, more = {}): Promise<ClusterClient[]> => {
    hub = new MemoryHub();
    servers = [];
    for (let index = 0; index < count; index++) {
      servers.push(await startServer({ kind: 'bus', bus: hub.bus(), name: `server-${index}`, ...more }));
    }
    const clients = await Promise.all(servers.map(({ url }, index) => ClusterClient.connect(url, `user-${index}`)));
    await everyoneKnows(clients, count);
    return clients;
  };
  const everyoneKnows = async (clients: ClusterClient[], count: number): Promise<void> => {
    for (const client of clients) {
      await eventually(async () => expect(Object.keys(await client.call('users'))).toHaveLength(count));
    }
  };

  afterEach(async () => {
    hub.isCut = false;
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('serve their own clients while it is cut, and tell a sender who waits for a RECEIPT that others have not been reached', async () => {
    const [one, two] = await start(2);
    await one!.subscribe('/topic/a');
    await two!.subscribe('/topic/a');
    await one!.subscribe('/user/queue/errors');
    hub.cut();
    one!.transmit('/topic/a', '1');
    one!.transmit('/topic/a', '2', 'receipt:r\n');
    expect(await one!.bodies(2)).toEqual(['1', '2']);
    const { headers } = await one!.socket.next(({ headers }) => headers.has('failed-receipt'));
    expect(headers.get('failed-receipt')).toBe('r');
    expect(servers[0]!.runtime.stats.snapshot().cluster).toMatchObject({ isAvailable: false, lost: 2 });
    hub.mend();
    await eventually(async () => expect(servers[0]!.runtime.cluster.isAvailable).toBe(true));
    await one!.send('/topic/a', '3');
    expect(await two!.bodies(1)).toEqual(['3']);
  });

  it('answer a client that listens for no errors with ERROR and its own code', async () => {
    const [one] = await start(2);
    hub.cut();
    one!.transmit('/topic/a', 'x', 'receipt:r\n');
    const { headers } = await one!.socket.next('ERROR');
    expect([headers.get('code'), headers.get('receipt-id')]).toEqual(['STOMP_ERR_BROKER_UNAVAILABLE', 'r']);
  });

  it('send a RECEIPT only when the bus has taken the message', async () => {
    const [one] = await start(2);
    let take!: () => void;
    hub.held = new Promise((resolve) => (take = resolve));
    await one!.subscribe('/topic/a');
    one!.transmit('/topic/a', 'x', 'receipt:r\n');
    await one!.bodies(1);
    one!.transmit('/topic/a', 'y');
    // What the server sends now comes behind a RECEIPT that it has sent.
    void servers[0]!.runtime.template.convertAndSend('/topic/a', 'fence');
    expect(await one!.bodies(1)).toEqual(['fence']);
    expect(one!.socket.take('RECEIPT')).toEqual([]);
    take();
    await one!.socket.next('RECEIPT');
    expect(await one!.bodies(1)).toEqual(['y']);
  });

  it('tell the application, which asks for it, what the bus has not taken', async () => {
    const [one] = await start(2);
    await expect(one!.call('confirmed', '/topic/a', 'x')).resolves.toBeUndefined();
    const { runtime } = servers[0]!;
    hub.cut();
    await expect(runtime.cluster.confirmed(() => runtime.template.convertAndSend('/topic/a', 'x'))).rejects.toThrow(
      'may not have reached',
    );
  });

  it('are unavailable brokers while it is cut', async () => {
    await start(2);
    const { runtime } = servers[0]!;
    const told: unknown[] = [];
    runtime.events.subscribe((event) => told.push((event as { isBrokerAvailable?: boolean }).isBrokerAvailable));
    hub.cut();
    hub.mend();
    await eventually(async () => expect(told).toEqual([false, true]));
  });

  it('give no RECEIPT until those are back who were there before, or are taken for dead', async () => {
    const [one] = await start(2);
    await one!.subscribe('/user/queue/errors');
    hub.cut();
    const absent = servers[1]!.runtime.cluster.id;
    hub.loses = (bytes) => Buffer.from(bytes).includes(Buffer.from(absent, 'hex'));
    hub.mend();
    one!.transmit('/topic/a', 'x', 'receipt:r\n');
    await one!.socket.next(({ headers }) => headers.get('failed-receipt') === 'r');
    await eventually(async () => expect(servers[0]!.runtime.cluster.isAvailable).toBe(true));
    await one!.send('/topic/a', 'y');
  });

  it('notice what they have missed, and ask for all users again', async () => {
    const clients = await start(3);
    // The batch in which alice comes is lost.
    hub.loses = (bytes) => Buffer.from(bytes).includes('alice');
    const alice = await ClusterClient.connect(servers[0]!.url, 'alice');
    await alice.send('/topic/a', 'x');
    hub.loses = () => false;
    await everyoneKnows(clients, 4);
    expect(servers[1]!.runtime.stats.snapshot().cluster!.missed).toBe(1);
    // And one in which she goes.
    hub.loses = (bytes) => Buffer.from(bytes).includes(alice.sessionId);
    alice.drop();
    await eventually(async () => expect(servers[0]!.runtime.users.getUserCount()).toBe(3));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    hub.loses = () => false;
    await everyoneKnows(clients, 3);
  });

  it('forget the users of a server that has fallen silent, and know them again when it speaks', async () => {
    const [one, two] = await start(2);
    const silent = servers[1]!.runtime.cluster.id;
    hub.loses = (bytes) => Buffer.from(bytes).includes(Buffer.from(silent, 'hex'));
    const began = performance.now();
    await everyoneKnows([one!], 1);
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(await one!.call('servers')).toEqual([]);
    hub.loses = () => false;
    await everyoneKnows([one!, two!], 2);
  });

  it('forget the users of a server that stops at once', async () => {
    const [one] = await start(2, { timeout: 60_000 });
    await servers.pop()!.stop();
    await everyoneKnows([one!], 1);
  });

  it('take no notice of bytes that no server of this version has written', async () => {
    const [one, two] = await start(2);
    const real = Buffer.from(hub.published.at(-1)!);
    const otherVersion = Buffer.from(real);
    otherVersion[3] = 99;
    for (const bytes of [Buffer.alloc(0), Buffer.from('PING'), Buffer.alloc(1_000, 255), otherVersion])
      hub.inject(bytes);
    const stranger = Buffer.from(real);
    stranger.fill(7, 4, 20);
    // Records that are cut off, at every length.
    for (let size = 0; size < stranger.length; size++) hub.inject(stranger.subarray(0, size));
    await two!.subscribe('/topic/a');
    await one!.send('/topic/a', 'x');
    expect(await two!.bodies(1)).toEqual(['x']);
    expect(servers.flatMap(({ errors }) => errors)).toEqual([]);
  });

  it('read a batch that comes twice once', async () => {
    const [one, two] = await start(2);
    await two!.subscribe('/topic/a');
    await one!.send('/topic/a', 'x');
    for (const bytes of [...hub.published]) hub.inject(bytes);
    await one!.send('/topic/a', 'y');
    expect(await two!.bodies(2)).toEqual(['x', 'y']);
  });

  it('keep no more for a bus that takes nothing than they may, make senders wait, and go on when it takes', async () => {
    const [one, two] = await start(2, { bufferSizeLimit: 262_144, timeout: 60_000 });
    await two!.subscribe('/topic/a');
    let take!: () => void;
    hub.held = new Promise((resolve) => (take = resolve));
    const body = 'x'.repeat(10_000);
    for (let i = 0; i < 100; i++) one!.transmit('/topic/a', `${i} ${body}`);
    const { cluster } = servers[0]!.runtime;
    await eventually(async () => expect(cluster.stats().waitingBytes).toBeGreaterThan(262_144 / 4));
    // So often could the process have read on.
    for (let i = 0; i < 20; i++) await two!.call('pid');
    expect(cluster.stats().waitingBytes).toBeLessThan(262_144 / 4 + 20_000);
    // The application is not made to wait.
    for (let i = 0; i < 100; i++) void servers[0]!.runtime.template.convertAndSend('/topic/b', body);
    expect(cluster.stats().waitingBytes).toBeLessThan(262_144 + 20_000);
    expect(cluster.stats().lost).toBeGreaterThan(50);
    take();
    const bodies = await two!.bodies(100);
    expect(bodies.map((text) => text.split(' ')[0])).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
  });

  it('write nothing of a stranger’s making into the memory for long: made-up servers are forgotten', async () => {
    const [one] = await start(1);
    const beat = Buffer.from(hub.published[0]!);
    for (let i = 0; i < 2_000; i++) {
      const made = Buffer.from(beat);
      made.writeUInt32LE(i + 1, 4);
      hub.inject(made);
    }
    await eventually(async () => expect(await one!.call('servers')).toEqual([]));
  });

  it('share subscriptions only if they are told to', async () => {
    for (const shareSubscriptions of [true, false]) {
      const [one, two] = await start(2, { shareSubscriptions });
      await two!.subscribe('/topic/a');
      const id = await two!.subscribe('/topic/b');
      await two!.socket.receipt(`UNSUBSCRIBE\nid:${id}\n\n\0`);
      await two!.send('/topic/fence', 'x');
      await one!.subscribe('/topic/a');
      const expected = shareSubscriptions ? ['user-0', 'user-1'] : ['user-0'];
      await eventually(async () => expect(await one!.call('subscriptions', '/topic/a')).toEqual(expected));
      expect(await one!.call('subscriptions', '/topic/b')).toEqual([]);
      if (shareSubscriptions) await Promise.all(servers.map((server) => server.stop()));
    }
  });
});

describe('A server whose bus is not there', () => {
  it('does not start, and says why', async () => {
    const hub = new MemoryHub();
    hub.isCut = true;
    await expect(startServer({ kind: 'bus', bus: hub.bus() })).rejects.toThrow(
      'StompModule: the bus of the option cluster is not available: the hub is cut',
    );
  });
});

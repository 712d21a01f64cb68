import type { ClusterOptions } from '../../lib/interfaces/cluster-options.interface.js';
import type { Daemon } from '../utils/daemon.js';
import type { SocketServer } from '../utils/socket-server.js';
import { ClusterClient, eventually } from './cluster-client.js';
import { startServer } from './socket-cluster.js';

export interface DaemonBus {
  daemon(): Daemon;
  options(daemon: Daemon): ClusterOptions;
  /** Of a client that notices soon when nobody answers. */
  impatient: Record<string, unknown>;
  protectedDaemon(): Promise<Daemon>;
  wrongCredentials(daemon: Daemon): ClusterOptions;
}

/** What becomes of servers when what is between them stops, starts again, or does not want them. */
export function describeDaemonBus(name: string, bus: DaemonBus): void {
  describe(`Servers whose ${name} has faults`, () => {
    let servers: SocketServer[] = [];

    afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

    it('lose nothing that had a RECEIPT before it stops or after, and know each other’s users again when it is back', async () => {
      for (let i = 0; i < 2; i++)
        servers.push(await startServer({ ...bus.options(bus.daemon()), name: `server-${i}` }));
      const [sender, receiver] = [
        await ClusterClient.connect(servers[0]!.url, 'alice'),
        await ClusterClient.connect(servers[1]!.url, 'bob'),
      ];
      await receiver.subscribe('/topic/a');
      await sender.subscribe('/user/queue/errors');
      const acknowledged: string[] = [];
      let refused = 0;
      let [isOver, number] = [false, 0];
      const sending = (async () => {
        while (!isOver) {
          const body = `${number++}`;
          sender.transmit('/topic/a', body, `receipt:${body}\n`);
          const { command } = await sender.socket.next(
            ({ headers }) => headers.get('receipt-id') === body || headers.get('failed-receipt') === body,
          );
          if (command === 'RECEIPT') acknowledged.push(body);
          else refused++;
        }
      })();
      await eventually(async () => expect(acknowledged.length).toBeGreaterThan(100));
      const before = acknowledged.slice(0, -1);
      await bus.daemon().stop();
      await eventually(async () => expect(refused).toBeGreaterThan(10));
      // What it has confirmed in its last moment it may have taken with it.
      const uncertain = acknowledged.slice(before.length);
      await bus.daemon().start();
      const after = acknowledged.length;
      await eventually(async () => expect(acknowledged.length).toBeGreaterThan(after + 100));
      isOver = true;
      await sending;
      await sender.send('/topic/a', 'end');
      const received: string[] = [];
      for (let body = ''; body !== 'end'; received.push(body)) body = await receiver.socket.body();
      const got = new Set(received);
      expect(acknowledged.filter((body) => !got.has(body) && !uncertain.includes(body))).toEqual([]);
      const numbers = received.slice(0, -1).map(Number);
      expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
      expect(got.size).toBe(received.length);
      for (const client of [sender, receiver]) {
        await eventually(async () =>
          expect(Object.keys(await client.call('users')).toSorted()).toEqual(['alice', 'bob']),
        );
      }
      expect(servers.flatMap(({ errors }) => errors)).toEqual([]);
    }, 30_000);

    it('find out that it does not answer any more, though no connection is cut, and go on when it does', async () => {
      for (let i = 0; i < 3; i++) {
        const options = { ...bus.options(bus.daemon()), name: `server-${i}`, client: bus.impatient } as ClusterOptions;
        servers.push(await startServer(options));
      }
      const [sender, receiver] = await Promise.all(servers.map(({ url }) => ClusterClient.connect(url)));
      await eventually(async () => expect(await sender!.call('servers')).toEqual(['server-1', 'server-2']));
      await receiver!.subscribe('/topic/a');
      await sender!.subscribe('/user/queue/errors');
      await bus.daemon().pause();
      try {
        sender!.transmit('/topic/a', 'unheard', 'receipt:r\n');
        const { headers } = await sender!.socket.next(({ headers }) => headers.has('failed-receipt'));
        expect(headers.get('failed-receipt')).toBe('r');
        const began = performance.now();
        await servers.pop()!.stop();
        expect(performance.now() - began).toBeLessThan(5_000);
      } finally {
        bus.daemon().resume();
      }
      for (const { runtime } of servers) await eventually(async () => expect(runtime.cluster.isAvailable).toBe(true));
      await sender!.send('/topic/a', 'heard');
      await receiver!.socket.next(({ body }) => body.toString() === 'heard');
    }, 30_000);

    it('do not start with wrong credentials, and say so', async () => {
      const daemon = await bus.protectedDaemon();
      try {
        await expect(startServer(bus.wrongCredentials(daemon))).rejects.toThrow(
          /^StompModule: the bus of the option cluster is not available: .*(WRONGPASS|[Aa]uthorization|AUTH)/,
        );
      } finally {
        await daemon.stop();
      }
    });
  });
}

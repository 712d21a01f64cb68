import type { BrokerRelayOptions } from '../../../lib/interfaces/broker-relay-options.interface.js';
import { BrokerAvailabilityEvent } from '../../../lib/messaging/broker-availability.event.js';
import type { StompTestClient, StompTestClientOptions } from '../../../lib/testing/index.js';
import { FaultProxy } from '../../utils/fault-proxy.js';
import { startRuntime } from '../../utils/runtime.js';
import { StompTcpClient } from './support/stomp-tcp-client.js';
import { TlsFront } from './support/tls-front.js';

const MODES = ['shared', 'per-session'] as const;
/** What a server with four clients has to the broker: its own line, and those that are shared or one for each client. */
const LINES = { shared: 1 + 4, 'per-session': 1 + 4 };

/** A broker that the test runs itself. */
export interface FaultyBroker {
  readonly port: number;
  /** Ends it, and what it has stored. */
  stop(): Promise<void>;
  /** As an operator stops it. */
  halt(): Promise<void>;
  /** As a power failure does. */
  kill(): Promise<void>;
  /** Starts it again, with what it had stored. */
  restart(): Promise<void>;
  /** It stands still, and its connections stay. */
  freeze(): void;
  thaw(): void;
}

export interface FaultTraits {
  /** What it answers to a wrong passcode. */
  readonly refusal: RegExp;
  /** What it answers to a virtual host that there is not; undefined: it takes no notice of them. */
  readonly unknownHost?: RegExp;
  /** Settles when a new queue would outlive the broker's sudden death. */
  queuesStored?(): Promise<void>;
}

/** What becomes of messages and clients when the broker, or the way to it, is lost; whichever broker it is. */
export function describeFaults(name: string, start: () => Promise<FaultyBroker>, traits: FaultTraits): void {
  let broker: FaultyBroker;
  let proxy: FaultProxy;
  const running: { stop(): Promise<void> }[] = [];

  beforeAll(async () => {
    broker = await start();
  }, 120_000);

  afterAll(() => broker.stop());

  beforeEach(async () => {
    proxy = await FaultProxy.start(broker.port);
  });

  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop();
    await proxy.stop();
  });

  /** A server whose lines to the broker go through the proxy. */
  async function serve(options: Partial<BrokerRelayOptions> = {}) {
    const server = startRuntime({
      broker: { kind: 'relay', port: proxy.port, reconnectDelay: 100, reconnectDelayLimit: 500, ...options },
    });
    const { runtime } = server;
    running.push({ stop: () => runtime.stop() });
    const availability: boolean[] = [];
    let tell = (): void => {};
    runtime.events.subscribe((event) => {
      if (!(event instanceof BrokerAvailabilityEvent)) return;
      availability.push(event.isBrokerAvailable);
      tell();
    });
    await runtime.start();
    return {
      ...server,
      availability,
      /** Settles when the broker is there, or is not. */
      available: async (isAvailable: boolean): Promise<void> => {
        while (runtime.stats.snapshot().broker.isAvailable !== isAvailable) {
          await new Promise<void>((resolve) => (tell = resolve));
        }
      },
    };
  }

  /** Everything of a queue in the order in which the broker gives it, taken by an application of the broker's. */
  async function contents(queue: string): Promise<string[]> {
    const client = await StompTcpClient.connect(broker.port);
    try {
      return await client.drain(queue);
    } finally {
      client.close();
    }
  }

  describe.each(MODES)(`A relay to ${name} (%s)`, (connections) => {
    it('loses no message with a RECEIPT though its lines are cut ten times under load', async () => {
      const server = await serve({ connections });
      const queue = `/queue/cut-${connections}`;
      const senders = ['alice', 'bob', 'carol', 'dave'].map((name) => new Sender(server, name, queue));
      for (let i = 0; i < 10; i++) {
        await allGoOn(senders, 3);
        proxy.cut();
      }
      await allGoOn(senders, 3);
      for (const sender of senders) await sender.stop();
      expectNothingLost(senders, await contents(queue));
    });

    it.each(['stopped', 'killed'])(
      'loses no message with a RECEIPT though the broker is %s and started again under load',
      async (how) => {
        const server = await serve({ connections });
        const queue = `/queue/${how}-${connections}`;
        // The messages are safe at once if the queue is.
        await server.runtime.template.convertAndSend(queue, 'first');
        if (how === 'killed') await traits.queuesStored?.();
        const senders = ['alice', 'bob', 'carol', 'dave'].map((name) => new Sender(server, name, queue));
        await allGoOn(senders, 10);
        await (how === 'stopped' ? broker.halt() : broker.kill());
        await server.available(false);
        await broker.restart();
        const accepted = proxy.accepted;
        await server.available(true);
        await allGoOn(senders, 1);
        for (const sender of senders) await sender.stop();
        // Each line comes back by its next attempt; how long it waits for that, the spec of the delay says.
        expect(proxy.accepted - accepted).toBeLessThanOrEqual(LINES[connections]);
        expectNothingLost(senders, await contents(queue));
      },
      60_000,
    );

    it('rejects what the application sends while there is no broker, and says that there is none', async () => {
      const server = await serve({ connections });
      proxy.refuse();
      await server.available(false);
      const { template } = server.runtime;
      const sent = async () => template.convertAndSend('/topic/a', 'lost');
      await expect(sent()).rejects.toThrow('not available');
      proxy.heal();
      await server.available(true);
      await template.convertAndSend('/topic/a', 'not lost');
      expect(server.availability).toEqual([true, false, true]);
    });

    it('finds by heart-beats that nothing comes through any more', async () => {
      // RabbitMQ counts in whole seconds. What is not answered would be noticed too late.
      const server = await serve({ connections, systemHeartbeat: [1_000, 1_000], receiptTimeout: 600_000 });
      proxy.swallow();
      const sent = server.runtime.template.convertAndSend('/topic/a', 'x');
      const rejected = expect(sent).rejects.toThrow('heart-beat');
      await server.available(false);
      await rejected;
      proxy.heal();
      await server.available(true);
    });

    it('loses no message with a RECEIPT though the broker stands still for a while', async () => {
      const server = await serve({ connections, systemHeartbeat: [1_000, 1_000] });
      const queue = `/queue/frozen-${connections}`;
      const senders = ['alice', 'bob'].map((sender) => new Sender(server, sender, queue));
      await allGoOn(senders, 10);
      broker.freeze();
      try {
        const rejected = expect(server.runtime.template.convertAndSend(queue, 'x')).rejects.toThrow('heart-beat');
        await server.available(false);
        await rejected;
      } finally {
        broker.thaw();
      }
      await server.available(true);
      await allGoOn(senders, 1);
      for (const sender of senders) await sender.stop();
      expectNothingLost(senders, await contents(queue));
    }, 30_000);

    it('makes clients wait for a broker that reads slowly, and keeps little for it', async () => {
      const limit = 65_536;
      const server = await serve({ connections, sendBufferSizeLimit: limit });
      proxy.slow(200_000);
      await server.available(false);
      await server.available(true);
      const client = await server.connect();
      const body = 'x'.repeat(8_192);
      for (let i = 0; i < 500; i++) client.transmit('SEND', { destination: '/topic/slow' }, body);
      const stats = () => server.runtime.stats.snapshot().broker.relay!;
      let most = 0;
      const before = proxy.forwarded;
      await until(() => {
        most = Math.max(most, stats().bufferedBytes);
        return proxy.forwarded - before > limit;
      });
      expect(most).toBeGreaterThan(limit / 2);
      expect(most).toBeLessThan(2 * limit);
      client.drop();
      proxy.cut();
    });

    it('goes to another broker when the first cannot be had', async () => {
      const dead = await FaultProxy.start(broker.port);
      dead.refuse();
      const server = await serve({
        connections,
        port: undefined,
        addresses: [
          { host: '127.0.0.1', port: dead.port },
          { host: '127.0.0.1', port: proxy.port },
        ],
      });
      await server.runtime.template.convertAndSend('/topic/a', 'x');
      expect(server.runtime.stats.snapshot().broker.relay!.broker).toBe(`127.0.0.1:${proxy.port}`);
      await dead.stop();
    });

    it('goes over TLS, to a broker whose certificate it knows and to no other', async () => {
      const front = await TlsFront.start(broker.port);
      running.push(front);
      const tls = { ca: front.certificate };
      const server = await serve({ connections, host: 'localhost', port: front.port, tls });
      await server.runtime.template.convertAndSend('/topic/a', 'x');
      const stranger = startRuntime({
        broker: { kind: 'relay', connections, host: 'localhost', port: front.port, tls: true, requiredAtStart: true },
      });
      await expect(stranger.runtime.start()).rejects.toThrow('SELF_SIGNED');
    });

    it.each([
      ['systemPasscode', traits.refusal] as const,
      ...(traits.unknownHost ? [['virtualHost', traits.unknownHost] as const] : []),
    ])('does not start with a wrong %s, and says why', async (option, why) => {
      const server = startRuntime({ broker: { kind: 'relay', port: broker.port, connections, [option]: 'nowhere' } });
      await expect(server.runtime.start()).rejects.toThrow(why);
    });

    it('starts without a broker, and has it as soon as it is there', async () => {
      proxy.refuse();
      const server = await serve({ connections });
      expect(server.availability).toEqual([]);
      proxy.heal();
      await server.available(true);
      await server.runtime.template.convertAndSend('/topic/a', 'x');
    });

    it('does not start without a broker that is required', async () => {
      proxy.refuse();
      const server = startRuntime({ broker: { kind: 'relay', port: proxy.port, connections, requiredAtStart: true } });
      await expect(server.runtime.start()).rejects.toThrow(`The broker at 127.0.0.1:${proxy.port} cannot be reached`);
    });
  });

  describe(`A relay to ${name} with shared connections`, () => {
    it('keeps its clients when the line is cut, tells them what failed, and subscribes them again', async () => {
      const server = await serve();
      const client = await server.connect({ user: 'alice' });
      await client.subscribe('/user/queue/errors');
      await client.subscribe('/topic/a');
      await client.subscribe('/topic/p.*');
      proxy.refuse();
      await server.available(false);
      await expect(client.send('/topic/a', 'lost')).rejects.toThrow('The broker is not available.');
      client.transmit('SEND', { destination: '/topic/a', 'correlation-id': '7' }, 'lost too');
      const error = await client.next('MESSAGE');
      expect(error.headers.get('destination')).toBe('/user/queue/errors');
      expect(error.headers.get('correlation-id')).toBe('7');
      await expect(client.subscribe('/topic/b')).rejects.toThrow('The broker is not available.');
      proxy.heal();
      await server.available(true);
      await server.runtime.template.convertAndSend('/topic/a', 'after');
      expect(await client.nextBody('/topic/a')).toBe('after');
      await server.runtime.template.convertAndSend('/topic/p.q', 'after');
      expect(await client.nextBody('/topic/p.q')).toBe('after');
      expect(client.take('MESSAGE')).toEqual([]);
      await client.subscribe('/topic/b');
    });

    it('closes nobody who sends without a RECEIPT while there is no broker', async () => {
      const server = await serve();
      const client = await server.connect();
      proxy.refuse();
      await server.available(false);
      client.transmit('SEND', { destination: '/topic/a' }, 'lost');
      await client.settled();
      await expect(client.send('/topic/a', 'lost')).rejects.toThrow('STOMP_ERR_BROKER_UNAVAILABLE');
    });

    it('gives a consumer again what it has not acknowledged before the line was cut, and takes no ACK of the first delivery amiss', async () => {
      const server = await serve();
      const client = await server.connect();
      await client.subscribe('/queue/again', { ack: 'client-individual', 'prefetch-count': '2' });
      for (const body of ['1', '2', '3']) await client.send('/queue/again', body);
      const [first, second] = [await client.next('MESSAGE'), await client.next('MESSAGE')];
      proxy.cut();
      const again = [await client.next('MESSAGE'), await client.next('MESSAGE')];
      expect(again.map(({ body }) => body.toString())).toEqual(['1', '2']);
      for (const frame of [first, second]) await client.ack(frame);
      for (const frame of again) await client.ack(frame);
      const third = await client.next('MESSAGE');
      expect(third.body.toString()).toBe('3');
      await client.ack(third);
      await client.disconnect();
      expect(await contents('/queue/again')).toEqual([]);
    });
  });

  describe(`A relay to ${name} with a connection for each session`, () => {
    it('ends the sessions whose connection is lost, with an ERROR', async () => {
      const server = await serve({ connections: 'per-session' });
      const client = await server.connect();
      proxy.cut();
      const error = await client.next('ERROR');
      expect(error.headers.get('code')).toBe('STOMP_ERR_BROKER_UNAVAILABLE');
      expect(await client.closed).toMatchObject({ code: 1002 });
    });

    it('refuses CONNECT while there is no broker', async () => {
      const server = await serve({ connections: 'per-session' });
      proxy.refuse();
      await server.available(false);
      await expect(server.connect()).rejects.toThrow('STOMP_ERR_BROKER_UNAVAILABLE');
    });

    it('keeps them if it is told to, and connects and subscribes them again', async () => {
      const server = await serve({ connections: 'per-session', onConnectionLoss: 'reattach' });
      const client = await server.connect();
      await client.subscribe('/topic/r');
      proxy.cut();
      await server.available(false);
      await server.available(true);
      const stats = () => server.runtime.stats.snapshot().broker.relay!;
      await until(() => stats().connections === 2);
      await client.send('/topic/r', 'after');
      expect(await client.nextBody('/topic/r')).toBe('after');
    });

    it('leaves no connection behind of a client that goes before it is connected', async () => {
      const server = await serve({ connections: 'per-session' });
      const client = server.open();
      client.transmit('CONNECT', { 'accept-version': '1.2', host: 'x' });
      client.drop();
      const stats = () => server.runtime.stats.snapshot().broker.relay!;
      await until(() => stats().connections === 2);
      await until(() => stats().connections === 1);
    });
  });
}

/** One that sends numbers with RECEIPTs, one after another, and comes again when it is sent away. @returns what was confirmed */
class Sender {
  readonly confirmed: string[] = [];
  failures = 0;
  #isOver = false;
  #tell = (): void => {};
  readonly #done: Promise<void>;

  constructor(
    private readonly server: { connect(options: StompTestClientOptions): Promise<StompTestClient> },
    private readonly name: string,
    private readonly destination: string,
  ) {
    this.#done = this.#run();
  }

  /** Settles when so many more have been confirmed. */
  async goesOn(count: number): Promise<void> {
    const wanted = this.confirmed.length + count;
    while (this.confirmed.length < wanted) await new Promise<void>((resolve) => (this.#tell = resolve));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #run(): Promise<void> {
    for (let number = 0, client: StompTestClient | undefined; !this.#isOver; number++) {
      const body = `${this.name} ${number}`;
      try {
        client ??= await this.#connect();
        await client.send(this.destination, body);
        this.confirmed.push(body);
        this.#tell();
      } catch {
        this.failures++;
        client = client?.frames.some(({ command }) => command === 'ERROR') || !client ? undefined : client;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      if (client) client = await this.#stillThere(client);
    }
  }

  async #connect(): Promise<StompTestClient> {
    const client = await this.server.connect({ user: this.name });
    await client.subscribe('/user/queue/errors');
    return client;
  }

  async #stillThere(client: StompTestClient): Promise<StompTestClient | undefined> {
    try {
      await client.settled();
      return client;
    } catch {
      return undefined;
    }
  }
}

/** What each sender was told is confirmed is there, and first came in the order of sending. */
function expectNothingLost(senders: readonly Sender[], got: readonly string[]): void {
  const first = [...new Set(got)];
  for (const { confirmed } of senders) {
    const wanted = new Set(confirmed);
    expect(first.filter((body) => wanted.has(body))).toEqual(confirmed);
  }
}

/** Settles when the condition holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const allGoOn = (senders: readonly Sender[], count: number): Promise<unknown> =>
  Promise.all(senders.map((sender) => sender.goesOn(count)));

import type { BrokerRelayOptions } from '../../../lib/interfaces/broker-relay-options.interface.js';
import type { TransportOptions } from '../../../lib/interfaces/transport-options.interface.js';
import { FaultProxy } from '../../utils/fault-proxy.js';
import { startRuntime } from '../../utils/runtime.js';
import { StompTcpClient } from './support/stomp-tcp-client.js';
import { describeRelay } from './relay-rows.js';
import { describeBroker } from '../broker-contract.js';
import { RabbitMq } from './support/rabbit-mq.js';
import { PER_SESSION_EXCEPTIONS, SHARED_EXCEPTIONS } from './support/relay-exceptions.js';
import { startRelay } from './support/relay-under-test.js';

let rabbitMq: RabbitMq;

beforeAll(async () => {
  rabbitMq = await RabbitMq.start();
}, 120_000);

afterAll(() => rabbitMq.stop());

const TRAITS = { countsDeliveries: false };

describe('A relay to RabbitMQ', () => {
  describeBroker(
    'shared',
    (broker, more) => startRelay(rabbitMq.port, 'shared', broker, more),
    SHARED_EXCEPTIONS,
    TRAITS,
  );
});

describe('A relay to RabbitMQ', () => {
  describeBroker(
    'per session',
    (broker, more) => startRelay(rabbitMq.port, 'per-session', broker, more),
    {
      ...PER_SESSION_EXCEPTIONS,
      'ACK and NACK on topics: with ack:client-individual each is for one message': 'what is rejected comes again',
      'ACK and NACK on topics: of what was rejected brings it not again': 'what is rejected comes again',
    },
    TRAITS,
  );
});

describe.each(['shared', 'per-session'] as const)('A relay to RabbitMQ, %s:', (connections) => {
  describeRelay(() => rabbitMq.port, connections, '/exchange/amq.direct/stomp-cluster.x');
});

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const running: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

async function serve(
  connections: 'shared' | 'per-session',
  options: Partial<BrokerRelayOptions> = {},
  transport: TransportOptions = {},
) {
  const server = startRuntime({ broker: { kind: 'relay', port: rabbitMq.port, connections, ...options }, transport });
  await server.runtime.start();
  running.push({ stop: () => server.runtime.stop() });
  return { ...server, relay: () => server.runtime.stats.snapshot().broker.relay! };
}

describe('A relay to RabbitMQ with a connection for each session', () => {
  it('lets no client read a queue, or delete it, by the headers of a topic', async () => {
    const server = await serve('per-session');
    const [owner, thief] = [await server.connect(), await server.connect()];
    await owner.send('/queue/orders', 'secret');
    const stolen = { 'x-queue-name': 'orders', durable: 'true', 'auto-delete': 'false', exclusive: 'false' };
    const id = await thief.subscribe('/topic/harmless', stolen);
    await owner.send('/topic/harmless', 'harmless');
    expect((await thief.nextMessage()).body.toString()).toBe('harmless');
    await thief.receipt('UNSUBSCRIBE', { id, ...stolen });
    await owner.subscribe('/queue/orders');
    expect(await owner.nextBody('/queue/orders')).toBe('secret');
  });

  it.each(['a@@b', '/temp-queue/mine', 'T_1', 'x'.repeat(300), 'plain'])(
    'lets a client choose the id %s',
    async (id) => {
      const server = await serve('per-session');
      const client = await server.connect();
      await client.receipt('SUBSCRIBE', { id, destination: '/queue/ids', ack: 'client-individual' });
      for (const body of ['1', '2']) {
        await client.send('/queue/ids', body);
        const frame = await client.nextMessage();
        expect([frame.headers.get('subscription'), frame.body.toString()]).toEqual([id, body]);
        await client.ack(frame);
      }
      await client.receipt('UNSUBSCRIBE', { id });
      await client.disconnect();
      expect(await drained('/queue/ids')).toEqual([]);
    },
  );

  it('lets no client declare a queue that is for others too', async () => {
    const server = await serve('per-session');
    const [evil, good] = [await server.connect(), await server.connect()];
    const orders = { 'x-message-ttl': '1', exclusive: 'true', 'x-max-length': '1', durable: 'false' };
    const id = await evil.subscribe('/queue/declared', orders);
    await evil.unsubscribe(id);
    await evil.send('/queue/declared too', '1', { 'x-message-ttl': '1', 'auto-delete': 'true' });
    for (const queue of ['/queue/declared', '/queue/declared too']) await good.send(queue, '2');
    evil.drop();
    expect(await drained('/queue/declared')).toEqual(['2']);
    expect(await drained('/queue/declared%20too')).toEqual(['1', '2']);
  });
});

async function drained(queue: string): Promise<string[]> {
  const client = await StompTcpClient.connect(rabbitMq.port);
  try {
    return await client.drain(queue);
  } finally {
    client.close();
  }
}

describe.each(['shared', 'per-session'] as const)('A relay to RabbitMQ, %s,', (connections) => {
  it('answers with an error what a queue refuses, and goes on', async () => {
    const policy = '{"max-length":1,"overflow":"reject-publish"}';
    await rabbitMq.control('set_policy', 'full', '^full$', policy, '--apply-to', 'queues');
    const server = await serve(connections, { reconnectDelay: 10 });
    const client = await server.connect();
    await client.send('/queue/full', '1');
    await expect(client.send('/queue/full', '2')).rejects.toThrow('STOMP_ERR_BROKER_UNAVAILABLE');
    // RabbitMQ 3 ends the connection by which it came.
    while (connections === 'shared' && server.relay().reconnects < 1) await wait(10);
    const other = await server.connect();
    await other.send('/queue/other', '3');
    expect(await drained('/queue/other')).toEqual(['3']);
    await rabbitMq.control('clear_policy', 'full');
    expect(await drained('/queue/full')).toEqual(['1']);
  });

  it('refuses what gets no RECEIPT while the broker is short of memory, keeps little of it, and goes on when it is not', async () => {
    const sendBufferSizeLimit = 65_536;
    const options = { receiptTimeout: 200, sendBufferSizeLimit };
    const server = await serve(connections, options, { messageSizeLimit: 2_097_152, sendBufferSizeLimit: 2 ** 26 });
    const listener = await server.connect();
    await listener.subscribe('/topic/alarm');
    const clients = await Promise.all(Array.from({ length: 8 }, () => server.connect()));
    for (const client of clients) await client.subscribe('/user/queue/errors');
    await rabbitMq.control('set_vm_memory_high_watermark', 'absolute', '1MB');
    const confirmed: string[] = [];
    // More than the buffers of TCP hold. Of each connection the broker takes one message before it stops reading.
    const padding = 'x'.repeat(1_048_576);
    for (let round = 0; round < 10; round++) {
      const sent = clients.map(async (client, index) => {
        const name = `${round}-${index} `;
        const failed = await client
          .send('/topic/alarm', name + padding)
          .catch((error: unknown) => (error as Error).message);
        if (typeof failed !== 'string') confirmed.push(name);
        else expect(failed).toMatch(/not confirmed it within 200 ms|not read the 65536 bytes/);
      });
      await Promise.all(sent);
      const { bufferedBytes, connections: count } = server.relay();
      expect(bufferedBytes).toBeLessThan(count * (sendBufferSizeLimit + 2 * padding.length));
    }
    expect(confirmed.length).toBeLessThanOrEqual(clients.length);
    await rabbitMq.control('set_vm_memory_high_watermark', '0.4');
    const seen: string[] = [];
    while (!seen.includes('after')) {
      const sent = clients[0]!.send('/topic/alarm', 'after').catch(() => undefined);
      seen.push(String(await listener.nextBody('/topic/alarm')).replace(padding, ''));
      await sent;
    }
    // What was refused may have come all the same.
    expect(seen).toEqual(expect.arrayContaining(confirmed));
    expect(server.relay().reconnects).toBe(0);
  });
});

describe('A relay to RabbitMQ with shared connections', () => {
  it('refuses a transaction of which RabbitMQ 4 would carry out only the beginning', async () => {
    const server = await serve('shared', {}, { transactionFrameLimit: 2_000 });
    const client = await server.connect();
    await client.subscribe('/topic/long');
    client.transmit('BEGIN', { transaction: 't' });
    for (let i = 0; i < 1_025; i++) client.transmit('SEND', { destination: '/topic/long', transaction: 't' }, 'x');
    await expect(client.receipt('COMMIT', { transaction: 't' })).rejects.toThrow('STOMP_ERR_TRANSACTION');
    expect(client.take('MESSAGE')).toEqual([]);
    expect(server.relay().reconnects).toBe(0);
  });

  it('loses its line to nobody whose topic’s queue is deleted while the last subscriber goes', async () => {
    const proxy = await FaultProxy.start(rabbitMq.port);
    running.push(proxy);
    const server = await serve('shared', { port: proxy.port });
    const [restless, quiet] = [await server.connect(), await server.connect()];
    const id = await restless.subscribe('/topic/deleted');
    await quiet.subscribe('/topic/quiet');
    const queue = await queueOf('deleted');
    proxy.hold();
    await rabbitMq.control('delete_queue', queue);
    await restless.unsubscribe(id);
    proxy.release();
    await server.runtime.template.convertAndSend('/topic/quiet', 'x');
    expect(await quiet.nextBody('/topic/quiet')).toBe('x');
    expect(server.relay().reconnects).toBe(0);
  });

  it('leaves no subscription behind that the broker has confirmed too late', async () => {
    const proxy = await FaultProxy.start(rabbitMq.port);
    running.push(proxy);
    const server = await serve('shared', { port: proxy.port, receiptTimeout: 1_000 });
    const client = await server.connect();
    await client.subscribe('/user/queue/errors');
    proxy.hold();
    await expect(client.subscribe('/topic/late')).rejects.toThrow('not confirmed');
    proxy.release();
    await server.runtime.template.convertAndSend('/topic/other', 'x');
    expect(await queueOf('late')).toBe('');
    expect(server.relay()).toMatchObject({ reconnects: 0, subscriptions: 0 });
    await client.subscribe('/topic/late');
    await client.send('/topic/late', 'x');
    expect(await client.nextBody('/topic/late')).toBe('x');
  });
});

/** By which the broker keeps a topic for its subscriber. */
async function queueOf(routingKey: string): Promise<string> {
  const bindings = await rabbitMq.control('list_bindings', 'routing_key', 'destination_name');
  return (
    bindings
      .split('\n')
      .map((line) => line.split('\t'))
      .find(([key]) => key === routingKey)?.[1] ?? ''
  );
}

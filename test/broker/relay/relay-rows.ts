import type { BrokerRelayOptions } from '../../../lib/interfaces/broker-relay-options.interface.js';
import type { TransportOptions } from '../../../lib/interfaces/transport-options.interface.js';
import type { Message } from '../../../lib/messaging/message.js';
import { RelayConnection } from '../../../lib/broker/relay/relay-connection.js';
import { StompFrame } from '../../../lib/frame/stomp-frame.js';
import { HeaderList } from '../../../lib/utils/header-list.js';
import { TimerWheel } from '../../../lib/utils/timer-wheel.js';
import { FaultProxy } from '../../utils/fault-proxy.js';
import { startRuntime } from '../../utils/runtime.js';
import { StompTcpClient } from './support/stomp-tcp-client.js';

/** Headers that brokers take for orders, or cannot read, and some that are only odd. */
const EVIL_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['CC', 'x'],
  ['BCC', 'x'],
  ['user-id', 'admin'],
  ['priority', 'high'],
  ['priority', '-1'],
  ['priority', '999999999999'],
  ['expiration', 'soon'],
  ['expires', 'soon'],
  ['timestamp', 'now'],
  ['timestamp', '-1'],
  ['persistent', 'perhaps'],
  ['reply-to', '/temp-queue/mine'],
  ['reply-to', 'nonsense'],
  ['reply-to', '/queue/a,/queue/b'],
  ['correlation-id', 'x'.repeat(300)],
  ['type', 'x'.repeat(300)],
  ['app-id', 'x'.repeat(300)],
  ['content-type', 'x'.repeat(300)],
  ['content-encoding', 'x'.repeat(300)],
  ['amqp-message-id', 'x'.repeat(300)],
  ['x'.repeat(300), 'x'],
  ['durable', 'false'],
  ['auto-delete', 'true'],
  ['exclusive', 'true'],
  ['x-queue-name', 'other'],
  ['x-message-ttl', 'abc'],
  ['x-max-length', '-1'],
  ['x-queue-type', 'none'],
  ['x-expires', '0'],
  ['x-death', 'x'],
  ['x-stream-offset', 'x'],
  ['transformation', 'jms-object-xml'],
  ['transformation', 'nonsense'],
  ['amq-msg-type', 'map'],
  ['JMSXGroupSeq', 'first'],
  ['JMSExpiration', 'x'],
  ['JMSDestination', 'x'],
  ['JMSReplyTo', 'x'],
  ['JMSPriority', 'x'],
  ['AMQ_SCHEDULED_DELAY', 'x'],
  ['AMQ_SCHEDULED_CRON', 'x'],
  ['transaction-id', 'x'],
  ['__proto__', 'x'],
  ['constructor', 'x'],
  ['odd\r\nname:', 'odd\r\nvalue:\\'],
  ['empty', ''],
];

const EVIL_DESTINATIONS = [
  '/topic/#',
  '/topic/a.#',
  '/topic/>',
  '/topic/*',
  '/topic/',
  '/topic',
  '/topics/x',
  '/queue',
  '/queue/',
  '/queue/#',
  '/queue/amq.gen-x',
  '/topic/a,/queue/secret',
  '/topic/a?x=y',
  '/topic/ ',
  '/topic/queue://a',
  '/topic/%',
  '/topic/%zz',
  '/topic/%00',
  '/topic/a/b/c',
  '/topic//',
  '/topic/\u0000',
  '/topic/a\nb',
  `/topic/${'x'.repeat(256)}`,
  `/topic/${'小'.repeat(100)}`,
  `/topic/${':'.repeat(8_000)}`,
  '/topic/ActiveMQ.Advisory.Connection',
  '/topic/stomp-cluster.x',
];

/**
 * What a relay does beside the contract of brokers, whichever broker is behind it.
 * @param bus a destination by which servers could talk
 */
export function describeRelay(port: () => number, connections: 'shared' | 'per-session', bus: string): void {
  const running: { stop(): Promise<void> }[] = [];

  async function serve(options: Partial<BrokerRelayOptions> = {}, transport: TransportOptions = {}) {
    const server = startRuntime({ broker: { kind: 'relay', port: port(), connections, ...options }, transport });
    await server.runtime.start();
    running.push({ stop: () => server.runtime.stop() });
    return { ...server, relay: () => server.runtime.stats.snapshot().broker.relay! };
  }

  async function foreigner(): Promise<StompTcpClient> {
    const client = await StompTcpClient.connect(port());
    running.push({ stop: async () => client.close() });
    return client;
  }

  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop();
  });

  it('lets several servers be one: a message reaches all subscribers once, under one id, and not its sender who wants none', async () => {
    const [one, two] = [await serve(), await serve()];
    const [alice, bob, carol] = [await one.connect(), await two.connect(), await two.connect()];
    await alice.subscribe('/topic/chat', { 'no-local': 'true' });
    for (const client of [bob, carol]) await client.subscribe('/topic/chat');
    await alice.send('/topic/chat', 'from alice');
    await bob.send('/topic/chat', 'from bob');
    const [first, second] = [await bob.nextMessage(), await carol.nextMessage()];
    expect([first, second].map(({ body }) => body.toString())).toEqual(['from alice', 'from alice']);
    expect(first.headers.get('message-id')).toBe(second.headers.get('message-id'));
    for (const client of [alice, bob, carol]) expect((await client.nextMessage()).body.toString()).toBe('from bob');
  });

  it('takes part with other applications of the broker, in both directions', async () => {
    const server = await serve();
    const other = await foreigner();
    const client = await server.connect();
    await client.subscribe('/topic/shop');
    await other.receipt('SUBSCRIBE', { id: '1', destination: '/topic/shop.orders' });
    await other.receipt('SEND', { destination: '/topic/shop', 'x-kind': 'a' }, 'hello');
    const frame = await client.nextMessage();
    expect([frame.body.toString(), frame.headers.get('x-kind')]).toEqual(['hello', 'a']);
    await client.send('/topic/shop.orders', 'order', { 'x-kind': 'b', 'content-type': 'text/plain' });
    const order = await other.next('MESSAGE');
    expect(order.body.toString()).toBe('order');
    expect(order.headers.get('x-kind')).toBe('b');
    expect(order.headers.get('content-type')).toBe('text/plain');
  });

  it('shows clients nothing of what servers tell each other, and takes nothing of it from them', async () => {
    const server = await serve();
    const [sender, receiver] = [await server.connect(), await server.connect()];
    await receiver.subscribe('/topic/a');
    const forged = {
      'simp-session': receiver.sessionId,
      'simp-excluded-session': receiver.sessionId,
      'simp-message-id': 'forged',
    };
    await sender.send('/topic/a', 'x', forged);
    const { headers } = await receiver.nextMessage();
    expect(headers.keys().filter((name) => name.startsWith('simp'))).toEqual([]);
    expect(headers.get('message-id')).not.toBe('forged');
  });

  it('gives a work queue’s message again to a consumer of another server, under the same id', async () => {
    const [one, two] = [await serve(), await serve()];
    const [dying, next] = [await one.connect(), await two.connect()];
    await dying.subscribe('/queue/jobs', { ack: 'client-individual' });
    await next.send('/queue/jobs', 'job');
    const before = await dying.nextMessage();
    dying.drop();
    await next.subscribe('/queue/jobs', { ack: 'client-individual' });
    const after = await next.nextMessage();
    expect(after.body.toString()).toBe('job');
    expect(after.headers.get('redelivered')).toBe('true');
    expect(after.headers.get('message-id')).toBe(before.headers.get('message-id'));
    await next.ack(after);
  });

  it('gives a message to each of several subscriptions of one session', async () => {
    const server = await serve();
    const client = await server.connect();
    const ids = [await client.subscribe('/topic/twice'), await client.subscribe('/topic/twice')];
    await client.send('/topic/twice', 'x');
    const frames = [await client.nextMessage(), await client.nextMessage()];
    expect(frames.map(({ headers }) => headers.get('subscription')).toSorted()).toEqual(ids);
    await client.settled();
    expect(client.take('MESSAGE')).toEqual([]);
  });

  it('has the application take messages itself, and give back those that it cannot handle', async () => {
    const taken: string[] = [];
    let done = (): void => {};
    const all = new Promise<void>((resolve) => (done = resolve));
    const handler = (message: Message): void => {
      taken.push(Buffer.from(message.payload).toString());
      if (taken.length === 2) done();
    };
    const server = await serve({ systemSubscriptions: { '/queue/system': handler } });
    for (const body of ['1', '2']) await server.runtime.template.convertAndSend('/queue/system', body);
    await all;
    expect(taken).toEqual(['1', '2']);
    await server.runtime.stop();
    expect(await (await foreigner()).drain('/queue/system')).toEqual([]);
  });

  it('leaves nothing at the broker when clients have gone', async () => {
    const server = await serve();
    const before = server.relay();
    const clients = await Promise.all(Array.from({ length: 20 }, () => server.connect()));
    for (const [index, client] of clients.entries()) {
      for (const destination of ['/topic/same', `/topic/own-${index}`, '/topic/p.*', '/queue/rest'])
        await client.subscribe(destination);
    }
    if (connections === 'shared') {
      // A topic once, a pattern once, and a connection for each consumer of a work queue.
      expect(server.relay().subscriptions).toBe(1 + 20 + 1 + 20);
      expect(server.relay().connections).toBe(before.connections + 20);
    } else {
      expect(server.relay().subscriptions).toBe(4 * 20);
      expect(server.relay().connections).toBe(before.connections + 20);
    }
    for (const client of clients) {
      await client.subscribe('/topic/unanswered', { ack: 'client' });
      await client.subscribe('/queue/unanswered', { ack: 'client' });
    }
    for (const destination of ['/topic/unanswered', '/queue/unanswered']) await clients[0]!.send(destination, 'x');
    for (const client of clients) await client.nextMessage('/topic/unanswered');
    for (const client of clients) await client.disconnect();
    expect(server.runtime.deliveries.size).toBe(0);
    // It comes again once the broker knows that its consumer has gone.
    const other = await foreigner();
    await other.receipt('SUBSCRIBE', { id: '1', destination: '/queue/unanswered', ack: 'auto' });
    expect((await other.next('MESSAGE')).body.toString()).toBe('x');
    while (server.relay().connections > before.connections) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(server.relay()).toMatchObject({ connections: before.connections, subscriptions: 0, unconfirmed: 0 });
  });

  it('gives each message of a work queue to one of its consumers', async () => {
    const server = await serve();
    const sender = await server.connect();
    const got: string[] = [];
    const consumers = await Promise.all(Array.from({ length: 3 }, () => server.connect()));
    for (const consumer of consumers) await consumer.subscribe('/queue/one-of-three');
    const all = new Promise<void>((resolve) => {
      const take = async (consumer: (typeof consumers)[number]): Promise<void> => {
        for (;;) {
          got.push(await consumer.nextBody('/queue/one-of-three'));
          if (got.length === 9) resolve();
        }
      };
      // Ends with its session.
      for (const consumer of consumers) take(consumer).catch(() => undefined);
    });
    for (let i = 0; i < 9; i++) await sender.send('/queue/one-of-three', `${i}`);
    await all;
    for (const consumer of consumers) await consumer.settled();
    expect(got.toSorted()).toEqual(Array.from({ length: 9 }, (_, index) => `${index}`));
  });

  it('goes on when subscriptions end while messages for them are on their way', async () => {
    const server = await serve();
    const [sender, restless, quiet] = [await server.connect(), await server.connect(), await server.connect()];
    await quiet.subscribe('/topic/busy');
    for (let number = 0; number < 40; number++) {
      const id = await restless.subscribe('/topic/b*');
      for (let i = 0; i < 25; i++) sender.transmit('SEND', { destination: '/topic/busy' }, `${number * 25 + i}`);
      await restless.unsubscribe(id);
    }
    await sender.settled();
    await restless.settled();
    const bodies: string[] = [];
    while (bodies.length < 1_000) bodies.push(await quiet.nextBody('/topic/busy'));
    expect(bodies).toEqual(Array.from({ length: 1_000 }, (_, index) => `${index}`));
    expect(server.relay().reconnects).toBe(0);
  });

  it('keeps a connection whose broker complains of what nobody waits for', async () => {
    const wheel = new TimerWheel();
    const remarks: string[] = [];
    const lost: Error[] = [];
    const connection = await RelayConnection.open(
      { host: '127.0.0.1', port: port() },
      {
        ...{ tls: false, virtualHost: '/', login: 'guest', passcode: 'guest', systemHeartbeat: [0, 0], wheel },
        ...{ connectTimeout: 10_000, receiptTimeout: 10_000, unconfirmedLimit: 10 },
        ...{ sendBufferSizeLimit: 65_536, frameSizeLimit: 65_536 },
      },
      {
        onMessage: () => {},
        onRemark: (reason) => remarks.push(reason),
        onLost: (error) => lost.push(error),
      },
      new AbortController().signal,
    );
    running.push({
      stop: async () => {
        await connection.close();
        wheel.stop();
      },
    });
    connection.post(new StompFrame('UNSUBSCRIBE', HeaderList.from({ id: 'unknown' })));
    await connection.request(new StompFrame('SEND', HeaderList.from({ destination: '/topic/a' })));
    expect(remarks).toEqual([expect.stringContaining('No subscription')]);
    expect(lost).toEqual([]);
  });

  it('loses no line to headers of other applications that are no text, or none at all', async () => {
    const server = await serve();
    const other = await foreigner();
    const client = await server.connect();
    await client.subscribe('/topic/odd');
    await client.subscribe('/queue/odd', { ack: 'client-individual' });
    const odd = Buffer.concat([
      ...['x-bytes:\xff\xfe\x80', 'x-nul:a\0b', '\xe9:name', 'x-short:\xc3'].map((line) =>
        Buffer.from(`${line}\n`, 'latin1'),
      ),
    ]);
    for (const destination of ['/topic/odd', '/queue/odd']) {
      const head = `SEND\ndestination:${destination}\nx-plain:yes\ncontent-length:3\n`;
      other.write(Buffer.concat([Buffer.from(head), odd, Buffer.from('\nodd\0')]));
      const frame = await client.nextMessage();
      expect([frame.body.toString(), frame.headers.get('x-plain')]).toEqual(['odd', 'yes']);
      if (destination === '/queue/odd') await client.ack(frame);
    }
    expect(server.relay().reconnects).toBe(0);
  });

  it('refuses a message whose headers are more, or longer, than its broker takes, and keeps its lines', async () => {
    const server = await serve(
      {},
      { headerCountLimit: 2_000, headerLengthLimit: 262_144, messageSizeLimit: 1_048_576 },
    );
    const client = await server.connect();
    await client.subscribe('/user/queue/errors');
    await client.subscribe('/topic/large');
    const many = Array.from({ length: 1_500 }, (_, index) => [`x-${index}`, 'x'] as const);
    for (const headers of [many, [['x-long', ':'.repeat(120_000)] as const]]) {
      await expect(client.send('/topic/large', 'x', headers)).rejects.toThrow('the broker takes');
    }
    await client.send('/topic/large', 'y', [['x-long', ':'.repeat(5_000)]]);
    expect((await client.nextMessage()).headers.get('x-long')).toBe(':'.repeat(5_000));
    expect(server.relay().reconnects).toBe(0);
  });

  describe('with a RECEIPT for ACK and NACK of a work queue', () => {
    /** A server whose lines can be held, with a client that has been sent so many messages. */
    async function consuming(queue: string, count: number, ack = 'client-individual') {
      const proxy = await FaultProxy.start(port());
      const server = await serve({ port: proxy.port, reconnectDelay: 10 });
      running.push(proxy);
      const client = await server.connect();
      await client.subscribe(queue, { ack });
      const frames: StompFrame[] = [];
      for (let number = 1; number <= count; number++) {
        await client.send(queue, `${number}`);
        frames.push(await client.nextMessage());
      }
      const unconfirmed = async (wanted: number): Promise<void> => {
        while (server.relay().unconfirmed !== wanted) await new Promise((resolve) => setTimeout(resolve, 5));
      };
      return { proxy, server, client, frames, unconfirmed };
    }

    it.each(['ACK', 'NACK'] as const)('sends it when the broker has confirmed the %s', async (command) => {
      const { proxy, client, frames, unconfirmed } = await consuming(`/queue/confirmed-${command}`, 1);
      proxy.hold();
      client.transmit(command, { id: frames[0]!.headers.get('ack')!, receipt: 'answered' });
      await unconfirmed(1);
      expect(client.take('RECEIPT')).toEqual([]);
      proxy.release();
      expect((await client.next('RECEIPT')).headers.get('receipt-id')).toBe('answered');
      // RabbitMQ gives back what is rejected; who takes it leaves nothing for others.
      await client.disconnect();
      await (await foreigner()).drain(`/queue/confirmed-${command}`);
    });

    it('sends it when the broker has confirmed all that a cumulative ACK is for', async () => {
      const { proxy, client, frames, unconfirmed } = await consuming('/queue/confirmed-all', 3, 'client');
      proxy.hold();
      client.transmit('ACK', { id: frames[2]!.headers.get('ack')!, receipt: 'answered' });
      await unconfirmed(3);
      expect(client.take('RECEIPT')).toEqual([]);
      proxy.release();
      await client.next('RECEIPT');
      client.drop();
      expect(await (await foreigner()).drain('/queue/confirmed-all')).toEqual([]);
    });

    it('sends that of COMMIT when the broker has confirmed its SENDs, and then its ACKs', async () => {
      const { proxy, client, frames, unconfirmed } = await consuming('/queue/confirmed-tx', 1);
      client.transmit('BEGIN', { transaction: 't' });
      client.transmit('SEND', { destination: '/queue/confirmed-out', transaction: 't' }, 'out');
      client.transmit('ACK', { id: frames[0]!.headers.get('ack')!, transaction: 't' });
      await client.settled();
      proxy.hold();
      client.transmit('COMMIT', { transaction: 't', receipt: 'committed' });
      // BEGIN, SEND, COMMIT.
      await unconfirmed(3);
      expect(client.take('RECEIPT')).toEqual([]);
      proxy.release();
      expect((await client.next('RECEIPT')).headers.get('receipt-id')).toBe('committed');
      client.drop();
      const other = await foreigner();
      expect(await other.drain('/queue/confirmed-tx')).toEqual([]);
      expect(await other.drain('/queue/confirmed-out')).toEqual(['out']);
    });

    it('sends an error in its place if the broker is lost meanwhile, and the message comes again', async () => {
      const { proxy, client, frames, unconfirmed } = await consuming('/queue/confirmed-lost', 1);
      proxy.hold();
      client.transmit('ACK', { id: frames[0]!.headers.get('ack')!, receipt: 'answered' });
      await unconfirmed(1);
      proxy.cut();
      const error = await client.next('ERROR');
      expect(error.headers.get('code')).toBe('STOMP_ERR_BROKER_UNAVAILABLE');
      expect(client.take('RECEIPT')).toEqual([]);
      expect(await (await foreigner()).drain('/queue/confirmed-lost')).toEqual(['1']);
    });

    it('sends it though the broker has more for the client than it can take', async () => {
      const server = await serve({ sessionPrefetchLimit: 1 }, { messageSizeLimit: 1_048_576 });
      const client = await server.connect();
      // A small one is taken when the first has been acknowledged; the large one behind it is held back, and so is what follows.
      const bodies = [1, 1, 100_000, 1, 100_000].map((length) => 'x'.repeat(length));
      for (const body of bodies) await client.send('/queue/confirmed-large', body);
      await client.subscribe('/queue/confirmed-large', { ack: 'client-individual', 'prefetch-count': '10' });
      const first = await client.nextMessage();
      // A message's way through the broker and back: it has sent the others as well.
      const other = await foreigner();
      await client.send('/queue/confirmed-fence', 'fence');
      await other.drain('/queue/confirmed-fence');
      await client.ack(first);
      for (const body of bodies.slice(1)) {
        const frame = await client.nextMessage();
        expect(frame.body.toString()).toBe(body);
        await client.ack(frame);
      }
    });
  });

  it('has handed over all that was sent without a RECEIPT when DISCONNECT has its own', async () => {
    const server = await serve();
    const client = await server.connect();
    for (let i = 0; i < 500; i++) client.transmit('SEND', { destination: '/queue/goodbye' }, `${i}`);
    await client.disconnect();
    const other = await foreigner();
    await other.receipt('SUBSCRIBE', { id: '1', destination: '/queue/goodbye', ack: 'auto' });
    const bodies: string[] = [];
    while (bodies.length < 500) bodies.push((await other.next('MESSAGE')).body.toString());
    expect(bodies).toEqual(Array.from({ length: 500 }, (_, index) => `${index}`));
  });

  it('says in stats what it has to do with the broker', async () => {
    const server = await serve();
    expect(server.relay()).toMatchObject({ broker: `127.0.0.1:${port()}`, unconfirmed: 0, reconnects: 0 });
  });

  if (connections === 'per-session') return;

  it('keeps its lines whatever headers a client sends', async () => {
    const server = await serve();
    const [evil, good] = [await server.connect(), await server.connect()];
    await good.subscribe('/topic/a');
    for (const destination of ['/topic/a', '/queue/evil']) {
      for (const header of EVIL_HEADERS) {
        await evil.send(destination, 'x', [header]).catch((error: Error) => {
          throw new Error(`${header.join(':')} to ${destination}: ${error.message}`);
        });
      }
    }
    for (const _ of EVIL_HEADERS) expect((await good.nextMessage()).body.toString()).toBe('x');
    expect(server.relay().reconnects).toBe(0);
    const bodies = await (await foreigner()).drain('/queue/evil');
    expect(bodies).toHaveLength(EVIL_HEADERS.length);
  });

  it('keeps its lines whatever destinations a client names', async () => {
    const server = await serve({}, { headerLengthLimit: 65_536 });
    const good = await server.connect();
    await good.subscribe('/topic/good');
    for (const destination of EVIL_DESTINATIONS) {
      for (const command of ['SEND', 'SUBSCRIBE'] as const) {
        const evil = await server.connect();
        await evil.receipt(command, { id: '1', destination }).catch((error: Error) => {
          if (!error.message.includes('STOMP_ERR_DESTINATION')) throw error;
        });
        evil.drop();
      }
    }
    await good.send('/topic/good', 'x');
    expect(await good.nextBody('/topic/good')).toBe('x');
    expect(server.relay().reconnects).toBe(0);
    expect(server.relay().subscriptions).toBe(1);
  });

  it('lets nobody hear by a pattern what nobody may name', async () => {
    const server = await serve();
    const client = await server.connect();
    await client.subscribe('/topic/**');
    // Consumers coming and going are what ActiveMQ tells in topics of its own.
    const other = await foreigner();
    await other.receipt('SUBSCRIBE', { id: '1', destination: '/topic/other' });
    await other.receipt('SEND', { destination: bus }, 'secret');
    await client.send('/topic/fence', 'fence');
    expect((await client.nextMessage()).body.toString()).toBe('fence');
  });

  it('refuses one subscription too many, and one consumer too many', async () => {
    const server = await serve({ brokerSubscriptionLimit: 1, queueConsumerLimit: 1 });
    const client = await server.connect();
    await client.subscribe('/user/queue/errors');
    await client.subscribe('/topic/a');
    await client.subscribe('/topic/a');
    await expect(client.subscribe('/topic/b')).rejects.toThrow('1 destinations');
    await client.subscribe('/queue/limited');
    await expect(client.subscribe('/queue/limited')).rejects.toThrow('1 consumers');
  });
}

import type { SimpleBrokerOptions } from '../../lib/interfaces/broker-options.interface.js';
import type { StompModuleOptions } from '../../lib/interfaces/stomp-module-options.interface.js';
import type { StompFrame } from '../../lib/frame/stomp-frame.js';
import type { StompTestClient, StompTestClientOptions } from '../../lib/testing/index.js';
import { Random } from '../fuzz/random.js';

/** A server whose broker is to be tested, as its clients see it. */
export interface BrokerUnderTest {
  connect(options?: StompTestClientOptions): Promise<StompTestClient>;
  stop(): Promise<void>;
}

/** @param more options beside the broker's */
export type StartBroker = (
  broker: SimpleBrokerOptions,
  more: Pick<StompModuleOptions, 'allowSendToUser'>,
) => BrokerUnderTest | Promise<BrokerUnderTest>;

/** Milliseconds for what a broker in another process takes its time for. */
const SLOW = 90_000;

const bodyOf = ({ body }: StompFrame): string => body.toString();
const header = (frame: StompFrame, name: string): string | undefined => frame.headers.get(name);

/** The next messages of a client, as many as are expected. */
async function messages(client: StompTestClient, count: number): Promise<StompFrame[]> {
  const frames: StompFrame[] = [];
  while (frames.length < count) frames.push(await client.next('MESSAGE'));
  return frames;
}

async function bodies(client: StompTestClient, count: number): Promise<string[]> {
  return (await messages(client, count)).map(bodyOf);
}

/** That no message has come: what is sent now comes after whatever has been on its way. */
async function expectNothing(client: StompTestClient): Promise<void> {
  const id = await client.subscribe('/topic/fence');
  await client.send('/topic/fence', 'fence');
  await client.next((frame) => header(frame, 'subscription') === id);
  await client.receipt('UNSUBSCRIBE', { id });
  expect(client.take('MESSAGE').map(bodyOf)).toEqual([]);
}

/** Breaks a client's line and waits until the server has noticed. */
async function kill(client: StompTestClient): Promise<void> {
  client.drop();
  await client.closed;
  await new Promise(setImmediate);
}

async function sendAll(client: StompTestClient, destination: string, ...all: string[]): Promise<void> {
  for (const body of all) await client.send(destination, body);
}

/** The code of the ERROR that answers. */
async function errorOf(client: StompTestClient): Promise<string> {
  return header(await client.next('ERROR'), 'code')!;
}

/** Where it is the passing of time that is tested. */
const passed = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const ack = (frame: StompFrame, more: Record<string, string> = {}) => ({ id: header(frame, 'ack'), ...more });

const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, index) => `${from + index}`);

/** What a broker cannot hold, by the name of the row; a group by `group: *`. Why is in docs/relay.md. */
export type ContractExceptions = Readonly<Record<string, string>>;

/** In what brokers differ that can do the same. */
export interface BrokerTraits {
  /** Whether it says how often a message has been delivered. @default true */
  readonly countsDeliveries?: boolean;
}

/**
 * What a broker does, whichever it is. Options are those of the broker in memory: another broker must be set up to behave as
 * they say.
 */
export function describeBroker(
  name: string,
  start: StartBroker,
  exceptions: ContractExceptions = {},
  { countsDeliveries = true }: BrokerTraits = {},
): void {
  /** What a MESSAGE says of how often it was delivered. */
  const count = (deliveries: number): string | undefined => (countsDeliveries ? `${deliveries}` : undefined);
  const { describe, it, unknown } = rowsExcept(name, exceptions);
  let broker: BrokerUnderTest | undefined;
  const started = async (options: SimpleBrokerOptions = {}, more = {}): Promise<void> => {
    broker = await start(options, more);
  };
  const connect = (options?: StompTestClientOptions): Promise<StompTestClient> => broker!.connect(options);
  /** So many clients, one after another. */
  const clients = async (count: number): Promise<StompTestClient[]> => {
    const all: StompTestClient[] = [];
    while (all.length < count) all.push(await connect());
    return all;
  };

  afterEach(() => broker?.stop());

  describe(`${name}: topics`, () => {
    beforeEach(() => started());

    it('give each message to every subscription, of the same session too', async () => {
      const [one, two] = await clients(2);
      const ids = [
        await one!.subscribe('/topic/a'),
        await one!.subscribe('/topic/a'),
        await two!.subscribe('/topic/a'),
      ];
      await one!.send('/topic/a', 'x');
      const frames = [...(await messages(one!, 2)), ...(await messages(two!, 1))];
      expect(frames.map((frame) => header(frame, 'subscription'))).toEqual(ids);
      expect(frames.map(bodyOf)).toEqual(['x', 'x', 'x']);
      expect(new Set(frames.map((frame) => header(frame, 'message-id'))).size).toBe(1);
    });

    it('give each message an id of its own', async () => {
      const client = await connect();
      await client.subscribe('/topic/a');
      await sendAll(client, '/topic/a', ...numbers(100));
      const ids = (await messages(client, 100)).map((frame) => header(frame, 'message-id'));
      expect(new Set(ids).size).toBe(100);
    });

    it('keep nothing for those who come later', async () => {
      const client = await connect();
      await client.send('/topic/a', 'early');
      await client.subscribe('/topic/a');
      await expectNothing(client);
    });

    it('give nothing to those who have unsubscribed or gone', async () => {
      const [one, two, three] = await clients(3);
      const id = await one!.subscribe('/topic/a');
      await two!.subscribe('/topic/a');
      await one!.receipt('UNSUBSCRIBE', { id });
      await kill(two!);
      await three!.send('/topic/a', 'x');
      await expectNothing(one!);
    });

    it('let an id be used again once it is free', async () => {
      const client = await connect();
      for (const destination of ['/topic/a', '/topic/b']) {
        await client.receipt('SUBSCRIBE', { id: '1', destination });
        await client.send(destination, destination);
        expect(await bodies(client, 1)).toEqual([destination]);
        await client.receipt('UNSUBSCRIBE', { id: '1' });
      }
    });

    it('carry bytes as they are', async () => {
      const client = await connect();
      await client.subscribe('/topic/a');
      const body = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
      await client.send('/topic/a', body, { 'content-type': 'application/octet-stream' });
      expect((await client.next('MESSAGE')).body).toEqual(body);
    });

    it('carry headers that are repeated', async () => {
      const [sender, receiver] = await clients(2);
      await receiver!.subscribe('/topic/a');
      sender!.write('SEND\ndestination:/topic/a\nx-kind:one\nx-kind:two\n\nbody\0');
      const { headers } = await receiver!.next('MESSAGE');
      expect(headers.getAll('x-kind')).toEqual(['one', 'two']);
    });

    it('carry the sender’s own headers, but none of the server’s', async () => {
      const [sender, receiver] = await clients(2);
      const id = await receiver!.subscribe('/topic/a');
      sender!.write(
        [
          'SEND',
          'destination:/topic/a',
          'x-kind:one',
          'subscription:forged',
          'message-id:forged',
          'ack:forged',
          'redelivered:true',
          'receipt-id:forged',
          'transaction-id:mine',
          '',
          'body\0',
        ].join('\n'),
      );
      const { headers } = await receiver!.next('MESSAGE');
      expect(headers.get('x-kind')).toBe('one');
      expect(headers.getAll('subscription')).toEqual([id]);
      for (const forged of ['message-id', 'ack', 'redelivered', 'receipt-id']) {
        expect(headers.getAll(forged)).not.toContain('forged');
        expect(headers.get(forged)).not.toBe('true');
      }
      expect(headers.get('transaction-id')).toBe('mine');
    });

    it('are found by patterns', async () => {
      const [receiver, sender] = await clients(2);
      const patterns = ['/topic/*', '/topic/**', '/topic/{x}/c', '/topic/b?', '/topic/*b*'];
      const ids = new Map<string, string>();
      for (const pattern of patterns) ids.set(await receiver!.subscribe(pattern), pattern);
      const whoGets = async (destination: string): Promise<(string | undefined)[]> => {
        await sender!.send(destination, destination);
        await sender!.send('/topic/fence/fence', 'fence');
        const found: (string | undefined)[] = [];
        for (;;) {
          const frame = await receiver!.next('MESSAGE');
          if (bodyOf(frame) === 'fence') return found.toSorted();
          expect(header(frame, 'destination')).toBe(destination);
          found.push(ids.get(header(frame, 'subscription')!));
        }
      };
      expect(await whoGets('/topic/a')).toEqual(['/topic/*', '/topic/**']);
      expect(await whoGets('/topic/bb')).toEqual(['/topic/*', '/topic/**', '/topic/*b*', '/topic/b?']);
      expect(await whoGets('/topic/a/c')).toEqual(['/topic/**', '/topic/{x}/c']);
    });

    it('are named by SEND, whatever the name looks like', async () => {
      const client = await connect();
      await client.subscribe('/topic/*');
      await client.send('/topic/*', 'x');
      expect(header(await client.next('MESSAGE'), 'destination')).toBe('/topic/*');
    });

    it('leave out the sender that has subscribed with no-local', async () => {
      const [one, two] = await clients(2);
      await one!.subscribe('/topic/a', { 'no-local': 'true' });
      await one!.subscribe('/topic/a', { 'no-local': 'false' });
      await one!.send('/topic/a', 'own');
      await two!.send('/topic/a', 'other');
      expect(await bodies(one!, 3)).toEqual(['own', 'other', 'other']);
    });

    it(
      'keep the order of ten senders, a thousand messages each, for ten subscribers',
      async () => {
        const senders = await clients(10);
        const receivers = await clients(10);
        for (const receiver of receivers) await receiver.subscribe('/topic/a');
        for (let i = 0; i < 1_000; i++) {
          senders.forEach((sender, index) => sender.transmit('SEND', { destination: '/topic/a' }, `${index} ${i}`));
        }
        // Whatever has been sent before a RECEIPT has been handed over.
        await Promise.all(senders.map((sender) => sender.send('/topic/other')));
        for (const receiver of receivers) {
          const next = senders.map(() => 0);
          for (const frame of await messages(receiver, 10_000)) {
            const [sender, number] = bodyOf(frame).split(' ').map(Number) as [number, number];
            if (number !== next[sender])
              throw new Error(`${number} of sender ${sender} came instead of ${next[sender]}`);
            next[sender]!++;
          }
          expect(next).toEqual(senders.map(() => 1_000));
          expect(receiver.take('MESSAGE')).toEqual([]);
        }
      },
      SLOW,
    );
  });

  describe(`${name}: selectors`, () => {
    it('choose by header', async () => {
      await started({ selector: true });
      const client = await connect();
      await client.subscribe('/topic/a', { selector: "headers.kind == 'a' and price > 10" });
      await client.send('/topic/a', '1', { kind: 'a', price: 9 });
      await client.send('/topic/a', '2', { kind: 'a', price: 11 });
      await client.send('/topic/a', '3', { kind: 'b', price: 11 });
      await client.send('/topic/a', '4', { kind: 'a', price: 12 });
      expect(await bodies(client, 2)).toEqual(['2', '4']);
      await expectNothing(client);
    });

    it.each(["T(java.lang.Runtime).getRuntime().exec('id')", 'foo =', ''])(
      'that are malformed are an ERROR: %j',
      async (selector) => {
        await started({ selector: true });
        const client = await connect();
        client.transmit('SUBSCRIBE', { id: '1', destination: '/topic/a', selector });
        expect(await errorOf(client)).toBe('STOMP_ERR_SELECTOR');
      },
    );

    it('are ignored unless they are switched on', async () => {
      await started();
      const client = await connect();
      await client.subscribe('/topic/a', { selector: "kind = 'a'" });
      await client.send('/topic/a', 'x', { kind: 'b' });
      expect(await bodies(client, 1)).toEqual(['x']);
    });

    it('choose from a work queue too', async () => {
      await started({ selector: true, queues: ['/queue'] });
      const [a, b, sender] = await clients(3);
      await a!.subscribe('/queue/a', { selector: "kind = 'a'" });
      await b!.subscribe('/queue/a', { selector: "kind = 'b'" });
      for (const kind of ['a', 'a', 'b', 'a']) await sender!.send('/queue/a', kind, { kind });
      expect(await bodies(a!, 3)).toEqual(['a', 'a', 'a']);
      expect(await bodies(b!, 1)).toEqual(['b']);
    });

    it('do not let a message that nobody wants hold up those behind it', async () => {
      await started({ selector: true, queues: ['/queue'] });
      const [a, sender] = await clients(2);
      await a!.subscribe('/queue/a', { selector: "kind = 'a'", ack: 'client' });
      for (const kind of ['b', 'a', 'b', 'a']) await sender!.send('/queue/a', kind, { kind });
      expect(await bodies(a!, 2)).toEqual(['a', 'a']);
      // Those who do want them find them in their order, before what comes later.
      const other = await connect();
      await sender!.send('/queue/a', 'c', { kind: 'c' });
      await other.subscribe('/queue/a');
      expect(await bodies(other, 3)).toEqual(['b', 'b', 'c']);
    });
  });

  describe(`${name}: ACK and NACK on topics`, () => {
    it('with ack:auto nothing is to be acknowledged', async () => {
      await started({ prefetchLimit: 1 });
      const client = await connect();
      await client.subscribe('/topic/a', { ack: 'auto', 'prefetch-count': '1' });
      await sendAll(client, '/topic/a', '1', '2', '3');
      const frames = await messages(client, 3);
      expect(frames.map((frame) => header(frame, 'ack'))).toEqual([undefined, undefined, undefined]);
    });

    it('with ack:client-individual each is for one message', async () => {
      await started();
      const client = await connect();
      await client.subscribe('/topic/a', { ack: 'client-individual', 'prefetch-count': '2' });
      await sendAll(client, '/topic/a', ...numbers(5));
      const [first, second] = await messages(client, 2);
      await expectNothing(client);
      await client.receipt('ACK', ack(second!));
      const [third] = await messages(client, 1);
      expect(bodyOf(third!)).toBe('2');
      await expectNothing(client);
      await client.receipt('ACK', ack(first!));
      await client.receipt('NACK', ack(third!));
      expect(await bodies(client, 2)).toEqual(['3', '4']);
    });

    it('with ack:client each is for all before it too', async () => {
      await started();
      const client = await connect();
      await client.subscribe('/topic/a', { ack: 'client', 'prefetch-count': '3' });
      await sendAll(client, '/topic/a', ...numbers(7));
      const frames = await messages(client, 3);
      await client.receipt('ACK', ack(frames[1]!));
      expect(await bodies(client, 2)).toEqual(['3', '4']);
      await expectNothing(client);
      await client.receipt('ACK', ack(frames[2]!));
      expect(await bodies(client, 1)).toEqual(['5']);
    });

    it('have a header ack that is new for each delivery, unlike the message-id', async () => {
      await started();
      const [one, two] = await clients(2);
      for (const client of [one!, two!]) await client.subscribe('/topic/a', { ack: 'client' });
      await one!.send('/topic/a', 'x');
      const frames = [...(await messages(one!, 1)), ...(await messages(two!, 1))];
      expect(new Set(frames.map((frame) => header(frame, 'ack'))).size).toBe(2);
      expect(new Set(frames.map((frame) => header(frame, 'message-id'))).size).toBe(1);
    });

    it('of what was rejected brings it not again', async () => {
      await started();
      const client = await connect();
      await client.subscribe('/topic/a', { ack: 'client-individual' });
      await client.send('/topic/a', 'x');
      await client.receipt('NACK', ack(await client.next('MESSAGE')));
      await expectNothing(client);
    });

    it.each(['ACK', 'NACK'] as const)('%s of what is not known is an ERROR', async (command) => {
      await started();
      const client = await connect();
      client.transmit(command, { id: 'unknown' });
      expect(await errorOf(client)).toBe('STOMP_ERR_ACK');
    });

    it('of the same delivery twice is an ERROR', async () => {
      await started();
      const client = await connect();
      await client.subscribe('/topic/a', { ack: 'client' });
      await client.send('/topic/a', 'x');
      const frame = await client.next('MESSAGE');
      await client.receipt('ACK', ack(frame));
      client.transmit('ACK', ack(frame));
      expect(await errorOf(client)).toBe('STOMP_ERR_ACK');
    });

    it('of another session’s delivery is an ERROR and changes nothing for that session', async () => {
      await started();
      const [victim, attacker] = await clients(2);
      await victim!.subscribe('/topic/a', { ack: 'client' });
      await victim!.send('/topic/a', 'x');
      const frame = await victim!.next('MESSAGE');
      attacker!.transmit('ACK', ack(frame));
      expect(await errorOf(attacker!)).toBe('STOMP_ERR_ACK');
      await victim!.receipt('ACK', ack(frame));
    });

    it('of what came by a subscription that has ended is an ERROR', async () => {
      await started();
      const client = await connect();
      const id = await client.subscribe('/topic/a', { ack: 'client' });
      await client.send('/topic/a', 'x');
      const frame = await client.next('MESSAGE');
      await client.receipt('UNSUBSCRIBE', { id });
      client.transmit('ACK', ack(frame));
      expect(await errorOf(client)).toBe('STOMP_ERR_ACK');
    });

    it('names message and subscription in STOMP 1.1, the message in STOMP 1.0', async () => {
      await started();
      for (const version of ['1.1', '1.0']) {
        const client = await connect({ headers: { 'accept-version': version } });
        const id = await client.subscribe('/topic/a', { ack: 'client', 'prefetch-count': '1' });
        await sendAll(client, '/topic/a', '1', '2');
        const messageId = header(await client.next('MESSAGE'), 'message-id');
        await client.receipt('ACK', { 'message-id': messageId, ...(version === '1.1' && { subscription: id }) });
        expect(await bodies(client, 1)).toEqual(['2']);
        await kill(client);
      }
    });

    it('may leave no more unanswered than the server allows, whatever the client asks for', async () => {
      await started({ prefetchLimit: 2 });
      const client = await connect();
      await client.subscribe('/topic/a', { ack: 'client', 'prefetch-count': '1000000' });
      await sendAll(client, '/topic/a', ...numbers(5));
      expect(await bodies(client, 2)).toEqual(['0', '1']);
      await expectNothing(client);
    });

    it.each(['0', '-1', '1.5', 'many', '', '99999999999'])(
      'with a prefetch-count of %j is an ERROR',
      async (prefetchCount) => {
        await started();
        const client = await connect();
        client.transmit('SUBSCRIBE', {
          id: '1',
          destination: '/topic/a',
          ack: 'client',
          'prefetch-count': prefetchCount,
        });
        expect(await errorOf(client)).toBe('STOMP_ERR_INVALID_HEADER');
      },
    );

    it('that do not come close the session once too much waits for them, and no other', async () => {
      await started({ prefetchLimit: 1, backlogLimit: 10 });
      const [slow, good, sender] = await clients(3);
      await slow!.subscribe('/topic/a', { ack: 'client' });
      await good!.subscribe('/topic/a');
      await sendAll(sender!, '/topic/a', ...numbers(20));
      expect(await slow!.closed).toMatchObject({ code: 4500 });
      expect(await bodies(good!, 20)).toEqual(numbers(20));
    });
  });

  describe(`${name}: what a session may leave unanswered`, () => {
    it('is bounded over all its subscriptions, to topics and to queues', async () => {
      await started({ sessionPrefetchLimit: 5, queues: ['/queue'] });
      const [client, other] = await clients(2);
      for (const destination of ['/topic/a', '/topic/b', '/queue/a'])
        await client!.subscribe(destination, { ack: 'client' });
      await other!.subscribe('/topic/a', { ack: 'client' });
      for (const destination of ['/topic/a', '/topic/b', '/queue/a'])
        await sendAll(other!, destination, ...numbers(10));
      expect(await messages(client!, 5)).toHaveLength(5);
      await expectNothing(client!);
      expect(await messages(other!, 5)).toHaveLength(5);
      await expectNothing(other!);
    });

    it('is shared by its subscriptions in turn, so that each gets everything', async () => {
      await started({ sessionPrefetchLimit: 5, queues: ['/queue'] });
      const [client, sender] = await clients(2);
      const destinations = ['/topic/a', '/topic/b', '/queue/a', '/queue/b'];
      for (const destination of destinations) await client!.subscribe(destination, { ack: 'client-individual' });
      for (const destination of destinations) await sendAll(sender!, destination, ...numbers(20));
      const got = new Map<string, string[]>(destinations.map((destination) => [destination, []]));
      for (let i = 0; i < 80; i++) {
        const frame = await client!.next('MESSAGE');
        got.get(header(frame, 'destination')!)!.push(bodyOf(frame));
        // None has to wait until all others are done.
        if (i === 40) for (const bodies of got.values()) expect(bodies.length).toBeGreaterThan(5);
        client!.transmit('ACK', ack(frame));
      }
      for (const bodies of got.values()) expect(bodies).toEqual(numbers(20));
    });

    it('is free again when a subscription ends', async () => {
      await started({ sessionPrefetchLimit: 3 });
      const client = await connect();
      const id = await client.subscribe('/topic/a', { ack: 'client' });
      await client.subscribe('/topic/b', { ack: 'client' });
      await sendAll(client, '/topic/a', ...numbers(3));
      await sendAll(client, '/topic/b', 'waits');
      expect(await bodies(client, 3)).toEqual(numbers(3));
      await client.receipt('UNSUBSCRIBE', { id });
      expect(await bodies(client, 1)).toEqual(['waits']);
    });
  });

  describe(`${name}: what waits for a session’s acknowledgements`, () => {
    it('is bounded in bytes, for all its subscriptions together, and closes no other session', async () => {
      await started({ prefetchLimit: 1, backlogSizeLimit: 10_000 });
      const [slow, good, sender] = await clients(3);
      for (let i = 0; i < 10; i++) await slow!.subscribe('/topic/a', { ack: 'client' });
      await good!.subscribe('/topic/a', { ack: 'client' });
      await sendAll(sender!, '/topic/a', ...numbers(4).map((number) => number.repeat(500)));
      expect(await slow!.closed).toMatchObject({ code: 4500 });
      for (const number of numbers(4)) {
        const frame = await good!.next('MESSAGE');
        expect(bodyOf(frame)).toBe(number.repeat(500));
        await good!.receipt('ACK', ack(frame));
      }
    });

    it('is counted with its headers, and a message without a body for more than nothing', async () => {
      await started({ prefetchLimit: 1, backlogSizeLimit: 10_000 });
      const [many, long, sender] = await clients(3);
      await many!.subscribe('/topic/many', { ack: 'client' });
      await long!.subscribe('/topic/long', { ack: 'client' });
      await sendAll(sender!, '/topic/many', ...Array.from({ length: 20 }, () => ''));
      expect(await many!.closed).toMatchObject({ code: 4500 });
      for (let i = 0; i < 4; i++) await sender!.send('/topic/long', '', { long: 'x'.repeat(4_000) });
      expect(await long!.closed).toMatchObject({ code: 4500 });
    });

    it('does not count what has been acknowledged, or has ended with its subscription', async () => {
      await started({ prefetchLimit: 1, backlogSizeLimit: 3_000 });
      const client = await connect();
      for (let round = 0; round < 5; round++) {
        const id = await client.subscribe('/topic/a', { ack: 'client' });
        await sendAll(client, '/topic/a', ...numbers(3).map((number) => number.repeat(400)));
        await client.receipt('ACK', ack(await client.next('MESSAGE')));
        await client.next('MESSAGE');
        await client.receipt('UNSUBSCRIBE', { id });
      }
    });
  });

  describe(`${name}: work queues`, () => {
    it('keep messages until a consumer comes', async () => {
      await started({ queues: ['/queue'] });
      const [sender, consumer] = await clients(2);
      await sendAll(sender!, '/queue/a', ...numbers(5));
      await kill(sender!);
      await consumer!.subscribe('/queue/a');
      expect(await bodies(consumer!, 5)).toEqual(numbers(5));
    });

    it('give each message to one consumer, in turn', async () => {
      await started({ queues: ['/queue'] });
      const [sender, ...consumers] = await clients(4);
      for (const consumer of consumers) await consumer.subscribe('/queue/a');
      await sendAll(sender!, '/queue/a', ...numbers(9));
      expect(await bodies(consumers[0]!, 3)).toEqual(['0', '3', '6']);
      expect(await bodies(consumers[1]!, 3)).toEqual(['1', '4', '7']);
      expect(await bodies(consumers[2]!, 3)).toEqual(['2', '5', '8']);
      for (const consumer of consumers) await expectNothing(consumer);
    });

    it('go on in turn with those that are left', async () => {
      await started({ queues: ['/queue'] });
      const [sender, one, two, three] = await clients(4);
      for (const consumer of [one!, two!, three!]) await consumer.subscribe('/queue/a');
      await sendAll(sender!, '/queue/a', '0', '1');
      await kill(one!);
      await sendAll(sender!, '/queue/a', '2', '3', '4', '5');
      expect(await bodies(two!, 3)).toEqual(['1', '3', '5']);
      expect(await bodies(three!, 2)).toEqual(['2', '4']);
    });

    it('give to those that have credit', async () => {
      await started({ queues: ['/queue'] });
      const [sender, busy, quick] = await clients(3);
      await busy!.subscribe('/queue/a', { ack: 'client-individual', 'prefetch-count': '1' });
      await quick!.subscribe('/queue/a', { ack: 'client-individual', 'prefetch-count': '10' });
      await sendAll(sender!, '/queue/a', ...numbers(5));
      expect(await bodies(quick!, 4)).toEqual(['1', '2', '3', '4']);
      const [frame] = await messages(busy!, 1);
      expect(bodyOf(frame!)).toBe('0');
      await expectNothing(busy!);
    });

    it('hold what nobody has credit for', async () => {
      await started({ queues: ['/queue'] });
      const [sender, consumer] = await clients(2);
      await consumer!.subscribe('/queue/a', { ack: 'client-individual', 'prefetch-count': '1' });
      await sendAll(sender!, '/queue/a', ...numbers(3));
      const seen: string[] = [];
      for (let i = 0; i < 3; i++) {
        const frame = await consumer!.next('MESSAGE');
        seen.push(bodyOf(frame));
        await expectNothing(consumer!);
        await consumer!.receipt('ACK', ack(frame));
      }
      expect(seen).toEqual(numbers(3));
    });

    it.each(['UNSUBSCRIBE', 'the end of the session'])(
      'redeliver after %s, in the old order and marked, with the same message-id and a new ack',
      async (end) => {
        await started({ queues: ['/queue'] });
        const [sender, consumer, next] = await clients(3);
        const id = await consumer!.subscribe('/queue/a', { ack: 'client-individual', 'prefetch-count': '3' });
        await sendAll(sender!, '/queue/a', ...numbers(5));
        const before = await messages(consumer!, 3);
        // Of 3 we see nothing here: it takes the place of the one that is acknowledged.
        expect(before.some((frame) => frame.headers.has('redelivered'))).toBe(false);
        await consumer!.receipt('ACK', ack(before[1]!));
        if (end === 'UNSUBSCRIBE') await consumer!.receipt('UNSUBSCRIBE', { id });
        else await kill(consumer!);
        await next!.subscribe('/queue/a', { ack: 'client-individual' });
        const after = await messages(next!, 4);
        expect(after.map(bodyOf)).toEqual(['0', '2', '3', '4']);
        expect(after.map((frame) => header(frame, 'redelivered'))).toEqual(['true', 'true', 'true', undefined]);
        expect(after.map((frame) => header(frame, 'delivery-count'))).toEqual([
          count(2),
          count(2),
          count(2),
          undefined,
        ]);
        expect(header(after[0]!, 'message-id')).toBe(header(before[0]!, 'message-id'));
        expect(header(after[0]!, 'ack')).not.toBe(header(before[0]!, 'ack'));
      },
    );

    it('redeliver after NACK, before what came later, and count', async () => {
      await started({ queues: ['/queue'] });
      const [sender, consumer] = await clients(2);
      await consumer!.subscribe('/queue/a', { ack: 'client-individual', 'prefetch-count': '2' });
      await sendAll(sender!, '/queue/a', ...numbers(4));
      let [first] = await messages(consumer!, 2);
      for (let deliveries = 2; deliveries < 5; deliveries++) {
        await consumer!.receipt('NACK', ack(first!));
        first = await consumer!.next('MESSAGE');
        expect([bodyOf(first), header(first, 'redelivered'), header(first, 'delivery-count')]).toEqual([
          '0',
          'true',
          count(deliveries),
        ]);
      }
      await consumer!.receipt('ACK', ack(first!));
      expect(await bodies(consumer!, 1)).toEqual(['2']);
    });

    it('redeliver all that a NACK with ack:client is for', async () => {
      await started({ queues: ['/queue'] });
      const [sender, consumer] = await clients(2);
      await consumer!.subscribe('/queue/a', { ack: 'client', 'prefetch-count': '3' });
      await sendAll(sender!, '/queue/a', ...numbers(3));
      await consumer!.receipt('NACK', ack((await messages(consumer!, 3))[1]!));
      const again = await messages(consumer!, 2);
      expect(again.map(bodyOf)).toEqual(['0', '1']);
      expect(again.map((frame) => header(frame, 'redelivered'))).toEqual(['true', 'true']);
    });

    it('lose nothing to a session that dies with several subscriptions to one queue', async () => {
      await started({ queues: ['/queue'] });
      const [sender, dying, next] = await clients(3);
      await dying!.subscribe('/queue/a', { ack: 'client-individual', 'prefetch-count': '1' });
      await sendAll(sender!, '/queue/a', '0', '1');
      // The second one could be handed what the first gives back when both end.
      await dying!.subscribe('/queue/a', { ack: 'client-individual', 'prefetch-count': '1' });
      await sendAll(sender!, '/queue/a', '2');
      expect(await bodies(dying!, 2)).toEqual(['0', '1']);
      await dying!.receipt('SUBSCRIBE', { id: 'auto', destination: '/queue/b', ack: 'client' });
      await dying!.subscribe('/queue/b');
      await kill(dying!);
      await next!.subscribe('/queue/a');
      const frames = await messages(next!, 3);
      expect(frames.map(bodyOf)).toEqual(['0', '1', '2']);
      expect(frames.map((frame) => header(frame, 'delivery-count'))).toEqual([count(2), count(2), undefined]);
    });

    it('give nothing that a dying session gives back to another subscription of it with ack:auto', async () => {
      await started({ queues: ['/queue'] });
      const [sender, dying, next] = await clients(3);
      await dying!.subscribe('/queue/a', { ack: 'client' });
      await sendAll(sender!, '/queue/a', 'precious');
      await dying!.next('MESSAGE');
      await dying!.subscribe('/queue/a', { ack: 'auto' });
      await kill(dying!);
      await next!.subscribe('/queue/a');
      expect(await bodies(next!, 1)).toEqual(['precious']);
    });

    it('send to the dead letters what has been delivered in vain too often, saying where from', async () => {
      await started({ queues: [{ prefix: '/queue', maxDeliveries: 3 }] });
      const [sender, consumer, undertaker] = await clients(3);
      await consumer!.subscribe('/queue/a', { ack: 'client-individual' });
      await sender!.send('/queue/a', 'poison', { 'x-kind': 'a', 'dead-letter-from': 'forged' });
      await sender!.send('/queue/a', 'good');
      for (let count = 0; count < 3; count++) {
        await consumer!.receipt('NACK', ack(await consumer!.next((frame) => bodyOf(frame) === 'poison')));
      }
      expect(await bodies(consumer!, 1)).toEqual(['good']);
      await expectNothing(consumer!);
      await undertaker!.subscribe('/queue/dead-letter');
      const dead = await undertaker!.next('MESSAGE');
      expect(bodyOf(dead)).toBe('poison');
      expect(header(dead, 'x-kind')).toBe('a');
      expect(header(dead, 'dead-letter-from')).toBe('/queue/a');
      expect(header(dead, 'dead-letter-deliveries')).toBe('3');
    });

    it('lose no dead letter that comes back from the dead letters', async () => {
      await started({ queues: [{ prefix: '/queue', maxDeliveries: 1 }] });
      const client = await connect();
      await client.subscribe('/queue/dead-letter', { ack: 'client' });
      await client.send('/queue/dead-letter', 'poison');
      for (let count = 0; count < 3; count++) await client.receipt('NACK', ack(await client.next('MESSAGE')));
      expect(await bodies(client, 1)).toEqual(['poison']);
    });

    it('drop what nobody can handle if there is no place for dead letters', async () => {
      await started({ queues: [{ prefix: '/queue', maxDeliveries: 1, deadLetterDestination: '' }] });
      const client = await connect();
      await client.subscribe('/queue/a', { ack: 'client' });
      await client.send('/queue/a', 'poison');
      await client.receipt('NACK', ack(await client.next('MESSAGE')));
      await expectNothing(client);
    });

    it('try for ever if they are told to', async () => {
      await started({ queues: [{ prefix: '/queue', maxDeliveries: 0 }] });
      const client = await connect();
      await client.subscribe('/queue/a', { ack: 'client' });
      await client.send('/queue/a', 'again');
      for (let count = 1; count < 50; count++) await client.receipt('NACK', ack(await client.next('MESSAGE')));
      expect(header(await client.next('MESSAGE'), 'delivery-count')).toBe('50');
    });

    it('that are full refuse more, with an ERROR instead of the RECEIPT, and lose nothing', async () => {
      await started({ queues: [{ prefix: '/queue', maxMessages: 3 }] });
      const [sender, consumer] = await clients(2);
      await sendAll(sender!, '/queue/a', ...numbers(3));
      await expect(sender!.send('/queue/a', 'too many')).rejects.toThrow('full');
      await consumer!.subscribe('/queue/a');
      expect(await bodies(consumer!, 3)).toEqual(numbers(3));
      await consumer!.send('/queue/a', 'there is room again');
      expect(await bodies(consumer!, 1)).toEqual(['there is room again']);
    });

    it('count what is under way as held', async () => {
      await started({ queues: [{ prefix: '/queue', maxMessages: 2 }] });
      const [sender, consumer] = await clients(2);
      await consumer!.subscribe('/queue/a', { ack: 'client' });
      await sendAll(sender!, '/queue/a', '0', '1');
      await expect(sender!.send('/queue/a', 'too many')).rejects.toThrow('full');
    });

    it('are bounded in bytes too', async () => {
      await started({ queues: [{ prefix: '/queue', maxBytes: 100 }] });
      const [sender, consumer] = await clients(2);
      await sendAll(sender!, '/queue/a', 'x'.repeat(50), 'y'.repeat(50));
      await expect(sender!.send('/queue/a', 'z')).rejects.toThrow('full');
      await consumer!.subscribe('/queue/a');
      await messages(consumer!, 2);
      await consumer!.send('/queue/a', 'z'.repeat(100));
      await messages(consumer!, 1);
    });

    it('that are full drop the oldest if they are told to', async () => {
      await started({ queues: [{ prefix: '/queue', maxMessages: 3, maxBytes: 30, overflow: 'drop-oldest' }] });
      const [sender, consumer] = await clients(2);
      await sendAll(sender!, '/queue/a', ...numbers(5), 'x'.repeat(29));
      await consumer!.subscribe('/queue/a');
      expect(await bodies(consumer!, 2)).toEqual(['4', 'x'.repeat(29)]);
    });

    it('drop nothing for a message that has no room at all', async () => {
      await started({ queues: [{ prefix: '/queue', maxBytes: 30, overflow: 'drop-oldest' }] });
      const [sender, consumer] = await clients(2);
      await sendAll(sender!, '/queue/a', ...numbers(3));
      await expect(sender!.send('/queue/a', 'x'.repeat(31))).rejects.toThrow('full');
      await consumer!.subscribe('/queue/a');
      expect(await bodies(consumer!, 3)).toEqual(numbers(3));
    });

    it('drop what has waited too long', async () => {
      await started({ queues: [{ prefix: '/queue', maxAge: 30 }] });
      const [sender, consumer] = await clients(2);
      await sender!.send('/queue/a', 'old');
      await passed(60);
      await sender!.send('/queue/a', 'new');
      await consumer!.subscribe('/queue/a');
      expect(await bodies(consumer!, 1)).toEqual(['new']);
      await expectNothing(consumer!);
    });

    it('must be named: a pattern is an ERROR', async () => {
      await started({ queues: ['/queue'] });
      const client = await connect();
      client.transmit('SUBSCRIBE', { id: '1', destination: '/queue/*' });
      expect(await errorOf(client)).toBe('STOMP_ERR_DESTINATION');
    });

    it('are not heard by patterns of topics', async () => {
      await started({ queues: ['/topic/jobs'] });
      const client = await connect();
      await client.subscribe('/topic/*/*');
      await client.send('/topic/jobs/a', 'job');
      await expectNothing(client);
    });

    it('are bounded in number, and those that nobody would miss make room', async () => {
      await started({ queues: ['/queue'], queueLimit: 2 });
      const [client, other] = await clients(2);
      await sendAll(client!, '/queue/a', 'x');
      await sendAll(client!, '/queue/b', 'x');
      await expect(client!.send('/queue/c', 'x')).rejects.toThrow('2 queues');
      const id = await other!.subscribe('/queue/a');
      await messages(other!, 1);
      await other!.receipt('UNSUBSCRIBE', { id });
      await other!.send('/queue/c', 'x');
    });

    it('are bounded in bytes all together', async () => {
      await started({ queues: ['/queue'], queueSizeLimit: 3_000 });
      const [sender, other, consumer] = await clients(3);
      await sendAll(sender!, '/queue/a', 'x'.repeat(500));
      await sendAll(sender!, '/queue/b', 'x'.repeat(500));
      await expect(sender!.send('/queue/c', 'x'.repeat(500))).rejects.toThrow('full');
      await consumer!.subscribe('/queue/a');
      await messages(consumer!, 1);
      await other!.send('/queue/c', 'x'.repeat(500));
      await expect(other!.send('/queue/a', 'x'.repeat(500))).rejects.toThrow('full');
    });

    it('drop their own oldest for what has no room in all, if they are told to, and nothing of others', async () => {
      await started({ queues: [{ prefix: '/queue/news', overflow: 'drop-oldest' }, '/queue'], queueSizeLimit: 3_000 });
      const [sender, consumer] = await clients(2);
      await sendAll(sender!, '/queue/a', 'x'.repeat(500));
      await sendAll(sender!, '/queue/news', '0', '1', '2');
      await consumer!.subscribe('/queue/news');
      expect(await bodies(consumer!, 1)).toEqual(['2']);
      await consumer!.subscribe('/queue/a');
      expect(await bodies(consumer!, 1)).toEqual(['x'.repeat(500)]);
    });

    it('that hold nothing but what is too old make room for others', async () => {
      await started({ queues: [{ prefix: '/queue', maxAge: 30 }], queueLimit: 2, queueSizeLimit: 3_000 });
      const client = await connect();
      await sendAll(client, '/queue/a', 'x'.repeat(500));
      await sendAll(client, '/queue/b', 'x'.repeat(500));
      await passed(60);
      await client.send('/queue/c', 'x'.repeat(500));
    });

    it('keep a message whose dead letter has no room, and bury it when there is some', async () => {
      await started({
        queues: [
          { prefix: '/queue/dead', maxMessages: 1 },
          { prefix: '/queue', maxDeliveries: 2, deadLetterDestination: '/queue/dead' },
        ],
      });
      const [client, undertaker] = await clients(2);
      await client!.send('/queue/dead', 'in the way');
      await client!.subscribe('/queue/a', { ack: 'client' });
      await client!.send('/queue/a', 'poison');
      for (let count = 1; count <= 5; count++) {
        const frame = await client!.next('MESSAGE');
        expect([bodyOf(frame), header(frame, 'delivery-count')]).toEqual([
          'poison',
          count > 1 ? `${count}` : undefined,
        ]);
        if (count === 5) {
          await undertaker!.subscribe('/queue/dead');
          expect(await bodies(undertaker!, 1)).toEqual(['in the way']);
        }
        await client!.receipt('NACK', ack(frame));
      }
      expect(await bodies(undertaker!, 1)).toEqual(['poison']);
      await expectNothing(client!);
    });

    it('lose nothing of a transaction that has room in none of them or in some only', async () => {
      await started({ queues: ['/queue'], queueLimit: 3, queueSizeLimit: 10_000 });
      const [client, consumer] = await clients(2);
      await consumer!.subscribe('/topic/a');
      for (const bodies of [
        ['1', '2', '3', '4'],
        ['x'.repeat(6_000), 'y'.repeat(6_000)],
      ]) {
        const sender = await connect();
        await sender.receipt('BEGIN', { transaction: 't' });
        await sender.send('/topic/a', 'never', { transaction: 't' });
        for (const [i, body] of bodies.entries()) await sender.send(`/queue/${i}`, body, { transaction: 't' });
        await expect(sender.receipt('COMMIT', { transaction: 't' })).rejects.toThrow(/full|3 queues/);
      }
      await expectNothing(consumer!);
      for (let i = 0; i < 3; i++) await client!.send(`/queue/new.${i}`, 'x'.repeat(2_000));
    });

    it('pass over the consumer that has sent the message and wants none of its own', async () => {
      await started({ queues: ['/queue'] });
      const [one, two] = await clients(2);
      await one!.subscribe('/queue/a', { 'no-local': 'true' });
      await one!.send('/queue/a', 'own');
      await two!.send('/queue/a', 'other');
      expect(await bodies(one!, 1)).toEqual(['other']);
      await two!.subscribe('/queue/a');
      expect(await bodies(two!, 1)).toEqual(['own']);
    });

    it(
      'deliver ten thousand messages at least once though their consumer is killed fifty times',
      async () => {
        await started({ queues: [{ prefix: '/queue', maxDeliveries: 0 }] });
        const count = 10_000;
        const random = new Random(20_26);
        const [sender] = await clients(1);
        const seen = new Set<string>();
        const acknowledged = new Set<string>();
        let sent = 0;
        let kills = 0;
        while (acknowledged.size < count) {
          const consumer = await connect();
          await consumer.subscribe('/queue/a', { ack: 'client-individual', 'prefetch-count': '25' });
          let pending: StompFrame[] = [];
          for (let life = kills < 50 ? random.below(300) : Infinity; life > 0 && acknowledged.size < count; life--) {
            const isEmpty = sent === acknowledged.size + pending.length;
            for (let more = random.below(4) + Number(isEmpty); more > 0 && sent < count; more--) {
              sender!.transmit('SEND', { destination: '/queue/a' }, `${sent++}`);
            }
            const frame = await consumer.next('MESSAGE');
            const body = bodyOf(frame);
            if (acknowledged.has(body)) throw new Error(`${body} came again after its ACK`);
            // What is marked need not have been seen: it may have been on its way to one that was killed.
            if (seen.has(body) && header(frame, 'redelivered') !== 'true')
              throw new Error(`${body} came again, unmarked`);
            seen.add(body);
            pending.push(frame);
            if (pending.length > random.below(20) || acknowledged.size + pending.length === count) {
              for (const one of pending.slice(1)) consumer.transmit('ACK', ack(one));
              await consumer.receipt('ACK', ack(pending[0]!));
              for (const one of pending) acknowledged.add(bodyOf(one));
              pending = [];
            }
          }
          await kill(consumer);
          kills++;
        }
        expect(kills).toBeGreaterThan(50);
        expect(seen.size).toBe(count);
        const last = await connect();
        await last.subscribe('/queue/a');
        await expectNothing(last);
      },
      SLOW,
    );
  });

  describe(`${name}: history`, () => {
    const options: SimpleBrokerOptions = { history: [{ destination: '/topic/price.*', size: 10 }] };
    /** SUBSCRIBE with headers. @returns the RECEIPT */
    const subscribe = (client: StompTestClient, headers: Record<string, string> = {}): Promise<StompFrame> =>
      client.receipt('SUBSCRIBE', { id: 'h', destination: '/topic/price.a', ...headers });
    const positionOf = (frame: StompFrame) => ({ since: header(frame, 'offset')!, epoch: header(frame, 'epoch')! });

    it('numbers the messages of its destinations and of no other', async () => {
      await started(options);
      const client = await connect();
      await client.subscribe('/topic/**');
      await sendAll(client, '/topic/price.a', '1', '2');
      await sendAll(client, '/topic/price.b', '1');
      await sendAll(client, '/topic/other', '1');
      const frames = await messages(client, 4);
      expect(frames.map((frame) => header(frame, 'offset'))).toEqual(['1', '2', '1', undefined]);
      expect(header(frames[0]!, 'epoch')).toBe(header(frames[1]!, 'epoch'));
      expect(header(frames[3]!, 'epoch')).toBeUndefined();
    });

    it('says with the RECEIPT of SUBSCRIBE where the destination stands', async () => {
      await started(options);
      const client = await connect();
      await sendAll(client, '/topic/price.a', '1', '2', '3');
      const receipt = await subscribe(client);
      expect(header(receipt, 'offset')).toBe('3');
      expect(header(receipt, 'epoch')).toMatch(/./);
      expect(header(receipt, 'recovered')).toBeUndefined();
      await expectNothing(client);
    });

    it('gives those who come back what they have missed, marked, then what is new', async () => {
      await started(options);
      const [sender, client] = await clients(2);
      await subscribe(client!);
      await sendAll(sender!, '/topic/price.a', '1', '2');
      const last = (await messages(client!, 2))[1]!;
      await kill(client!);
      await sendAll(sender!, '/topic/price.a', '3', '4');
      const again = await connect();
      const receipt = await subscribe(again, positionOf(last));
      expect(header(receipt, 'recovered')).toBe('true');
      await sendAll(sender!, '/topic/price.a', '5');
      const frames = await messages(again, 3);
      expect(frames.map(bodyOf)).toEqual(['3', '4', '5']);
      expect(frames.map((frame) => header(frame, 'offset'))).toEqual(['3', '4', '5']);
      expect(frames.map((frame) => header(frame, 'recovered'))).toEqual(['true', 'true', undefined]);
      await expectNothing(again);
    });

    it('gives nothing twice to those who have missed nothing', async () => {
      await started(options);
      const [sender, client] = await clients(2);
      await subscribe(client!);
      await sendAll(sender!, '/topic/price.a', '1');
      const last = await client!.next('MESSAGE');
      const again = await connect();
      expect(header(await subscribe(again, positionOf(last)), 'recovered')).toBe('true');
      await expectNothing(again);
    });

    it('leaves neither a gap nor a repetition however often the line breaks', async () => {
      await started({ history: [{ destination: '/topic/price.*', size: 100 }] });
      const random = new Random(7);
      const sender = await connect();
      let position = positionOf(await subscribe(sender));
      await sender.receipt('UNSUBSCRIBE', { id: 'h' });
      const got: string[] = [];
      let sent = 0;
      const sendSome = async (): Promise<void> => {
        for (let more = random.below(20); more > 0; more--)
          sender.transmit('SEND', { destination: '/topic/price.a' }, `${sent++}`);
        await sender.send('/topic/none');
      };
      for (let round = 0; round < 40; round++) {
        await sendSome();
        const client = await connect();
        expect(header(await subscribe(client, position), 'recovered')).toBe('true');
        await sendSome();
        await handOver(client, random.below(3) > 0 ? undefined : 2, (frame) => {
          got.push(bodyOf(frame));
          position = positionOf(frame);
        });
        await kill(client);
      }
      const client = await connect();
      await subscribe(client, position);
      await handOver(client, undefined, (frame) => got.push(bodyOf(frame)));
      expect(got).toEqual(numbers(sent));
    });

    it('says that it cannot when some of it is gone, and goes on with what is new', async () => {
      await started(options);
      const [sender, client] = await clients(2);
      await subscribe(client!);
      await sendAll(sender!, '/topic/price.a', '0');
      const first = await client!.next('MESSAGE');
      await sendAll(sender!, '/topic/price.a', ...numbers(11, 1));
      const again = await connect();
      const receipt = await subscribe(again, positionOf(first));
      expect(header(receipt, 'recovered')).toBe('false');
      expect(header(receipt, 'offset')).toBe('12');
      await expectNothing(again);
    });

    it('gives exactly as many as it keeps', async () => {
      await started(options);
      const [sender, client] = await clients(2);
      await subscribe(client!);
      await sendAll(sender!, '/topic/price.a', ...numbers(12));
      const second = (await messages(client!, 2))[1]!;
      const again = await connect();
      expect(header(await subscribe(again, positionOf(second)), 'recovered')).toBe('true');
      expect(await bodies(again, 10)).toEqual(numbers(10, 2));
    });

    it.each([
      ['of another epoch', { since: '0', epoch: 'another' }],
      ['without an epoch', { since: '0' }],
      ['that is still to come', { since: '999' }],
    ])('says that it cannot for a position %s', async (_, position) => {
      await started(options);
      const client = await connect();
      await sendAll(client, '/topic/price.a', '1');
      const epoch = header(await subscribe(client), 'epoch')!;
      const again = await connect();
      const headers = position.since === '999' ? { ...position, epoch } : position;
      expect(header(await subscribe(again, headers as Record<string, string>), 'recovered')).toBe('false');
    });

    it('tells those who asked for no RECEIPT with the next MESSAGE, once', async () => {
      await started(options);
      const client = await connect();
      client.transmit('SUBSCRIBE', { id: 'h', destination: '/topic/price.a', since: '5', epoch: 'another' });
      await sendAll(client, '/topic/price.a', '1', '2');
      const frames = await messages(client, 2);
      expect(frames.map((frame) => header(frame, 'recovered'))).toEqual(['false', undefined]);
    });

    it('begins with nothing, and remembers those who came before the first message', async () => {
      await started(options);
      const [sender, client] = await clients(2);
      const beginning = positionOf(await subscribe(client!));
      expect(beginning.since).toBe('0');
      await kill(client!);
      await sendAll(sender!, '/topic/price.a', '1', '2');
      const again = await connect();
      expect(header(await subscribe(again, beginning), 'recovered')).toBe('true');
      expect(await bodies(again, 2)).toEqual(['1', '2']);
    });

    it('forgets what is too old', async () => {
      await started({ history: [{ destination: '/topic/price.*', ttl: 30 }] });
      const client = await connect();
      const beginning = positionOf(await subscribe(client));
      await sendAll(client, '/topic/price.a', '1');
      await passed(60);
      const again = await connect();
      expect(header(await subscribe(again, beginning), 'recovered')).toBe('false');
    });

    it('recovers nothing for a pattern or a destination without history, and says so', async () => {
      await started(options);
      for (const destination of ['/topic/price.*', '/topic/other']) {
        const client = await connect();
        await client.send('/topic/price.a', '1');
        const receipt = await subscribe(client, { destination, since: '0', epoch: 'any' });
        expect(header(receipt, 'recovered')).toBe('false');
      }
    });

    it.each(['-1', 'abc', '1.5', '', '9'.repeat(16)])('answers since:%s with an ERROR', async (since) => {
      await started(options);
      const client = await connect();
      client.transmit('SUBSCRIBE', { id: 'h', destination: '/topic/price.a', since, epoch: 'any' });
      expect(await errorOf(client)).toBe('STOMP_ERR_INVALID_HEADER');
    });

    it('recovers through acknowledgements too', async () => {
      await started(options);
      const [sender, client] = await clients(2);
      const beginning = positionOf(await subscribe(client!));
      await sendAll(sender!, '/topic/price.a', ...numbers(4));
      const again = await connect();
      await subscribe(again, { ...beginning, ack: 'client', 'prefetch-count': '3' });
      const frames = await messages(again, 3);
      expect(frames.map(bodyOf)).toEqual(numbers(3));
      await expectNothing(again);
      await again.receipt('ACK', ack(frames[0]!));
      expect(await bodies(again, 1)).toEqual(['3']);
    });
  });

  describe(`${name}: transactions`, () => {
    const begin = (client: StompTestClient, transaction = 'tx'): Promise<StompFrame> =>
      client.receipt('BEGIN', { transaction });
    const commit = (client: StompTestClient, transaction = 'tx'): Promise<StompFrame> =>
      client.receipt('COMMIT', { transaction });

    it('take effect at COMMIT, all at once and in their order', async () => {
      await started({ queues: ['/queue'] });
      const [client, other, receiver] = await clients(3);
      await receiver!.subscribe('/topic/a');
      await begin(client!);
      for (const body of ['1', '2', '3']) await client!.send('/topic/a', body, { transaction: 'tx' });
      await other!.send('/topic/a', 'before');
      await commit(client!);
      await other!.send('/topic/a', 'after');
      expect(await bodies(receiver!, 5)).toEqual(['before', '1', '2', '3', 'after']);
    });

    it('do not show the subscribers their name', async () => {
      await started();
      const client = await connect();
      await client.subscribe('/topic/a');
      await begin(client);
      await client.send('/topic/a', 'x', { transaction: 'tx' });
      await commit(client);
      expect((await client.next('MESSAGE')).headers.has('transaction')).toBe(false);
    });

    it('have no effect after ABORT', async () => {
      await started();
      const client = await connect();
      await client.subscribe('/topic/a');
      await begin(client);
      await client.send('/topic/a', 'x', { transaction: 'tx' });
      await client.receipt('ABORT', { transaction: 'tx' });
      await expectNothing(client);
    });

    it('have no effect when their session ends', async () => {
      await started();
      const [client, receiver] = await clients(2);
      await receiver!.subscribe('/topic/a');
      await begin(client!);
      await client!.send('/topic/a', 'x', { transaction: 'tx' });
      await kill(client!);
      await expectNothing(receiver!);
    });

    it('are each for themselves', async () => {
      await started();
      const client = await connect();
      await client.subscribe('/topic/a');
      await begin(client, 'one');
      await begin(client, 'two');
      await client.send('/topic/a', '1', { transaction: 'one' });
      await client.send('/topic/a', '2', { transaction: 'two' });
      await client.receipt('ABORT', { transaction: 'one' });
      await commit(client, 'two');
      expect(await bodies(client, 1)).toEqual(['2']);
    });

    it('of two sessions may have the same name', async () => {
      await started();
      const [one, two] = await clients(2);
      await one!.subscribe('/topic/a');
      await begin(one!);
      await begin(two!);
      await one!.send('/topic/a', '1', { transaction: 'tx' });
      await two!.send('/topic/a', '2', { transaction: 'tx' });
      await commit(two!);
      await commit(one!);
      expect(await bodies(one!, 2)).toEqual(['2', '1']);
    });

    it('hold ACK and NACK back too', async () => {
      await started({ queues: ['/queue'] });
      const client = await connect();
      await client.subscribe('/queue/a', { ack: 'client-individual', 'prefetch-count': '2' });
      await sendAll(client, '/queue/a', '1', '2', '3', '4');
      const [first, second] = await messages(client, 2);
      await begin(client);
      await client.receipt('ACK', ack(first!, { transaction: 'tx' }));
      await client.receipt('NACK', ack(second!, { transaction: 'tx' }));
      await expectNothing(client);
      await commit(client);
      const frames = await messages(client, 2);
      expect(frames.map(bodyOf).toSorted()).toEqual(['2', '3']);
    });

    it('leave what they would have acknowledged unacknowledged after ABORT', async () => {
      await started({ queues: ['/queue'] });
      const [client, next] = await clients(2);
      await client!.subscribe('/queue/a', { ack: 'client' });
      await client!.send('/queue/a', 'x');
      const frame = await client!.next('MESSAGE');
      await begin(client!);
      await client!.receipt('ACK', ack(frame, { transaction: 'tx' }));
      await client!.receipt('ABORT', { transaction: 'tx' });
      await kill(client!);
      await next!.subscribe('/queue/a');
      expect(header(await next!.next('MESSAGE'), 'redelivered')).toBe('true');
    });

    it('have no effect at all when one of their frames cannot have one', async () => {
      await started({ queues: [{ prefix: '/queue', maxMessages: 2 }] });
      const [client, receiver] = await clients(2);
      await receiver!.subscribe('/topic/a');
      await begin(client!);
      await client!.send('/topic/a', '1', { transaction: 'tx' });
      for (const body of numbers(3)) await client!.send('/queue/a', body, { transaction: 'tx' });
      await expect(commit(client!)).rejects.toThrow('full');
      await expectNothing(receiver!);
      await receiver!.subscribe('/queue/a');
      await expectNothing(receiver!);
    });

    it('have no effect at all when one of their frames is refused', async () => {
      await started();
      for (const destination of ['/user/bob/queue/one', `/topic${'/a'.repeat(100)}`]) {
        const [client, receiver] = await clients(2);
        await receiver!.subscribe('/topic/a');
        await begin(client!);
        await client!.send('/topic/a', '1', { transaction: 'tx' });
        await client!.send(destination, 'x', { transaction: 'tx' });
        await expect(commit(client!)).rejects.toThrow('STOMP_ERR_');
        await expectNothing(receiver!);
      }
    });

    it('have no effect at all when they acknowledge what is unknown, or the same twice', async () => {
      await started({ queues: ['/queue'] });
      for (const isKnown of [true, false]) {
        const [client, receiver] = await clients(2);
        await receiver!.subscribe('/topic/a');
        await client!.subscribe('/topic/b', { ack: 'client' });
        await client!.send('/topic/b', 'x');
        const frame = await client!.next('MESSAGE');
        await begin(client!);
        await client!.send('/topic/a', '1', { transaction: 'tx' });
        await client!.receipt('ACK', ack(frame, { transaction: 'tx' }));
        await client!.receipt('ACK', { id: isKnown ? header(frame, 'ack')! : 'unknown', transaction: 'tx' });
        await expect(commit(client!)).rejects.toThrow('STOMP_ERR_ACK');
        await expectNothing(receiver!);
      }
    });

    it.each([
      [
        'begun twice',
        [
          ['BEGIN', { transaction: 'tx' }],
          ['BEGIN', { transaction: 'tx' }],
        ],
      ],
      ['committed without having been begun', [['COMMIT', { transaction: 'tx' }]]],
      ['aborted without having been begun', [['ABORT', { transaction: 'tx' }]]],
      ['named by a SEND without having been begun', [['SEND', { destination: '/topic/a', transaction: 'tx' }]]],
      ['named by an ACK without having been begun', [['ACK', { id: '1', transaction: 'tx' }]]],
      [
        'named again after COMMIT',
        [
          ['BEGIN', { transaction: 'tx' }],
          ['COMMIT', { transaction: 'tx' }],
          ['SEND', { destination: '/topic/a', transaction: 'tx' }],
        ],
      ],
    ] as const)('that are %s are an ERROR', async (_, frames) => {
      await started();
      const client = await connect();
      for (const [command, headers] of frames) client.transmit(command, headers);
      expect(await errorOf(client)).toBe('STOMP_ERR_TRANSACTION');
    });

    it('may be begun again once they are committed or aborted', async () => {
      await started();
      const client = await connect();
      await begin(client);
      await commit(client);
      await begin(client);
      await client.receipt('ABORT', { transaction: 'tx' });
      await begin(client);
      await commit(client);
    });
  });

  describe(`${name}: user destinations`, () => {
    const connectAs = (user: string): Promise<StompTestClient> => connect({ user: { name: user } });

    beforeEach(() => started({ queues: ['/queue'] }, { allowSendToUser: true }));

    it('reach all sessions of the user, at the destination as they know it, and nobody else', async () => {
      const [phone, laptop, bob] = [await connectAs('alice'), await connectAs('alice'), await connectAs('bob')];
      for (const client of [phone, laptop, bob]) await client.subscribe('/user/queue/one');
      await bob.send('/user/alice/queue/one', 'hi');
      for (const client of [phone, laptop]) {
        const frame = await client.next('MESSAGE');
        expect(bodyOf(frame)).toBe('hi');
        expect(header(frame, 'destination')).toBe('/user/queue/one');
      }
      await expectNothing(bob);
    });

    it('are no work queues, though what is behind the prefix may be one', async () => {
      const [alice, bob] = [await connectAs('alice'), await connectAs('bob')];
      await bob.send('/user/alice/queue/one', 'early');
      await alice.subscribe('/user/queue/one');
      await alice.subscribe('/queue/one');
      await bob.send('/user/alice/queue/one', 'to alice');
      await bob.send('/queue/one', 'to the queue');
      expect(await bodies(alice, 2)).toEqual(['to alice', 'to the queue']);
      await expectNothing(alice);
    });

    it('with ack:client are acknowledged as others are', async () => {
      const [alice, bob] = [await connectAs('alice'), await connectAs('bob')];
      await alice.subscribe('/user/queue/one', { ack: 'client', 'prefetch-count': '1' });
      await sendAll(bob, '/user/alice/queue/one', '1', '2');
      const frame = await alice.next('MESSAGE');
      await expectNothing(alice);
      await alice.receipt('ACK', ack(frame));
      expect(await bodies(alice, 1)).toEqual(['2']);
    });

    it('reach nobody any more after UNSUBSCRIBE', async () => {
      const [alice, bob] = [await connectAs('alice'), await connectAs('bob')];
      const id = await alice.subscribe('/user/queue/one');
      await alice.receipt('UNSUBSCRIBE', { id });
      await bob.send('/user/alice/queue/one', 'x');
      await expectNothing(alice);
    });

    it('of a name with a slash are one segment', async () => {
      const [alice, bob] = [await connectAs('a/b'), await connectAs('bob')];
      await alice.subscribe('/user/queue/one');
      await bob.send('/user/a%2Fb/queue/one', 'x');
      expect(await bodies(alice, 1)).toEqual(['x']);
    });

    it('go to nobody if there is no such user', async () => {
      const bob = await connectAs('bob');
      await bob.subscribe('/user/queue/one');
      await bob.send('/user/nobody/queue/one', 'x');
      await expectNothing(bob);
    });

    it('without a name are an ERROR', async () => {
      const bob = await connectAs('bob');
      bob.transmit('SEND', { destination: '/user/alice' });
      expect(await errorOf(bob)).toBe('STOMP_ERR_DESTINATION');
    });

    it('may not be sent to by clients unless the server lets them', async () => {
      await broker!.stop();
      await started();
      const [alice, bob] = [await connectAs('alice'), await connectAs('bob')];
      await alice.subscribe('/user/queue/one');
      bob.transmit('SEND', { destination: '/user/alice/queue/one' }, 'x');
      expect(await errorOf(bob)).toBe('STOMP_ERR_ACCESS_DENIED');
      await expectNothing(alice);
    });
  });

  if (Object.keys(exceptions).length > 0) {
    globalThis.it(`${name}: has exceptions only to what is a row`, () => expect(unknown()).toEqual([]));
  }
}

type Body = (...args: any[]) => Promise<void>;

/** `describe` and `it` for the rows that are no exceptions. */
function rowsExcept(broker: string, exceptions: ContractExceptions) {
  const named = new Set<string>();
  let group = '';
  const isException = (row: string): boolean => {
    for (const key of [`${group}: *`, `${group}: ${row}`]) {
      if (!(key in exceptions)) continue;
      named.add(key);
      return true;
    }
    return false;
  };
  const it = (row: string, body: Body, timeout?: number): void => {
    if (!isException(row)) globalThis.it(row, body, timeout);
  };
  it.each =
    <T>(table: readonly T[]) =>
    (row: string, body: Body): void => {
      if (!isException(row)) globalThis.it.each(table as readonly any[])(row, body);
    };
  return {
    describe: (title: string, body: () => void): void => {
      group = title.slice(`${broker}: `.length);
      const before = group;
      if (`${group}: *` in exceptions) named.add(`${group}: *`);
      else globalThis.describe(title, body);
      group = before;
    },
    it,
    /** Exceptions that are no rows. */
    unknown: (): string[] => Object.keys(exceptions).filter((key) => !named.has(key)),
  };
}

/** Hands over what has come for the history's subscription, or only the first so many of it. */
async function handOver(
  client: StompTestClient,
  most: number | undefined,
  visit: (frame: StompFrame) => void,
): Promise<void> {
  const id = await client.subscribe('/topic/fence');
  await client.send('/topic/fence', 'fence');
  await client.next((frame) => header(frame, 'subscription') === id);
  client.take('MESSAGE').slice(0, most).forEach(visit);
}

import type { SimpleBrokerOptions } from '../../lib/interfaces/broker-options.interface.js';
import type { StompFrame } from '../../lib/frame/stomp-frame.js';
import type { StompTestClient, StompTestClientOptions } from '../../lib/testing/index.js';
import { Random } from '../fuzz/random.js';

/** A server whose broker is to be tested, as its clients see it. */
export interface BrokerUnderTest {
  connect(options?: StompTestClientOptions): Promise<StompTestClient>;
  stop(): Promise<void>;
}

export type StartBroker = (options: SimpleBrokerOptions) => BrokerUnderTest | Promise<BrokerUnderTest>;

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

async function sendAll(client: StompTestClient, destination: string, ...all: string[]): Promise<void> {
  for (const body of all) await client.send(destination, body);
}

/** The code of the ERROR that answers. */
async function errorOf(client: StompTestClient): Promise<string> {
  return header(await client.next('ERROR'), 'code')!;
}

const ack = (frame: StompFrame, more: Record<string, string> = {}) => ({ id: header(frame, 'ack'), ...more });

const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, index) => `${from + index}`);

/**
 * What a broker does, whichever it is. Options are those of the broker in memory: another broker must be set up to behave as
 * they say.
 */
export function describeBroker(name: string, start: StartBroker): void {
  let broker: BrokerUnderTest;
  const started = async (options: SimpleBrokerOptions = {}): Promise<BrokerUnderTest> =>
    (broker = await start(options));
  const connect = (options?: StompTestClientOptions): Promise<StompTestClient> => broker.connect(options);
  /** So many clients, one after another. */
  const clients = async (count: number): Promise<StompTestClient[]> => {
    const all: StompTestClient[] = [];
    while (all.length < count) all.push(await connect());
    return all;
  };

  afterEach(() => broker.stop());

  describe(`${name}: topics`, () => {
    beforeEach(() => started());

    it('give each message to every subscription, of the same session too', async () => {
      const [one, two] = await clients(2);
      const ids = [await one!.subscribe('/topic/a'), await one!.subscribe('/topic/a'), await two!.subscribe('/topic/a')];
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
      two!.drop();
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

    it('carry the sender’s own headers, repeated ones too, but none of the server’s', async () => {
      const [sender, receiver] = await clients(2);
      const id = await receiver!.subscribe('/topic/a');
      sender!.write(
        [
          'SEND',
          'destination:/topic/a',
          'x-kind:one',
          'x-kind:two',
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
      expect(headers.getAll('x-kind')).toEqual(['one', 'two']);
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
      expect(await whoGets('/topic/*')).toEqual(['/topic/*', '/topic/**']);
    });

    it('leave out the sender that has subscribed with no-local', async () => {
      const [one, two] = await clients(2);
      await one!.subscribe('/topic/a', { 'no-local': 'true' });
      await one!.subscribe('/topic/a', { 'no-local': 'false' });
      await one!.send('/topic/a', 'own');
      await two!.send('/topic/a', 'other');
      expect(await bodies(one!, 3)).toEqual(['own', 'other', 'other']);
    });

    it('keep the order of ten senders, a thousand messages each, for ten subscribers', async () => {
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
          if (number !== next[sender]) throw new Error(`${number} of sender ${sender} came instead of ${next[sender]}`);
          next[sender]!++;
        }
        expect(next).toEqual(senders.map(() => 1_000));
        expect(receiver.take('MESSAGE')).toEqual([]);
      }
    });
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
        client.drop();
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
        client.transmit('SUBSCRIBE', { id: '1', destination: '/topic/a', ack: 'client', 'prefetch-count': prefetchCount });
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

  describe(`${name}: work queues`, () => {
    it('keep messages until a consumer comes', async () => {
      await started({ queues: ['/queue'] });
      const [sender, consumer] = await clients(2);
      await sendAll(sender!, '/queue/a', ...numbers(5));
      sender!.drop();
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
      one!.drop();
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
        expect(before.some((frame) => frame.headers.has('redelivered'))).toBe(false);
        await consumer!.receipt('ACK', ack(before[1]!));
        if (end === 'UNSUBSCRIBE') await consumer!.receipt('UNSUBSCRIBE', { id });
        else consumer!.drop();
        await next!.subscribe('/queue/a', { ack: 'client-individual' });
        const after = await messages(next!, 4);
        expect(after.map(bodyOf)).toEqual(['0', '2', '3', '4']);
        expect(after.map((frame) => header(frame, 'redelivered'))).toEqual(['true', 'true', undefined, undefined]);
        expect(after.map((frame) => header(frame, 'delivery-count'))).toEqual(['2', '2', undefined, undefined]);
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
      for (let count = 2; count < 5; count++) {
        await consumer!.receipt('NACK', ack(first!));
        first = await consumer!.next('MESSAGE');
        expect([bodyOf(first), header(first, 'redelivered'), header(first, 'delivery-count')]).toEqual(['0', 'true', `${count}`]);
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
      dying!.drop();
      await next!.subscribe('/queue/a');
      const frames = await messages(next!, 3);
      expect(frames.map(bodyOf)).toEqual(['0', '1', '2']);
      expect(frames.map((frame) => header(frame, 'delivery-count'))).toEqual(['2', '2', undefined]);
    });

    it('give nothing that a dying session gives back to another subscription of it with ack:auto', async () => {
      await started({ queues: ['/queue'] });
      const [sender, dying, next] = await clients(3);
      await dying!.subscribe('/queue/a', { ack: 'client' });
      await sendAll(sender!, '/queue/a', 'precious');
      await dying!.next('MESSAGE');
      await dying!.subscribe('/queue/a', { ack: 'auto' });
      dying!.drop();
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
      await client.subscribe('/topic/**');
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

    it('deliver ten thousand messages at least once though their consumer is killed fifty times', async () => {
      await started({ queues: [{ prefix: '/queue', maxDeliveries: 0, maxMessages: 20_000 }] });
      const random = new Random(20_26);
      const [sender] = await clients(1);
      const deliveries = new Map<string, number>();
      const acknowledged = new Set<string>();
      let kills = 0;
      let sent = 0;
      while (acknowledged.size < 10_000) {
        for (let i = 0; i < 250 && sent < 10_000; i++) sender!.transmit('SEND', { destination: '/queue/a' }, `${sent++}`);
        const consumer = await connect();
        await consumer.subscribe('/queue/a', { ack: 'client-individual', 'prefetch-count': '25' });
        // Killed at any moment: in the midst of deliveries, acknowledgements under way or not.
        let life = kills < 50 ? random.below(400) : Infinity;
        while (life-- > 0 && acknowledged.size < 10_000) {
          const frame = await consumer.next('MESSAGE').catch(() => undefined);
          if (!frame) break;
          const body = bodyOf(frame);
          const count = (deliveries.get(body) ?? 0) + 1;
          deliveries.set(body, count);
          if (acknowledged.has(body)) throw new Error(`${body} came again after its ACK`);
          expect(frame.headers.has('redelivered')).toBe(frame.headers.has('delivery-count'));
          // Seen twice, it must be marked; marked, it may have been on its way to one that never saw it.
          if (count > 1 && header(frame, 'redelivered') !== 'true') throw new Error(`${body} came again without a mark`);
          if (random.chance(10)) continue;
          consumer.transmit('ACK', ack(frame));
          acknowledged.add(body);
          if (consumer.take('MESSAGE').length > 0) life--;
          if (sent < 10_000 && random.chance(50)) break;
        }
        consumer.drop();
        kills++;
      }
      expect(kills).toBeGreaterThanOrEqual(50);
      expect(deliveries.size).toBe(10_000);
    });
  });
}

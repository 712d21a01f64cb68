import fc from 'fast-check';
import type { SlowConsumerOptions } from '../../lib/interfaces/broker-options.interface.js';
import { SimpleBroker } from '../../lib/broker/simple-broker.js';
import { ClientOutboundChannel } from '../../lib/messaging/client-outbound.channel.js';
import { Deliveries } from '../../lib/messaging/deliveries.js';
import { Message, MessageHeaders } from '../../lib/messaging/message.js';
import type { MessageReceiver, Subscription } from '../../lib/messaging/subscription.js';
import { resolveOptions } from '../../lib/options/stomp-options.js';

const DESTINATIONS = ['/topic/prices.a', '/topic/prices.b', '/topic/log', '/topic/orders'] as const;
const SUBSCRIPTIONS = ['/topic/**', '/topic/prices.*', '/topic/log', '/topic/orders'];
const KEYS = ['NEST', 'RXJS', 'none'];
const POLICIES: SlowConsumerOptions[] = [
  { destination: '/topic/prices.*', policy: 'conflate', key: 'symbol' },
  { destination: '/topic/log', policy: 'drop-oldest' },
];

type Step = { readonly publish: (typeof DESTINATIONS)[number]; readonly key: string } | { readonly take: number };

const STEPS = fc.array(
  fc.oneof(
    {
      arbitrary: fc.record({ publish: fc.constantFrom(...DESTINATIONS), key: fc.constantFrom(...KEYS) }),
      weight: 4,
    },
    { arbitrary: fc.record({ take: fc.integer({ min: 0, max: 4 }) }), weight: 1 },
  ),
  { maxLength: 120 },
);

interface Got {
  readonly number: number;
  readonly destination: string;
  readonly symbol: string | undefined;
  readonly dropped: number;
}

/** A client that takes as many messages as it is told to. */
class SlowReader implements MessageReceiver {
  readonly id = 'alice';
  readonly got = new Map<string, Got[]>(SUBSCRIPTIONS.map((id) => [id, []]));
  isClosed = false;
  #room = 0;

  constructor(private readonly outbound: ClientOutboundChannel) {}

  get isWritable(): boolean {
    return this.#room > 0;
  }

  receive({ payload, headers }: Message, { id }: Subscription): void {
    this.#room--;
    this.got.get(id)!.push({
      number: Number(Buffer.from(payload).toString()),
      destination: headers.destination!,
      symbol: headers.nativeHeaders.get('symbol'),
      dropped: Number(headers.delivery?.get('dropped') ?? 0),
    });
  }

  close(): void {
    this.isClosed = true;
  }

  take(count: number): void {
    this.#room = Math.max(this.#room, 0) + count;
    this.outbound.drained(this);
  }
}

function start(slowConsumerLimit: number, slowConsumerSizeLimit: number) {
  const outbound = new ClientOutboundChannel('clientOutboundChannel');
  const { broker: options } = resolveOptions({
    broker: { slowConsumers: POLICIES, slowConsumerLimit, slowConsumerSizeLimit },
  });
  let messageId = 0;
  const broker = new SimpleBroker(outbound, new Deliveries(outbound, 1_000), () => `${messageId++}`, {
    ...options,
    pathSeparator: '/',
    onLost: () => {},
    onAvailability: () => {},
  });
  const reader = new SlowReader(outbound);
  for (const destination of SUBSCRIPTIONS) {
    const subscription = { id: destination, destination, ackMode: 'auto', receiver: reader, isOver: false } as const;
    void broker.handleMessage(
      new Message(new Uint8Array(), MessageHeaders.of({ command: 'SUBSCRIBE', destination, subscription })),
    );
  }
  const published: Got[] = [];
  const publish = (destination: string, key: string): void => {
    const number = published.length;
    const symbol = key === 'none' ? undefined : key;
    published.push({ number, destination, symbol, dropped: 0 });
    void broker.handleMessage(
      Message.to(destination, Buffer.from(`${number}`), symbol === undefined ? {} : { symbol }),
    );
  };
  const run = (steps: readonly Step[], afterEach: () => void = () => {}): void => {
    for (const step of steps) {
      if ('take' in step) reader.take(step.take);
      else publish(step.publish, step.key);
      afterEach();
    }
  };
  const wanted = (id: string): Got[] =>
    published.filter(
      ({ destination }) =>
        id === '/topic/**' || destination === id || (id === '/topic/prices.*' && destination.includes('prices')),
    );
  return { broker, reader, run, publish, wanted, stats: () => broker.stats().slowConsumers! };
}

const withoutDropped = ({ number, destination, symbol }: Got) => ({ number, destination, symbol });

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || numbers[index - 1]! < number);
}

describe('Whatever is published and however slowly a client reads', () => {
  it('each subscription gets some of the messages, in order, and the newest of each key', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const { reader, run, wanted, stats } = start(1_000, 1_000_000);
        run(steps);
        reader.take(Infinity);
        for (const [id, got] of reader.got) {
          const all = wanted(id);
          expect(isAscending(got.map(({ number }) => number))).toBe(true);
          for (const one of got) expect(all.map(withoutDropped)).toContainEqual(withoutDropped(one));
          const isReplaceable = ({ destination, symbol }: Got): boolean =>
            destination.includes('prices') && symbol !== undefined;
          const newest = all.filter(
            (one) =>
              !isReplaceable(one) ||
              !all.some(
                (later) =>
                  later.number > one.number && later.destination === one.destination && later.symbol === one.symbol,
              ),
          );
          expect(got.map(withoutDropped)).toEqual(expect.arrayContaining(newest.map(withoutDropped)));
        }
        expect(stats()).toMatchObject({ sessions: 0, messages: 0, bytes: 0, dropped: 0 });
      }),
      { numRuns: 300 },
    );
  });

  it('what waits is within the limits, and what was dropped is counted and told', () => {
    fc.assert(
      fc.property(STEPS, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 5, max: 60 }), (steps, limit, bytes) => {
        const { reader, run, publish, wanted, stats } = start(limit, bytes);
        const hasRoom = (): void => {
          expect(stats().messages).toBeLessThanOrEqual(limit);
          expect(stats().bytes).toBeLessThanOrEqual(bytes);
        };
        run(steps, hasRoom);
        fc.pre(!reader.isClosed);
        reader.take(Infinity);
        for (const destination of DESTINATIONS) publish(destination, 'none');
        let missing = 0;
        let told = 0;
        for (const [id, got] of reader.got) {
          const all = wanted(id);
          expect(isAscending(got.map(({ number }) => number))).toBe(true);
          const orders = (list: Got[]) => list.filter(({ destination }) => destination === '/topic/orders').length;
          expect(orders(got)).toBe(orders(all));
          missing += all.length - got.length;
          told += got.reduce((sum, { dropped }) => sum + dropped, 0);
        }
        expect(told).toBe(stats().dropped);
        expect(missing).toBe(stats().dropped + stats().conflated);
        expect(stats()).toMatchObject({ sessions: 0, messages: 0, bytes: 0 });
      }),
      { numRuns: 300 },
    );
  });

  it('a key that changes all the time is not overtaken by the others for ever', () => {
    const { reader, run, publish } = start(1_000, 1_000_000);
    const others = Array.from({ length: 20 }, (_, index) => `other ${index}`);
    run([...others, 'hot'].map((key) => ({ publish: '/topic/prices.a', key })));
    for (let round = 0; round < 100; round++) {
      reader.take(2);
      publish('/topic/prices.a', others[round % others.length]!);
      publish('/topic/prices.a', others[(round + 7) % others.length]!);
      publish('/topic/prices.a', 'hot');
    }
    const hot = [...reader.got.values()].flat().filter(({ symbol }) => symbol === 'hot');
    expect(hot.length).toBeGreaterThan(2);
  });

  it('nothing is left of a session that has ended', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const { broker, run, stats } = start(1_000, 1_000_000);
        run(steps);
        broker.sessionEnded('alice');
        expect(stats()).toMatchObject({ sessions: 0, messages: 0, bytes: 0 });
      }),
    );
  });
});

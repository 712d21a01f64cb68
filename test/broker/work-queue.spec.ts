import { BrokerSubscription } from '../../lib/broker/broker-subscription.js';
import { WorkQueue } from '../../lib/broker/work-queue.js';
import { ClientOutboundChannel } from '../../lib/messaging/client-outbound.channel.js';
import { Deliveries } from '../../lib/messaging/deliveries.js';
import { Message } from '../../lib/messaging/message.js';
import type { AckMode } from '../../lib/messaging/subscription.js';

const OPTIONS = {
  prefix: '/queue',
  maxMessages: 1_000,
  maxBytes: 1_000,
  maxAge: 0,
  overflow: 'reject',
  maxDeliveries: 10,
  deadLetterDestination: '',
} as const;

interface ConsumerSettings {
  readonly headers?: Record<string, string>;
  readonly ackMode?: AckMode;
  /** Called with each message, as a socket that takes it or breaks. */
  readonly onReceive?: (body: string) => void;
}

function start() {
  const deliveries = new Deliveries(new ClientOutboundChannel('clientOutboundChannel'), 1_000);
  const space = { hasRoom: () => true, take: () => {} };
  const queue = new WorkQueue('/queue/a', OPTIONS, deliveries, () => true, space);
  let count = 0;
  const consume = ({ headers = {}, ackMode = 'client-individual', onReceive = () => {} }: ConsumerSettings = {}) => {
    const received: string[] = [];
    const receiver = {
      id: `session ${count++}`,
      isWritable: true,
      isSubscribed: () => true,
      receive: ({ payload }: Message) => {
        received.push(Buffer.from(payload).toString());
        onReceive(received.at(-1)!);
      },
      close: () => {},
    };
    const subscription = new BrokerSubscription(
      { id: '0', destination: '/queue/a', ackMode, receiver, isOver: false },
      '/queue/a',
      false,
      Message.to('/queue/a', Buffer.alloc(0), headers),
      { selector: true, prefetchLimit: 10 },
      () => true,
    );
    queue.addConsumer(subscription);
    const leave = (): void => {
      queue.removeConsumer(subscription);
      deliveries.abandon(subscription);
    };
    return { received, receiver, leave };
  };
  const send = (body: string, headers?: Record<string, string>): void =>
    queue.add(Message.to('/queue/a', Buffer.from(body), headers));
  return { queue, consume, send };
}

describe('A work queue', () => {
  it('gives on at once what a consumer gives back that breaks while it is being served', () => {
    const { consume, send } = start();
    const selector = "kind = 'a'";
    const breaking = consume({ headers: { selector }, onReceive: (body) => body === 'a3' && breaking.leave() });
    const other = consume({ headers: { selector } });
    send('a1', { kind: 'a' });
    send('a2', { kind: 'a' });
    send('nobody wants this', { kind: 'b' });
    send('a3', { kind: 'a' });
    expect(breaking.received).toEqual(['a1', 'a3']);
    expect(other.received).toEqual(['a2', 'a1', 'a3']);
  });

  it('waits for a consumer with ack:auto whose socket is full', () => {
    const { queue, consume, send } = start();
    const consumer = consume({ ackMode: 'auto' });
    consumer.receiver.isWritable = false;
    send('1');
    send('2');
    expect(consumer.received).toEqual([]);
    consumer.receiver.isWritable = true;
    queue.pump();
    expect(consumer.received).toEqual(['1', '2']);
    expect(queue.size).toBe(0);
  });

  it('looks no further than it must past messages that nobody wants', () => {
    const { queue, consume, send } = start();
    const consumer = consume({ headers: { selector: "kind = 'a'" } });
    for (let i = 0; i < 300; i++) send('', { kind: 'b' });
    send('too far behind', { kind: 'a' });
    expect(consumer.received).toEqual([]);
    expect(queue.size).toBe(301);
    // They are not lost: whoever takes those in front brings them nearer.
    const other = consume({ ackMode: 'auto' });
    expect(other.received.length + consumer.received.length).toBe(301);
    expect(queue.size).toBe(consumer.received.length);
  });

  it('keeps bytes of its own', () => {
    const { queue, consume } = start();
    const bytes = Buffer.from('mine');
    queue.add(Message.to('/queue/a', bytes));
    bytes.fill(0);
    expect(consume().received).toEqual(['mine']);
  });

  it('is idle when it has neither messages nor consumers', () => {
    const { queue, consume, send } = start();
    expect(queue.isIdle).toBe(true);
    send('x');
    expect(queue.isIdle).toBe(false);
    const { leave } = consume({ ackMode: 'auto' });
    expect(queue.size).toBe(0);
    expect(queue.isIdle).toBe(false);
    leave();
    expect(queue.isIdle).toBe(true);
  });
});

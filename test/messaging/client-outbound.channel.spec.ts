import type { ChannelInterceptor } from '../../lib/messaging/channel-interceptor.js';
import { ClientOutboundChannel } from '../../lib/messaging/client-outbound.channel.js';
import { Message } from '../../lib/messaging/message.js';
import type { Subscription } from '../../lib/messaging/subscription.js';

function outboundOf(...interceptors: ChannelInterceptor[]) {
  const failures: unknown[] = [];
  const received: [session: string, message: Message][] = [];
  const channel = new ClientOutboundChannel('clientOutboundChannel', interceptors, (error) => failures.push(error));
  const subscriptionOf = (sessionId: string): Subscription => ({
    id: 'sub-0',
    destination: '/topic/a',
    ackMode: 'auto',
    isOver: false,
    receiver: {
      id: sessionId,
      isWritable: true,
      receive: (message) => void received.push([sessionId, message]),
      close: () => {},
    },
  });
  return { channel, received, failures, subscriptionOf };
}

const message = Message.to('/topic/a', Buffer.from('x'));

describe('ClientOutboundChannel', () => {
  it('hands one message to all receivers, so that it is encoded once', () => {
    const { channel, received, subscriptionOf } = outboundOf();
    for (const id of ['1', '2']) void channel.deliver(message, subscriptionOf(id));
    expect(received.map(([, got]) => got === message)).toEqual([true, true]);
  });

  it('tells interceptors whose message it is', () => {
    const seen: unknown[] = [];
    const { channel, subscriptionOf } = outboundOf({
      preSend: (sent) => (seen.push([sent.headers.sessionId, sent.headers.subscriptionId]), sent),
    });
    for (const id of ['1', '2']) void channel.deliver(message, subscriptionOf(id));
    expect(seen).toEqual([
      ['1', 'sub-0'],
      ['2', 'sub-0'],
    ]);
  });

  it('delivers to the others when an interceptor drops the message of one', () => {
    const { channel, received, failures, subscriptionOf } = outboundOf({
      preSend: (sent) => (sent.headers.sessionId === '1' ? null : sent),
    });
    for (const id of ['1', '2']) void channel.deliver(message, subscriptionOf(id));
    expect(received.map(([id]) => id)).toEqual(['2']);
    expect(failures).toEqual([]);
  });

  it('reports an interceptor that throws or rejects, and throws nothing at the sender', async () => {
    for (const preSend of [
      () => {
        throw new Error('no');
      },
      () => Promise.reject(new Error('no')),
    ]) {
      const { channel, received, failures, subscriptionOf } = outboundOf({
        preSend: (sent) => (sent.headers.sessionId === '1' ? preSend() : sent),
      });
      for (const id of ['1', '2']) void channel.deliver(message, subscriptionOf(id));
      await new Promise(setImmediate);
      expect(received.map(([id]) => id)).toEqual(['2']);
      expect(failures).toMatchObject([{ cause: new Error('no') }]);
    }
  });

  it('keeps the order of each receiver when an interceptor waits', async () => {
    let turn = 0;
    const { channel, received, subscriptionOf } = outboundOf({
      preSend: (sent) => (turn++ % 2 === 0 ? Promise.resolve(sent) : sent),
    });
    const subscription = subscriptionOf('1');
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => channel.deliver(Message.to(`${i}`, Buffer.alloc(0)), subscription)),
    );
    expect(received.map(([, { headers }]) => headers.destination)).toEqual(
      Array.from({ length: 20 }, (_, i) => `${i}`),
    );
  });
});

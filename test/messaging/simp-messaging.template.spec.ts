import { MessageConversionException, MessageDeliveryException } from '../../lib/exceptions/messaging.exception.js';
import type { ChannelInterceptor } from '../../lib/messaging/channel-interceptor.js';
import { MessageChannel } from '../../lib/messaging/message-channel.js';
import { CompositeMessageConverter } from '../../lib/messaging/message-converter.js';
import { Message, MessageHeaders } from '../../lib/messaging/message.js';
import { SimpMessagingTemplate } from '../../lib/messaging/simp-messaging.template.js';

function templateOf(...interceptors: ChannelInterceptor[]) {
  const sent: Message[] = [];
  const failures: unknown[] = [];
  const channel = new MessageChannel('brokerChannel', interceptors);
  channel.subscribe({ handleMessage: (message) => void sent.push(message) });
  const template = new SimpMessagingTemplate(channel, new CompositeMessageConverter(), '/user/', (error) =>
    failures.push(error),
  );
  return { template, sent, failures };
}

describe('SimpMessagingTemplate', () => {
  it('converts a value and sends it with its headers', () => {
    const { template, sent } = templateOf();
    expect(template.convertAndSend('/topic/a', { price: 42 }, { 'x-kind': 'price' })).toBeUndefined();
    const { payload, headers } = sent[0]!;
    expect(Buffer.from(payload).toString()).toBe('{"price":42}');
    expect(headers).toMatchObject({ command: 'SEND', destination: '/topic/a' });
    expect([...headers.nativeHeaders]).toEqual([
      ['x-kind', 'price'],
      ['content-type', 'application/json'],
    ]);
  });

  it('gives the message to a post-processor first', () => {
    const { template, sent } = templateOf();
    void template.convertAndSend('/topic/a', 'x', undefined, (message) => message.with({ destination: '/topic/b' }));
    expect(sent[0]!.headers.destination).toBe('/topic/b');
  });

  it('takes a post-processor in place of headers or behind them, for a topic and for a user', () => {
    const { template, sent } = templateOf();
    const mark = (message: Message): Message => {
      message.headers.nativeHeaders.append('x-mark', 'yes');
      return message;
    };
    void template.convertAndSend('/topic/a', 'x', mark);
    void template.convertAndSend('/topic/a', 'x', { 'x-kind': 'a' }, mark);
    void template.convertAndSendToUser('alice', '/queue/a', 'x', mark);
    void template.convertAndSendToUser('alice', '/queue/a', 'x', { 'x-kind': 'a' }, mark);
    expect(sent.map(({ headers }) => [headers.destination, headers.nativeHeaders.keys()])).toEqual([
      ['/topic/a', ['content-type', 'x-mark']],
      ['/topic/a', ['x-kind', 'content-type', 'x-mark']],
      ['/user/alice/queue/a', ['content-type', 'x-mark']],
      ['/user/alice/queue/a', ['x-kind', 'content-type', 'x-mark']],
    ]);
  });

  it('sends to its default destination what names none', () => {
    const { template, sent } = templateOf();
    template.defaultDestination = '/topic/default';
    void template.convertAndSend('a text');
    void template.convertAndSend({ price: 42 }, (message) => message.with({ messageId: 'processed' }));
    void template.send(new Message(Buffer.from('x'), new MessageHeaders()));
    void template.send(Message.to('/topic/own', Buffer.from('y')));
    void template.send('/topic/named', Message.to('/topic/own', Buffer.from('z')));
    expect(
      sent.map(({ payload, headers }) => [headers.destination, headers.command, Buffer.from(payload).toString()]),
    ).toEqual([
      ['/topic/default', 'SEND', 'a text'],
      ['/topic/default', 'SEND', '{"price":42}'],
      ['/topic/default', 'SEND', 'x'],
      ['/topic/own', 'SEND', 'y'],
      ['/topic/named', 'SEND', 'z'],
    ]);
    expect(sent[1]!.headers.messageId).toBe('processed');
  });

  it('throws where there is no default destination either', () => {
    const { template, sent } = templateOf();
    expect(() => template.convertAndSend('/topic/a')).toThrow('no destination, and the template has no default');
    expect(() => template.convertAndSend({ price: 42 }, (message) => message)).toThrow(MessageDeliveryException);
    expect(sent).toEqual([]);
  });

  it('takes undefined for a payload that cannot be written, not for a missing one', () => {
    const { template } = templateOf();
    template.defaultDestination = '/topic/default';
    expect(() => template.convertAndSend('/topic/a', undefined)).toThrow(MessageConversionException);
  });

  it.each([
    ['alice', '/queue/one', '/user/alice/queue/one'],
    ['alice', 'queue/one', '/user/alice/queue/one'],
    ['a/b/c', '/queue/one', '/user/a%2Fb%2Fc/queue/one'],
    ['50%', '/queue/one', '/user/50%/queue/one'],
    ['ä b', '/queue/one', '/user/ä b/queue/one'],
  ])('sends to the user %j at %s as %s', (user, destination, expected) => {
    const { template, sent } = templateOf();
    void template.convertAndSendToUser(user, destination, 'x');
    expect(sent[0]!.headers.destination).toBe(expected);
  });

  it('refuses a user name that could be taken for another', () => {
    const { template } = templateOf();
    expect(() => template.convertAndSendToUser('a%2Fb', '/queue/one', 'x')).toThrow(MessageDeliveryException);
  });

  it('sends a message as it is, whatever command its headers have', () => {
    const { template, sent } = templateOf();
    void template.send(new Message(Buffer.from('x'), MessageHeaders.of({ destination: '/topic/a' })));
    void template.send(Message.to('/topic/b', Buffer.from('y')));
    expect(sent.map(({ headers }) => [headers.command, headers.destination])).toEqual([
      ['SEND', '/topic/a'],
      ['SEND', '/topic/b'],
    ]);
  });

  it('refuses a message without a destination and a value that cannot be written', () => {
    const { template } = templateOf();
    expect(() => template.send(new Message(Buffer.alloc(0), new MessageHeaders()))).toThrow(MessageDeliveryException);
    expect(() => template.convertAndSend('/topic/a', 1n)).toThrow(MessageConversionException);
  });

  it('throws what goes wrong at once', () => {
    const { template } = templateOf({
      preSend: () => {
        throw new Error('no');
      },
    });
    expect(() => template.convertAndSend('/topic/a', 'x')).toThrow('The message was refused.');
  });

  it('rejects with what goes wrong later, and reports it for those who do not await', async () => {
    const { template, failures } = templateOf({ preSend: () => Promise.reject(new Error('no')) });
    await expect(template.convertAndSend('/topic/a', 'x')).rejects.toThrow('The message was refused.');
    // Nobody awaits this one; an unhandled rejection would end the process.
    void template.convertAndSend('/topic/a', 'y');
    await new Promise(setImmediate);
    expect(failures).toHaveLength(2);
  });
});

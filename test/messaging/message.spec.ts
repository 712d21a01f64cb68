import { Message, MessageHeaders } from '../../lib/messaging/message.js';
import { HeaderList } from '../../lib/utils/header-list.js';

describe('A message with some headers changed', () => {
  it('has all others as they were', () => {
    // Whoever adds a header to the class is asked for one here.
    const all: Required<Omit<MessageHeaders, 'contentType'>> = {
      command: 'SUBSCRIBE',
      destination: '/topic/a',
      sessionId: 'session',
      subscriptionId: 'subscription',
      subscription: {} as never,
      user: { name: 'alice' },
      passcode: {} as never,
      sessionAttributes: new Map(),
      messageId: 'id',
      originalDestination: '/user/queue/a',
      isPrivate: true,
      excludedSessionId: 'other',
      isAwaited: false,
      feed: '/topic/*',
      delivery: new HeaderList(),
      isLast: true,
      onAck() {},
      onNack() {},
      receiptHeaders: new HeaderList(),
      nativeHeaders: new HeaderList(),
    };
    const { headers } = new Message(Buffer.alloc(0), MessageHeaders.of(all)).with({ messageId: 'another' });

    expect(Object.fromEntries(Object.entries(headers))).toEqual({ ...all, messageId: 'another' });
    expect(headers.nativeHeaders).toBe(all.nativeHeaders);
  });
});

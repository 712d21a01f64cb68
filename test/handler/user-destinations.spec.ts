import { Controller } from '@nestjs/common';
import { MessageMapping, SubscribeMapping } from '../../lib/decorators/index.js';
import { Message } from '../../lib/messaging/message.js';
import { SimpMessagingTemplate } from '../../lib/messaging/simp-messaging.template.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { nextText, startApplication, type TestApplication } from './support/start-application.js';

const acknowledged: string[] = [];

@Controller()
class InboxController {
  @SubscribeMapping('/inbox')
  async *inbox(): AsyncGenerator<Message<string>> {
    for (const item of ['first', 'second', 'third']) {
      const message = Message.to('', item);
      message.headers.onAck = () => acknowledged.push(item);
      yield message;
    }
  }

  @MessageMapping('/inbox')
  forged(): void {
    acknowledged.push('a client has sent to a user destination');
  }
}

describe('A method that is mapped to a user destination', () => {
  let application: TestApplication;
  let alice: StompTestClient;

  beforeEach(async () => {
    acknowledged.length = 0;
    application = await startApplication({
      controllers: [InboxController],
      stomp: { applicationDestinationPrefixes: ['/app', '/user/queue'] },
    });
    alice = await application.connect('alice');
  });

  afterEach(() => application.stop());

  it('answers who subscribes to it, as a stream of what they acknowledge', async () => {
    await alice.subscribe('/user/queue/inbox', { ack: 'client', window: 2 });
    await nextText(alice, '/user/queue/inbox');
    const second = await alice.nextMessage('/user/queue/inbox');
    await alice.receipt('ACK', { id: second.headers.get('ack') });
    expect(await nextText(alice, '/user/queue/inbox')).toBe('third');
    expect(acknowledged).toEqual(['first', 'second']);
  });

  it('shares the subscription with what is sent to the user, which is acknowledged on its own', async () => {
    await alice.subscribe('/user/queue/inbox', { ack: 'client', window: 1 });
    expect(await nextText(alice, '/user/queue/inbox')).toBe('first');
    await application.app.get(SimpMessagingTemplate).convertAndSendToUser('alice', '/queue/inbox', 'news');
    const news = await alice.nextMessage('/user/queue/inbox');
    expect(news.body.toString()).toBe('news');
    await alice.receipt('ACK', { id: news.headers.get('ack') });
    expect(acknowledged).toEqual([]);
  });

  it('is not called by a SEND, which clients may not do', async () => {
    await expect(alice.send('/user/queue/inbox', 'forged')).rejects.toThrow('may not SEND to user destinations');
    expect(acknowledged).toEqual([]);
  });
});

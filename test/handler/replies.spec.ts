import { Controller } from '@nestjs/common';
import {
  DestinationVariable,
  MessageMapping,
  Payload,
  SendTo,
  SendToUser,
  SubscribeMapping,
} from '../../lib/decorators/index.js';
import { Message } from '../../lib/messaging/message.js';
import { nextError, nextText, startApplication, type TestApplication } from './support/start-application.js';

@Controller()
@MessageMapping('/reply')
class ReplyController {
  @MessageMapping('/default')
  byDefault(@Payload() text: string) {
    return `default ${text}`;
  }

  @MessageMapping('/room/{id}')
  @SendTo('/topic/room.{id}', '/topic/all-rooms')
  several(@DestinationVariable('id') id: string) {
    return { id };
  }

  @MessageMapping('/mine')
  @SendToUser()
  mine() {
    return 'for you';
  }

  @MessageMapping('/this-session')
  @SendToUser('/queue/x', { broadcast: false })
  thisSession() {
    return 'for this session';
  }

  @MessageMapping('/both')
  @SendTo('/topic/both')
  @SendToUser(['/queue/a', '/queue/b'])
  both() {
    return 'both';
  }

  @MessageMapping('/others')
  @SendTo('/topic/others', { echo: false })
  others() {
    return 'others';
  }

  @MessageMapping('/void')
  @SendTo('/topic/void')
  nothing(@Payload() text: string) {
    return text === 'null' ? null : undefined;
  }

  @MessageMapping('/later')
  async later() {
    await Promise.resolve();
    return 'later';
  }

  @MessageMapping('/message')
  @SendTo('/topic/message')
  message() {
    return Message.to('/topic/elsewhere', { a: 1 }, { 'x-kind': 'greeting' });
  }

  @MessageMapping('/addressed')
  addressed() {
    return Message.to('/topic/addressed-by-itself', 'hello');
  }

  @SubscribeMapping('/direct/{id}')
  direct(@DestinationVariable('id') id: number) {
    return { id };
  }

  @SubscribeMapping('/via-broker')
  @SendTo('/topic/via-broker')
  viaBroker() {
    return 'via broker';
  }

  @MessageMapping('/unwritable')
  unwritable() {
    return { big: 1n };
  }
}

@Controller()
@MessageMapping('/class')
@SendTo('/topic/of-class')
class ClassLevelController {
  @MessageMapping('/plain')
  plain() {
    return 'plain';
  }

  @MessageMapping('/empty')
  @SendToUser()
  empty() {
    return 'empty takes the class value';
  }

  @MessageMapping('/own')
  @SendToUser('/queue/own')
  own() {
    return 'own';
  }

  @SubscribeMapping('/subscribed')
  subscribed() {
    return 'subscribed';
  }
}

describe('The reply of a handler', () => {
  let application: TestApplication;

  beforeAll(async () => {
    application = await startApplication({ controllers: [ReplyController, ClassLevelController] });
  });

  afterAll(() => application.stop());

  it('goes to /topic + the mapped destination by default', async () => {
    const client = await application.connect();
    await client.subscribe('/topic/reply/default');
    await client.send('/app/reply/default', 'text');
    expect(await nextText(client, '/topic/reply/default')).toBe('default text');
  });

  it('goes to each destination of @SendTo, with the variables of the mapping in place', async () => {
    const client = await application.connect();
    await client.subscribe('/topic/room.7');
    await client.subscribe('/topic/all-rooms');
    await client.send('/app/reply/room/7');
    expect(await nextText(client, '/topic/room.7')).toBe('{"id":"7"}');
    expect(await nextText(client, '/topic/all-rooms')).toBe('{"id":"7"}');
  });

  it('goes to /queue + the mapped destination of all the user’s sessions with @SendToUser', async () => {
    const alice = await application.connect('alice');
    const aliceToo = await application.connect('alice');
    const bob = await application.connect('bob');
    for (const client of [alice, aliceToo, bob]) await client.subscribe('/user/queue/reply/mine');
    await alice.send('/app/reply/mine');
    expect(await nextText(alice, '/user/queue/reply/mine')).toBe('for you');
    expect(await nextText(aliceToo, '/user/queue/reply/mine')).toBe('for you');
    expect(bob.take('MESSAGE')).toEqual([]);
  });

  it('goes to the sending session only with broadcast: false', async () => {
    const alice = await application.connect('alice');
    const aliceToo = await application.connect('alice');
    for (const client of [alice, aliceToo]) await client.subscribe('/user/queue/x');
    await alice.send('/app/reply/this-session');
    expect(await nextText(alice, '/user/queue/x')).toBe('for this session');
    expect(aliceToo.take('MESSAGE')).toEqual([]);
  });

  it('goes to the sending session when nobody is known', async () => {
    const client = await application.connect();
    const other = await application.connect();
    for (const one of [client, other]) await one.subscribe('/user/queue/reply/mine');
    await client.send('/app/reply/mine');
    expect(await nextText(client, '/user/queue/reply/mine')).toBe('for you');
    expect(other.take('MESSAGE')).toEqual([]);
  });

  it('goes to the user first and to the topic next with both decorators', async () => {
    const alice = await application.connect('alice');
    for (const destination of ['/topic/both', '/user/queue/a', '/user/queue/b']) await alice.subscribe(destination);
    await alice.send('/app/reply/both');
    expect(alice.take('MESSAGE').map(({ headers }) => headers.get('destination'))).toEqual([
      '/user/queue/a',
      '/user/queue/b',
      '/topic/both',
    ]);
  });

  it('leaves the sender out with echo: false', async () => {
    const sender = await application.connect();
    const other = await application.connect();
    for (const client of [sender, other]) await client.subscribe('/topic/others');
    await sender.send('/app/reply/others');
    expect(await nextText(other, '/topic/others')).toBe('others');
    expect(sender.take('MESSAGE')).toEqual([]);
  });

  it.each(['null', 'undefined'])('is nothing when the method returns %s', async (value) => {
    const client = await application.connect();
    await client.subscribe('/topic/void');
    await client.send('/app/reply/void', value);
    expect(client.take('MESSAGE')).toEqual([]);
  });

  it('of a promise has been sent when the RECEIPT comes', async () => {
    const client = await application.connect();
    await client.subscribe('/topic/reply/later');
    await client.send('/app/reply/later');
    expect(client.take('MESSAGE').map(({ body }) => body.toString())).toEqual(['later']);
  });

  it('may be a Message, whose headers go along', async () => {
    const client = await application.connect();
    await client.subscribe('/topic/message');
    await client.send('/app/reply/message');
    const frame = await client.next('MESSAGE');
    expect(frame.headers.get('x-kind')).toBe('greeting');
    expect(frame.headers.get('content-type')).toBe('application/json');
    expect(frame.body.toString()).toBe('{"a":1}');
  });

  it('may be a Message that names its destination in place of the default', async () => {
    const client = await application.connect();
    await client.subscribe('/topic/addressed-by-itself');
    await client.send('/app/reply/addressed');
    expect(await nextText(client, '/topic/addressed-by-itself')).toBe('hello');
  });

  it('of @SubscribeMapping goes straight to the subscription, before its RECEIPT', async () => {
    const client = await application.connect();
    const id = await client.subscribe('/app/reply/direct/42');
    const [frame] = client.take('MESSAGE');
    expect(frame?.headers.get('subscription')).toBe(id);
    expect(frame?.headers.get('destination')).toBe('/app/reply/direct/42');
    expect(frame?.headers.get('message-id')).toMatch(/./);
    expect(frame?.body.toString()).toBe('{"id":42}');
  });

  it('of @SubscribeMapping with @SendTo goes through the broker', async () => {
    const client = await application.connect();
    await client.subscribe('/topic/via-broker');
    await client.subscribe('/app/reply/via-broker');
    expect(client.take('MESSAGE').map(({ headers }) => headers.get('destination'))).toEqual(['/topic/via-broker']);
  });

  it.each([
    ['/app/class/plain', '/topic/of-class'],
    ['/app/class/empty', '/topic/of-class'],
    ['/app/class/own', '/user/queue/own'],
  ])('to %s goes to %s: the class’s @SendTo holds for methods that name no destination', async (to, expected) => {
    const alice = await application.connect('alice');
    await alice.subscribe('/topic/of-class');
    await alice.subscribe('/user/queue/own');
    await alice.send(to);
    expect(alice.take('MESSAGE').map(({ headers }) => headers.get('destination'))).toEqual([expected]);
  });

  it('of @SubscribeMapping is diverted to the broker by the class’s @SendTo', async () => {
    const client = await application.connect();
    await client.subscribe('/topic/of-class');
    await client.subscribe('/app/class/subscribed');
    expect(client.take('MESSAGE').map(({ headers }) => headers.get('destination'))).toEqual(['/topic/of-class']);
  });

  it('that cannot be written fails the frame', async () => {
    const client = await application.connect();
    client.transmit('SEND', { destination: '/app/reply/unwritable' });
    expect(await nextError(client)).toMatchObject({ code: 'MESSAGE_CONVERSION' });
  });
});

describe('The reply of a handler with "." as separator', () => {
  @Controller()
  @MessageMapping('dest')
  class DotController {
    @MessageMapping('foo.{id}')
    foo(@DestinationVariable() id: string) {
      return id;
    }
  }

  it('goes to /topic/ + the mapped destination', async () => {
    const application = await startApplication({ controllers: [DotController], stomp: { pathSeparator: '.' } });
    const client = await application.connect();
    await client.subscribe('/topic/dest.foo.7');
    await client.send('/app/dest.foo.7');
    expect(await nextText(client, '/topic/dest.foo.7')).toBe('7');
    await application.stop();
  });
});

import {
  Controller,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { EMPTY, from, map, mergeMap, of } from 'rxjs';
import {
  DestinationVariable,
  HeaderList,
  Message,
  MessageExceptionHandler,
  MessageHeaders,
  MessageMapping,
  Principal,
  SendTo,
  SendToUser,
  SimpMessagingTemplate,
  SubscribeMapping,
} from '../../lib/index.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { nextText } from '../handler/support/start-application.js';
import { logged, startModule, type StartedModule } from '../handler/support/start-module.js';

/** Spring 7’s `addHeaderFilter`: some headers of the client's message go along with the reply. */
class TraceHeader implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    const { nativeHeaders } = context.getArgByIndex<Message>(2).headers;
    const headers = HeaderList.from({ traceparent: nativeHeaders.get('traceparent') });
    return next
      .handle()
      .pipe(map((value: unknown) => new Message(value, MessageHeaders.of({ nativeHeaders: headers }))));
  }
}

/** What Spring's return value handlers are for: it makes something else of the value. */
class Envelope implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(map((value: unknown) => ({ envelope: value })));
  }
}

/** How often a value has been written as JSON. */
let writings = 0;

@Controller()
@MessageMapping('/reply')
class ReplyController {
  constructor(private readonly messagingTemplate: SimpMessagingTemplate) {}

  @MessageMapping('/exact')
  @SendTo('/topic/greeting')
  exact() {
    return 'hi bob';
  }

  @MessageMapping('/list')
  @SendTo(['/topic/one', '/topic/two'], { echo: false })
  list() {
    return 'to a list';
  }

  @MessageMapping('/mine')
  @SendToUser({ broadcast: false })
  mine() {
    return 'mine';
  }

  @MessageMapping('/users/{room}')
  @SendToUser('/queue/room.{room}', '/queue/rooms')
  users() {
    return 'to two of the user’s';
  }

  @MessageMapping('/to/{name}')
  @SendTo('/user/{name}/queue/notes')
  toSomebody(note: string) {
    return note;
  }

  @MessageMapping('/single')
  single() {
    return of('one value');
  }

  @MessageMapping('/back')
  back(message: Message) {
    return message;
  }

  @MessageMapping('/forged')
  @SendTo('/topic/forged')
  forged() {
    const nativeHeaders = HeaderList.from([
      ['destination', '/topic/elsewhere'],
      ['subscription', 'not-yours'],
      ['message-id', 'mine'],
      ['content-length', '1'],
      ['receipt', 'r'],
      ['receipt-id', 'r'],
      ['ack', 'a'],
      ['user-name', 'root'],
      ['transaction', 't'],
      ['simpUser', 'root'],
      ['x-own', 'yes'],
      ['x-own', 'again'],
    ]);
    const headers = MessageHeaders.of({
      nativeHeaders,
      command: 'CONNECT',
      destination: '/topic/elsewhere',
      sessionId: 'another',
      user: { name: 'root' },
      isPrivate: true,
      originalDestination: '/user/queue/private',
      messageId: 'mine',
      subscriptionId: 'not-yours',
    });
    return new Message('body', headers);
  }

  @SubscribeMapping('/forged')
  forgedDirectly() {
    return this.forged();
  }

  @MessageMapping('/traced')
  @UseInterceptors(TraceHeader)
  traced() {
    return 'traced';
  }

  @MessageMapping('/envelope')
  @UseInterceptors(Envelope)
  enveloped() {
    return 'letter';
  }

  @MessageMapping('/handled-otherwise')
  @UseInterceptors({
    intercept: (_context: ExecutionContext, next: CallHandler<{ to: string }>) =>
      next.handle().pipe(mergeMap(() => EMPTY)),
  })
  handledOtherwise() {
    void this.messagingTemplate.convertAndSend('/topic/otherwise', 'sent by hand');
    return { to: 'nobody' };
  }

  @MessageMapping('/getter')
  @SendTo('/topic/getter')
  getter() {
    return {
      get secret(): string {
        throw new Error('secret of the server');
      },
    };
  }

  @MessageMapping('/mixed')
  @SendTo('/topic/mixed')
  mixed() {
    return from(['text', 1, true, { a: null }, Buffer.from([0xff]), null, undefined, '']);
  }

  @MessageMapping('/counted')
  @SendTo('/topic/one', '/topic/two')
  @SendToUser('/queue/three')
  counted() {
    return { toJSON: () => `written ${++writings}` };
  }

  @MessageMapping('/deep/**')
  deep() {
    return 'too deep';
  }

  @MessageMapping('/chain/{id}')
  @SendTo('/topic/{id}{id}{id}')
  chain(@DestinationVariable('id') id: string) {
    return id.length;
  }
}

@Controller()
@MessageMapping('/user-class')
@SendToUser('/queue/of-class', { broadcast: false })
class UserClassController {
  @MessageMapping('/plain')
  plain() {
    return 'plain';
  }

  @MessageMapping('/empty')
  @SendTo()
  empty() {
    return 'empty takes the class value';
  }

  @MessageMapping('/own')
  @SendTo('/topic/own')
  own() {
    return 'own';
  }

  @SubscribeMapping('/subscribed')
  subscribed() {
    return 'subscribed';
  }
}

describe('The reply of a handler', () => {
  let application: StartedModule;
  let alice: StompTestClient;

  beforeAll(async () => {
    application = await startModule({ controllers: [ReplyController, UserClassController] });
  });

  beforeEach(async () => {
    alice = await application.connect('alice');
    await alice.subscribe('/user/queue/errors');
  });

  afterEach(() => alice.disconnect());

  afterAll(() => application.stop());

  const destinations = (client: StompTestClient) =>
    client.take('MESSAGE').map(({ headers }) => headers.get('destination'));

  it('has the headers of Spring’s in Spring’s order, and none of the message that it answers', async () => {
    const id = await alice.subscribe('/topic/greeting');
    await alice.send('/app/reply/exact', 'hi', { 'x-mine': '1', 'correlation-id': 'c', traceparent: 't' });
    const frame = await alice.next('MESSAGE');
    expect([...frame.headers]).toEqual([
      ['destination', '/topic/greeting'],
      ['content-type', 'text/plain;charset=UTF-8'],
      ['subscription', id],
      ['message-id', expect.stringMatching(/./)],
      ['content-length', '6'],
    ]);
    expect(frame.body.toString()).toBe('hi bob');
  });

  it('goes to lists of destinations as to single ones', async () => {
    const bob = await application.connect('bob');
    for (const client of [alice, bob]) for (const name of ['one', 'two']) await client.subscribe(`/topic/${name}`);
    await alice.send('/app/reply/list');
    expect(destinations(bob)).toEqual(['/topic/one', '/topic/two']);
    expect(destinations(alice)).toEqual([]);
  });

  it('is written once, however many destinations and receivers it has', async () => {
    const bob = await application.connect('bob');
    for (const client of [alice, bob]) for (const name of ['one', 'two']) await client.subscribe(`/topic/${name}`);
    await alice.subscribe('/user/queue/three');
    await alice.send('/app/reply/counted');
    const bodies = [alice, bob].map((client) => client.take('MESSAGE').map(({ body }) => body.toString()));
    expect(bodies).toEqual([Array(3).fill('"written 1"'), Array(2).fill('"written 1"')]);
  });

  it('goes to the default destination of the sending session with nothing but broadcast: false', async () => {
    const elsewhere = await application.connect('alice');
    for (const client of [alice, elsewhere]) await client.subscribe('/user/queue/reply/mine');
    await alice.send('/app/reply/mine');
    expect(await nextText(alice, '/user/queue/reply/mine')).toBe('mine');
    expect(destinations(elsewhere)).toEqual([]);
  });

  it('goes to several destinations of the user, with variables in place', async () => {
    await alice.subscribe('/user/queue/room.小明');
    await alice.subscribe('/user/queue/rooms');
    await alice.send('/app/reply/users/小明');
    expect(destinations(alice)).toEqual(['/user/queue/room.小明', '/user/queue/rooms']);
  });

  it('goes to the user that a variable of @SendTo names, and to nobody else whatever the client puts there', async () => {
    const bob = await application.connect('bob');
    const slash = await application.connect('a/b');
    for (const client of [alice, bob, slash]) await client.subscribe('/user/queue/notes');
    await alice.send('/app/reply/to/bob', 'for bob');
    expect(await nextText(bob, '/user/queue/notes')).toBe('for bob');
    await alice.send('/app/reply/to/a%2Fb', 'for a/b');
    expect(await nextText(slash, '/user/queue/notes')).toBe('for a/b');
    for (const name of ['*', '**', '{name}', '..', 'nobody']) await alice.send(`/app/reply/to/${name}`, 'for nobody');
    for (const client of [alice, bob, slash]) expect(destinations(client)).toEqual([]);
  });

  it('may be an Observable of one value', async () => {
    await alice.subscribe('/topic/reply/single');
    await alice.send('/app/reply/single');
    expect(await nextText(alice, '/topic/reply/single')).toBe('one value');
  });

  it('may be the client’s own message, which goes where any reply goes and says nothing of its sender’s session', async () => {
    await alice.subscribe('/topic/reply/back');
    await alice.send('/app/reply/back', { a: 1 }, { 'x-mine': '1', id: 'x', ack: 'y' });
    const { headers, body } = await alice.next('MESSAGE');
    expect(headers.keys()).toEqual([
      'destination',
      'content-type',
      'subscription',
      'message-id',
      'x-mine',
      'content-length',
    ]);
    expect(headers.get('content-type')).toBe('application/json');
    expect(body.toString()).toBe('{"a":1}');
  });

  it('may be a Message, whose headers cannot forge those of the server', async () => {
    const id = await alice.subscribe('/topic/forged');
    await alice.subscribe('/topic/elsewhere');
    await alice.send('/app/reply/forged');
    const [frame, ...others] = alice.take('MESSAGE');
    expect(others).toEqual([]);
    expect([...frame!.headers]).toEqual([
      ['destination', '/topic/forged'],
      ['content-type', 'text/plain;charset=UTF-8'],
      ['subscription', id],
      ['message-id', expect.not.stringMatching('mine')],
      ['x-own', 'yes'],
      ['x-own', 'again'],
      ['content-length', '4'],
    ]);
  });

  it('of a @SubscribeMapping may be a Message, whose headers cannot forge those of the server either', async () => {
    const id = await alice.subscribe('/app/reply/forged');
    const [frame, ...others] = alice.take('MESSAGE');
    expect(others).toEqual([]);
    expect([...frame!.headers]).toEqual([
      ['destination', '/app/reply/forged'],
      ['content-type', 'text/plain;charset=UTF-8'],
      ['subscription', id],
      ['message-id', expect.not.stringMatching('mine')],
      ['x-own', 'yes'],
      ['x-own', 'again'],
      ['content-length', '4'],
    ]);
  });

  it('has those headers of the message that it answers which an interceptor gives it', async () => {
    await alice.subscribe('/topic/reply/traced');
    await alice.send('/app/reply/traced', '', { traceparent: '00-1-2-01', 'x-mine': '1' });
    const { headers, body } = await alice.next('MESSAGE');
    expect([headers.get('traceparent'), headers.get('x-mine'), body.toString()]).toEqual([
      '00-1-2-01',
      undefined,
      'traced',
    ]);
  });

  it('is what an interceptor makes of the return value, or nothing if that handles it itself', async () => {
    for (const name of ['reply/envelope', 'reply/handled-otherwise', 'otherwise'])
      await alice.subscribe(`/topic/${name}`);
    await alice.send('/app/reply/envelope');
    expect(await nextText(alice, '/topic/reply/envelope')).toBe('{"envelope":"letter"}');
    await alice.send('/app/reply/handled-otherwise');
    expect(await nextText(alice, '/topic/otherwise')).toBe('sent by hand');
    expect(destinations(alice)).toEqual([]);
  });

  it('that throws when it is written fails the frame, and tells nothing of why', async () => {
    await alice.subscribe('/topic/getter');
    alice.transmit('SEND', { destination: '/app/reply/getter' });
    expect(JSON.parse(await nextText(alice, '/user/queue/errors'))).toEqual({
      code: 'MESSAGE_CONVERSION',
      message: 'The value to send cannot be written as JSON.',
    });
    expect(destinations(alice)).toEqual([]);
  });

  it('is written by what each value is; null and undefined are none', async () => {
    await alice.subscribe('/topic/mixed');
    await alice.send('/app/reply/mixed');
    const sent = alice
      .take('MESSAGE')
      .map(({ headers, body }) => [headers.get('content-type'), body.toString('latin1')]);
    expect(sent).toEqual([
      ['text/plain;charset=UTF-8', 'text'],
      ['application/json', '1'],
      ['application/json', 'true'],
      ['application/json', '{"a":null}'],
      ['application/octet-stream', '\xff'],
      ['text/plain;charset=UTF-8', ''],
    ]);
  });

  it('goes to a destination of long variables as it is', async () => {
    const long = 'x'.repeat(2_000);
    await alice.subscribe(`/topic/${long.repeat(3)}`);
    await alice.send(`/app/reply/chain/${long}`);
    expect(await nextText(alice, `/topic/${long.repeat(3)}`)).toBe('2000');
  });

  it('to a destination that a client has made too deep ends its session', async () => {
    const client = await application.connect('bob');
    client.transmit('SEND', { destination: `/app/reply/deep${'/x'.repeat(100)}`, receipt: 'r' });
    const { headers } = await client.next('ERROR');
    expect([headers.get('code'), headers.get('receipt-id')]).toEqual(['STOMP_ERR_DESTINATION', 'r']);
  });

  it.each([
    ['/app/user-class/plain', '/user/queue/of-class'],
    ['/app/user-class/empty', '/user/queue/of-class'],
    ['/app/user-class/own', '/topic/own'],
  ])('to %s goes to %s: the class’s @SendToUser holds for methods that name no destination', async (to, expected) => {
    const elsewhere = await application.connect('alice');
    for (const client of [alice, elsewhere]) await client.subscribe('/user/queue/of-class');
    await alice.subscribe('/topic/own');
    await alice.send(to);
    expect(destinations(alice)).toEqual([expected]);
    expect(destinations(elsewhere)).toEqual([]);
  });

  it('of @SubscribeMapping is diverted to the user by the class’s @SendToUser', async () => {
    await alice.subscribe('/user/queue/of-class');
    await alice.subscribe('/app/user-class/subscribed');
    expect(destinations(alice)).toEqual(['/user/queue/of-class']);
  });
});

describe('The default destination of replies', () => {
  @Controller()
  class DefaultController {
    @MessageMapping('/news')
    news() {
      return 'news';
    }

    @MessageMapping('/mine')
    @SendToUser()
    mine(_text: string, user: Principal) {
      return `for ${user.name}`;
    }
  }

  @Controller()
  @MessageMapping('room')
  class DotController {
    @MessageMapping('{id}.say')
    @SendToUser()
    @SendTo()
    say() {
      return 'said';
    }
  }

  it.each(['/events/default', '/events/default/'])('begins with what the options say: %s', async (prefix) => {
    const application = await startModule({
      controllers: [DefaultController],
      stomp: {
        broker: { destinationPrefixes: ['/events'] },
        defaultDestinationPrefix: prefix,
        defaultUserDestinationPrefix: '/answers',
      },
    });
    const client = await application.connect('alice');
    await client.subscribe('/events/default/news');
    await client.subscribe('/user/answers/mine');
    await client.send('/app/news');
    expect(await nextText(client, '/events/default/news')).toBe('news');
    await client.send('/app/mine', 'text');
    expect(await nextText(client, '/user/answers/mine')).toBe('for alice');
    await application.stop();
  });

  it('needs no slash where dots separate and the broker’s prefixes have none', async () => {
    const application = await startModule({
      controllers: [DotController],
      stomp: {
        pathSeparator: '.',
        broker: { destinationPrefixes: ['topic.', 'queue.'] },
        defaultDestinationPrefix: 'topic.',
        defaultUserDestinationPrefix: 'queue.',
      },
    });
    const client = await application.connect('alice');
    await client.subscribe('/user/queue.room.7.say');
    await client.subscribe('topic.room.*.say');
    await client.send('/app/room.7.say');
    expect(client.take('MESSAGE').map(({ headers }) => headers.get('destination'))).toEqual([
      '/user/queue.room.7.say',
      'topic.room.7.say',
    ]);
    await application.app.get(SimpMessagingTemplate).convertAndSendToUser('alice', 'queue.room.7.say', 'again');
    expect(await nextText(client, '/user/queue.room.7.say')).toBe('again');
    await application.stop();
  });

  it('must be the broker’s: what a method replies to nobody is told of once', async () => {
    @Controller()
    class SilentController {
      @MessageMapping('/quiet')
      quiet(): void {}

      @MessageMapping('/heard')
      heard() {
        return 'heard';
      }
    }
    const application = await startModule({
      controllers: [SilentController],
      stomp: { broker: { destinationPrefixes: ['/queue'] } },
    });
    const client = await application.connect('alice');
    logged.length = 0;
    for (const destination of ['/app/quiet', '/app/heard', '/app/heard']) await client.send(destination);
    expect(logged.filter((line) => line.includes('nobody gets'))).toEqual([
      'What SilentController.heard() replies to "/topic/heard" nobody gets: a reply goes to a destination that begins with /queue, ' +
        '/user/. Name one with @SendTo() or @SendToUser(), or set the option defaultDestinationPrefix.',
    ]);
    await application.stop();
  });
});

describe('A reply that can never be sent stops the start:', () => {
  function replying(...decorators: MethodDecorator[]) {
    @Controller()
    class Faulty {
      @MessageMapping('/a/{id}')
      say() {}
    }
    const descriptor = Object.getOwnPropertyDescriptor(Faulty.prototype, 'say')!;
    for (const decorate of decorators) decorate(Faulty.prototype, 'say', descriptor);
    return Faulty;
  }

  it.each([
    ['to nowhere', SendTo(''), 'The reply to "" of Faulty.say() is not possible: it is empty.'],
    [
      'with an open brace',
      SendTo('/topic/{id'),
      'The reply to "/topic/{id" of Faulty.say() is not possible: it has a brace',
    ],
    ['with braces in braces', SendToUser('/queue/{{id}}'), 'of Faulty.say() is not possible: it has a brace without'],
    ['with a variable of no pattern', SendToUser('/queue/{room}'), 'has no variable {room}'],
    ['with an expression', SendTo('/topic/{id:[0-9]+}'), 'has no variable {id:[0-9]+}'],
    ['to a handler', SendTo('/topic/a', '/app/b'), 'Faulty.say() replies to "/app/b", where nobody would get it'],
    [
      'to what the broker does not serve',
      SendTo('/events/{id}'),
      'replies to "/events/{id}", where nobody would get it: a reply goes to a destination that begins with /topic, /queue, /user/.',
    ],
  ])('one %s', async (_what, decorator, message) => {
    await expect(startModule({ controllers: [replying(decorator)] })).rejects.toThrow(message);
  });

  it.each([
    ['a number', 5],
    ['null', null],
    ['a list in a list', [['/topic/a']]],
  ])('one to %s', (_what, destination) => {
    for (const decorate of [SendTo, SendToUser]) expect(() => decorate(destination as never)).toThrow('must be a text');
  });

  it('and so does that of an exception handler, but not one whose beginning is a variable', async () => {
    @Controller()
    class Failing {
      @MessageMapping('/{where}/fail')
      @SendTo('{where}', '/{where}')
      fail() {
        throw new Error('failed');
      }

      @MessageExceptionHandler()
      @SendTo('/errors')
      failed() {
        return 'failed';
      }
    }
    await expect(startModule({ controllers: [Failing] })).rejects.toThrow('Failing.failed() replies to "/errors"');
    const stomp = { broker: { destinationPrefixes: ['/errors'] } };
    await (await startModule({ controllers: [Failing], stomp })).stop();
  });
});

import { Injectable, UseGuards, UseInterceptors, type CallHandler, type NestInterceptor } from '@nestjs/common';
import { Ack, ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { from, map, Observable, of, Subject } from 'rxjs';
import { StompSession, StompSessionRegistry, type ChannelInterceptor } from '../../lib/index.js';
import type { StompFrame } from '../../lib/frame/stomp-frame.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { deferred, type Deferred } from '../utils/deferred.js';
import { startGateways, type StartedGateways } from './support/start-gateways.js';

let whenAsked: Deferred<unknown>;
let ticks: Subject<unknown>;
const calls: unknown[] = [];

@Injectable()
class ShoutingInterceptor implements NestInterceptor {
  intercept(_context: unknown, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value) => `${String(value)}!`));
  }
}

@WebSocketGateway()
class AnsweringGateway {
  @SubscribeMessage('/app/echo')
  echo(@MessageBody() body: unknown) {
    calls.push(body);
    return body;
  }

  @SubscribeMessage('field')
  field(@MessageBody('name') name: unknown) {
    return { name };
  }

  @SubscribeMessage('classic')
  classic(client: StompSession, body: unknown, acknowledge: unknown) {
    return [client instanceof StompSession, body, typeof acknowledge];
  }

  @SubscribeMessage('whoami')
  whoAmI(@ConnectedSocket() client: StompSession) {
    return client.user?.name;
  }

  @SubscribeMessage('event')
  event(@MessageBody() event: string) {
    return { event, data: { kind: 'event' } };
  }

  @SubscribeMessage('signal')
  signal() {
    return { event: 'signal', data: undefined };
  }

  @SubscribeMessage('null')
  null() {
    return { event: 'signal', data: null };
  }

  @SubscribeMessage('no/event')
  notAnEvent() {
    return { event: 7, data: 'whole' };
  }

  @SubscribeMessage('nothing')
  nothing() {}

  @SubscribeMessage('later')
  later() {
    return whenAsked.promise;
  }

  @SubscribeMessage('list')
  list() {
    return from([1, { event: 'two', data: 2 }, 3]);
  }

  @SubscribeMessage('async/list')
  async asyncList() {
    return of('a', 'b');
  }

  @SubscribeMessage('ticks')
  ticks() {
    return ticks;
  }

  @UseInterceptors(ShoutingInterceptor)
  @SubscribeMessage('shout')
  shout(@MessageBody() text: string) {
    return text;
  }

  @UseInterceptors(ShoutingInterceptor)
  @SubscribeMessage('shout/later')
  shoutLater() {
    return whenAsked.promise;
  }

  @UseInterceptors(ShoutingInterceptor)
  @SubscribeMessage('shout/ticks')
  shoutTicks() {
    return ticks;
  }

  @UseGuards({ canActivate: () => whenAsked.promise.then(() => true) })
  @UseInterceptors(ShoutingInterceptor)
  @SubscribeMessage('guarded/ticks')
  guardedTicks() {
    calls.push('guarded');
    return ticks;
  }

  @SubscribeMessage('ack')
  ack(@MessageBody() body: string, @Ack() acknowledge: (answer: unknown) => unknown) {
    void acknowledge(`acknowledged ${body}`);
    return body === 'twice' ? { event: 'ack/event', data: 'returned' } : 'not sent';
  }
}

function messageTo(destination: string) {
  return ({ command, headers }: StompFrame) => command === 'MESSAGE' && headers.get('destination') === destination;
}

async function textTo(client: StompTestClient, destination: string): Promise<string> {
  return (await client.next(messageTo(destination))).body.toString();
}

const DESTINATIONS = ['echo', 'field', 'classic', 'whoami', 'event', 'signal', 'no/event', 'later', 'list', 'two'];
DESTINATIONS.push('async/list', 'ticks', 'shout', 'shout/later', 'shout/ticks', 'ack', 'ack/event', 'replies');

describe('What a @SubscribeMessage method returns', () => {
  let application: StartedGateways;
  let alice: StompTestClient;
  let elsewhere: StompTestClient;

  beforeAll(async () => {
    application = await startGateways({ providers: [AnsweringGateway], stomp: { transport: { streamLimit: 2 } } });
  });

  beforeEach(async () => {
    calls.length = 0;
    whenAsked = deferred();
    ticks = new Subject();
    alice = await application.connect('alice');
    elsewhere = await application.connect('alice');
    for (const client of [alice, elsewhere]) {
      for (const name of DESTINATIONS) await client.subscribe(`/user/queue/${name}`);
    }
  });

  afterEach(async () => {
    expect(elsewhere.take('MESSAGE')).toEqual([]);
    for (const client of [alice, elsewhere]) await client.disconnect();
  });

  afterAll(() => application.stop());

  it('goes to the /user/queue of the destination, of the sender and no other session of the user', async () => {
    await alice.send('/app/echo', 'hello', { 'content-type': 'text/plain' });
    const [answer, ...others] = alice.take('MESSAGE');
    expect(answer!.headers.get('destination')).toBe('/user/queue/echo');
    expect(answer!.body.toString()).toBe('hello');
    expect(answer!.headers.get('event')).toBeUndefined();
    expect(others).toEqual([]);
  });

  it.each([
    [{ text: '小明' }, {}, { text: '小明' }],
    ['plain', { 'content-type': 'text/plain' }, 'plain'],
    ['[1]', {}, [1]],
    ['', {}, undefined],
    [Buffer.from([0, 1, 255]), { 'content-type': 'application/octet-stream' }, Buffer.from([0, 1, 255])],
  ])('may be the payload %j, which its content type has converted', async (payload, headers, body) => {
    await alice.send('/app/echo', payload, headers);
    expect(calls).toEqual([body]);
    expect(alice.take('MESSAGE')).toHaveLength(body === undefined ? 0 : 1);
  });

  it('may be made of one field of the payload, or of the session', async () => {
    await alice.send('/app/field', { name: 'bob', other: 1 });
    expect(await textTo(alice, '/user/queue/field')).toBe('{"name":"bob"}');
    await alice.send('/app/whoami');
    expect(await textTo(alice, '/user/queue/whoami')).toBe('alice');
  });

  it('may be made of the arguments that a method without decorators gets', async () => {
    await alice.send('/app/classic', 'hello');
    expect(JSON.parse(await textTo(alice, '/user/queue/classic'))).toEqual([true, 'hello', 'function']);
  });

  it.each([
    ['two', '/user/queue/two'],
    ['/queue/two', '/user/queue/two'],
    ['/user/queue/two', '/user/queue/two'],
  ])('goes to its sender as the event %s, at %s', async (event, destination) => {
    await alice.send('/app/event', event, { 'content-type': 'text/plain' });
    const [{ headers, body }] = alice.take('MESSAGE') as [StompFrame];
    expect(headers.get('destination')).toBe(destination);
    expect(headers.get('event')).toBe(event);
    expect(JSON.parse(body.toString())).toEqual({ kind: 'event' });
  });

  it('is not published, even if its event is called like a topic', async () => {
    await alice.subscribe('/topic/event');
    await alice.send('/app/event', '/topic/event', { 'content-type': 'text/plain' });
    expect(alice.take('MESSAGE')).toEqual([]);
    await alice.subscribe('/user/topic/event');
    await alice.send('/app/event', '/topic/event', { 'content-type': 'text/plain' });
    expect(await textTo(alice, '/user/topic/event')).toBe('{"kind":"event"}');
  });

  it('may be an event without data, and an object that is no event', async () => {
    await alice.send('/app/signal');
    expect(await textTo(alice, '/user/queue/signal')).toBe('');
    await alice.send('/app/null');
    expect(await textTo(alice, '/user/queue/signal')).toBe('null');
    await alice.send('/app/no/event');
    expect(await textTo(alice, '/user/queue/no/event')).toBe('{"event":7,"data":"whole"}');
  });

  it('may be nothing, and then nothing is sent', async () => {
    await alice.send('/app/nothing');
    expect(alice.take('MESSAGE')).toEqual([]);
  });

  it('goes where reply-to says instead, with the correlation-id of the message', async () => {
    const headers = { 'reply-to': '/user/queue/replies', 'correlation-id': 'c-1', 'content-type': 'text/plain' };
    await alice.send('/app/echo', 'hello', headers);
    await alice.send('/app/event', 'two', headers);
    const answers = alice.take('MESSAGE');
    expect(answers.map(({ headers }) => headers.get('destination'))).toEqual([
      '/user/queue/replies',
      '/user/queue/replies',
    ]);
    expect(answers.map(({ headers }) => headers.get('correlation-id'))).toEqual(['c-1', 'c-1']);
    expect(answers.map(({ headers }) => headers.get('event'))).toEqual([undefined, 'two']);
  });

  it('has the correlation-id without a reply-to as well', async () => {
    await alice.send('/app/echo', 'hello', { 'correlation-id': 'c-2', 'content-type': 'text/plain' });
    expect((await alice.next('MESSAGE')).headers.get('correlation-id')).toBe('c-2');
  });

  it('is not asked for when reply-to names a destination that is not the sender’s own', async () => {
    alice.transmit('SEND', { destination: '/app/echo', 'reply-to': '/topic/all', receipt: 'r' }, 'hello');
    const { headers } = await alice.next(messageTo('/user/queue/errors'));
    expect(headers.get('failed-receipt')).toBe('r');
    expect(calls).toEqual([]);
  });

  it('may come later: the RECEIPT and the next frame wait for it', async () => {
    alice.transmit('SEND', { destination: '/app/later', receipt: 'first' });
    alice.transmit('SEND', { destination: '/app/echo', receipt: 'second' }, 'hello');
    await elsewhere.send('/app/nothing');
    expect(calls).toEqual([]);
    whenAsked.resolve('at last');
    await alice.next(({ headers }) => headers.get('receipt-id') === 'second');
    expect(alice.take(() => true).map(({ command, body }) => `${command} ${body.toString()}`)).toEqual([
      'MESSAGE at last',
      'RECEIPT ',
      'MESSAGE hello',
    ]);
  });

  it('that never comes holds up its own session only, which can end all the same', async () => {
    alice.transmit('SEND', { destination: '/app/later' });
    alice.transmit('SEND', { destination: '/app/echo' }, 'hello');
    await elsewhere.send('/app/nothing');
    const bob = await application.connect('bob');
    await bob.send('/app/echo', 'hello');
    await bob.disconnect();
    expect(calls).toEqual(['hello']);
    whenAsked.resolve(undefined);
  });

  it('may be a stream: each item is answered in its order', async () => {
    await alice.send('/app/list');
    const answers = alice.take('MESSAGE');
    expect(answers.map(({ headers, body }) => [headers.get('destination'), body.toString()])).toEqual([
      ['/user/queue/list', '1'],
      ['/user/queue/two', '2'],
      ['/user/queue/list', '3'],
    ]);
    await alice.send('/app/async/list');
    expect(await textTo(alice, '/user/queue/async/list')).toBe('a');
    expect(await textTo(alice, '/user/queue/async/list')).toBe('b');
  });

  it('as a stream without items yet holds up nobody, and ends with its session', async () => {
    const bob = await application.connect('bob');
    await bob.subscribe('/user/queue/ticks');
    await bob.send('/app/ticks');
    await bob.send('/app/nothing');
    ticks.next('tick');
    expect(await textTo(bob, '/user/queue/ticks')).toBe('tick');
    await bob.disconnect();
    expect(ticks.observed).toBe(false);
  });

  it('as a stream that fails later is reported', async () => {
    await alice.send('/app/ticks');
    ticks.error(new Error('broken'));
    const { body } = await alice.next(messageTo('/user/queue/errors'));
    expect(JSON.parse(body.toString())).toMatchObject({ code: 'INTERNAL_ERROR' });
  });

  it('as a stream counts towards streamLimit', async () => {
    await alice.send('/app/ticks');
    await alice.send('/app/ticks');
    alice.transmit('SEND', { destination: '/app/ticks', receipt: 'third' });
    const { headers } = await alice.next(messageTo('/user/queue/errors'));
    expect(headers.get('failed-receipt')).toBe('third');
    ticks.complete();
    await alice.send('/app/ticks');
  });

  describe('past an interceptor', () => {
    it('is what the interceptor makes of it', async () => {
      await alice.send('/app/shout', 'hello', { 'content-type': 'text/plain' });
      expect(alice.take('MESSAGE').map(({ body }) => body.toString())).toEqual(['hello!']);
    });

    it('comes before its RECEIPT', async () => {
      alice.transmit('SEND', { destination: '/app/shout/later', receipt: 'r' });
      await elsewhere.send('/app/nothing');
      expect(alice.take('RECEIPT')).toEqual([]);
      whenAsked.resolve('at last');
      await alice.next('RECEIPT');
      expect(alice.take('MESSAGE').map(({ body }) => body.toString())).toEqual(['at last!']);
    });

    it('as a stream lets the RECEIPT go with its first item', async () => {
      alice.transmit('SEND', { destination: '/app/shout/ticks', receipt: 'r' });
      while (!ticks.observed) await elsewhere.send('/app/nothing');
      expect(alice.take('RECEIPT')).toEqual([]);
      ticks.next(1);
      await alice.next('RECEIPT');
      ticks.next(2);
      expect(alice.take('MESSAGE').map(({ body }) => body.toString())).toEqual(['1!', '2!']);
    });

    it('is not asked for when the session has ended while a guard was waiting', async () => {
      const bob = await application.connect('bob');
      bob.transmit('SEND', { destination: '/app/guarded/ticks' });
      const session = [...application.app.get(StompSessionRegistry)].find(({ user }) => user?.name === 'bob');
      session!.close();
      await bob.closed;
      whenAsked.resolve(undefined);
      await alice.send('/app/nothing');
      expect(calls).toEqual([]);
      expect(ticks.observed).toBe(false);
    });

    it('as a stream counts towards streamLimit, and a single value does not', async () => {
      const open = async (receipt: string) => {
        const before = ticks;
        ticks = new Subject();
        alice.transmit('SEND', { destination: '/app/shout/ticks', receipt });
        const own = ticks;
        while (!own.observed) await elsewhere.send('/app/nothing');
        own.next(receipt);
        return [before, own] as const;
      };
      await open('1');
      await open('2');
      await alice.send('/app/shout', 'hello', { 'content-type': 'text/plain' });
      const [, third] = await open('3');
      const { headers } = await alice.next(messageTo('/user/queue/errors'));
      expect(headers.get('failed-receipt')).toBe('3');
      expect(third.observed).toBe(false);
    });
  });

  it('is not sent beside what @Ack() says, unless it is an event', async () => {
    await alice.send('/app/ack', 'once', { 'content-type': 'text/plain' });
    expect(alice.take('MESSAGE').map(({ body }) => body.toString())).toEqual(['acknowledged once']);
    await alice.send('/app/ack', 'twice', { 'content-type': 'text/plain', 'reply-to': '/user/queue/replies' });
    expect(alice.take('MESSAGE').map(({ body }) => body.toString())).toEqual(['acknowledged twice', 'returned']);
  });
});

describe('The RECEIPT of a message to a gateway', () => {
  it.each(['/app/echo', '/app/ack', '/app/shout'])(
    'to %s waits until the broker has taken the answer',
    async (destination) => {
      const released = deferred();
      const held = deferred();
      const interceptor: ChannelInterceptor = {
        preSend: async (message) => {
          held.resolve();
          await released.promise;
          return message;
        },
      };
      const application = await startGateways({
        providers: [AnsweringGateway],
        stomp: { interceptors: { brokerChannel: [interceptor] } },
      });
      const alice = await application.connect();
      const bob = await application.connect();
      alice.transmit('SEND', { destination, receipt: 'r', 'content-type': 'text/plain' }, 'hello');
      await held.promise;
      await bob.send('/app/nothing');
      expect(alice.take('RECEIPT')).toEqual([]);
      released.resolve();
      await alice.next('RECEIPT');
      await application.stop();
    },
  );
});

it('A message that was held back until its session had gone reaches no method', async () => {
  const held = deferred();
  const released = deferred();
  const interceptor: ChannelInterceptor = {
    preSend: async (message) => {
      if (message.headers.destination !== '/app/echo') return message;
      held.resolve();
      await released.promise;
      return message;
    },
    afterSendCompletion: ({ headers }) => void (headers.destination === '/app/echo' && done.resolve()),
  };
  const done = deferred();
  calls.length = 0;
  const application = await startGateways({
    providers: [AnsweringGateway],
    stomp: { interceptors: { clientInboundChannel: [interceptor] } },
  });
  const alice = await application.connect();
  alice.transmit('SEND', { destination: '/app/echo' }, 'hello');
  await held.promise;
  const [session] = application.app.get(StompSessionRegistry);
  session!.close();
  await alice.closed;
  released.resolve();
  await done.promise;
  expect(calls).toEqual([]);
  await application.stop();
});

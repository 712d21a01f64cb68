import { Controller } from '@nestjs/common';
import { Observable } from 'rxjs';
import {
  DestinationVariable,
  MessageMapping,
  Principal,
  SessionUnsubscribeEvent,
  StompEventListener,
  StompSession,
  StompSessionRegistry,
  SubscribeMapping,
} from '../../lib/index.js';
import { StompRuntime } from '../../lib/stomp.runtime.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { deferred } from '../utils/deferred.js';
import { startModule, type StartedModule } from './support/start-module.js';

let ended = deferred();
let entered = deferred();
let gate = deferred();
const unsubscribed: string[] = [];

@Controller()
class RoomController {
  constructor(private readonly sessions: StompSessionRegistry) {}

  @SubscribeMapping('/endless/iterable')
  async *iterable() {
    try {
      for (let number = 0; ; number++) yield number;
    } finally {
      ended.resolve();
    }
  }

  @SubscribeMapping('/endless/observable')
  observable() {
    return new Observable<string>((subscriber) => {
      subscriber.next('first');
      return () => ended.resolve();
    });
  }

  @SubscribeMapping('/failing')
  async *failing() {
    try {
      for (let number = 0; ; number++) yield number;
    } finally {
      setImmediate(() => ended.resolve());
      await Promise.reject(new Error('The tap is broken.'));
    }
  }

  @SubscribeMapping('/slow/{what}')
  async slow(@DestinationVariable('what') what: string) {
    entered.resolve();
    await gate.promise;
    return what === 'stream' ? this.iterable() : 'too late';
  }

  @SubscribeMapping('/unwanted')
  unwanted(session: StompSession) {
    for (const id of session.subscriptions.keys()) session.unsubscribe(id, 'You may not.');
    return 'never seen';
  }

  @MessageMapping('/kick/{name}')
  kick(@DestinationVariable('name') name: string, user: Principal) {
    this.sessions.dropSubscriptions((_, session) => session.user?.name === name, `By ${user.name}`);
  }

  @StompEventListener()
  unsubscribed({ subscriptionId }: SessionUnsubscribeEvent) {
    unsubscribed.push(subscriptionId);
  }
}

describe('A subscription to a handler that the server ends', () => {
  let application: StartedModule;
  let alice: StompTestClient;
  let bob: StompTestClient;

  beforeEach(async () => {
    ended = deferred();
    entered = deferred();
    gate = deferred();
    unsubscribed.length = 0;
    application = await startModule({ controllers: [RoomController] });
    alice = await application.connect('alice');
    bob = await application.connect('bob');
  });

  afterEach(() => application.stop());

  /** The news, and that nothing comes after it. */
  const news = async (): Promise<string> => {
    const { body } = await alice.next(({ headers }) => headers.get('error-code') === 'SUBSCRIPTION_ENDED');
    await alice.send('/topic/nobody');
    expect(alice.take('MESSAGE')).toEqual([]);
    return (JSON.parse(body.toString()) as { message: string }).message;
  };

  it.each([
    ['an Observable', 'observable', {}],
    ['an AsyncIterable that waits for ACK', 'iterable', { ack: 'client', window: '1' }],
  ])('ends its stream, %s', async (_, kind, headers) => {
    const id = await alice.subscribe(`/app/endless/${kind}`, headers);
    const first = await alice.next('MESSAGE');
    await bob.send('/app/kick/alice');
    await ended.promise;
    expect(await news()).toBe('By bob');
    expect(unsubscribed).toEqual([id]);
    if (kind === 'iterable') await alice.receipt('ACK', { id: first.headers.get('ack') });
    await alice.receipt('UNSUBSCRIBE', { id });
  });

  it.each(['value', 'stream'])('gets no %s of a handler that is still at work', async (what) => {
    const subscribed = alice.subscribe(`/app/slow/${what}`, { ack: 'client' });
    await entered.promise;
    await bob.send('/app/kick/alice');
    gate.resolve();
    await subscribed;
    expect(await news()).toBe('By bob');
    expect(unsubscribed).toEqual([]);
  });

  it('can be ended by the handler itself', async () => {
    await alice.subscribe('/app/unwanted');
    expect(await news()).toBe('You may not.');
  });

  it('leaves nothing to be acknowledged when its stream fails because its client has unsubscribed', async () => {
    const { sessions, deliveries } = application.app.get(StompRuntime);
    await alice.receipt('SUBSCRIBE', { id: 's', destination: '/app/failing', ack: 'client', window: '1' });
    await alice.next('MESSAGE');
    const session = [...sessions].find(({ user }) => user?.name === 'alice')!;
    const subscription = session.subscriptions.get('s')!;
    await alice.receipt('UNSUBSCRIBE', { id: 's' });
    await ended.promise;
    expect(deliveries.unacknowledged(subscription)).toEqual([]);
  });

  it('leaves nothing to be acknowledged when its client goes while the handler is at work', async () => {
    const { sessions, deliveries } = application.app.get(StompRuntime);
    alice.transmit('SUBSCRIBE', { id: 's', destination: '/app/slow/value', ack: 'client' });
    await entered.promise;
    const session = [...sessions].find(({ user }) => user?.name === 'alice')!;
    const subscription = session.subscriptions.get('s')!;
    sessions.closeUser('alice');
    gate.resolve();
    await alice.closed;
    await new Promise(setImmediate);
    expect(deliveries.unacknowledged(subscription)).toEqual([]);
  });
});

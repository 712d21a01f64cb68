import { Controller, ForbiddenException, UseGuards } from '@nestjs/common';
import { Subject } from 'rxjs';
import {
  MessageMapping,
  SendTo,
  SimpMessagingTemplate,
  StompServerState,
  StompStats,
  SubscribeMapping,
  type ChannelInterceptor,
  type StompStatsSnapshot,
} from '../../lib/index.js';
import { StompTestClient } from '../../lib/testing/index.js';
import { startModule, type StartedModule } from '../handler/support/start-module.js';

let ticks: Subject<string>;

class Nobody {
  canActivate(): boolean {
    return false;
  }
}

@Controller()
class TalkController {
  @MessageMapping('/say')
  @SendTo('/topic/talk')
  say(text: string): string {
    return text;
  }

  @MessageMapping('/fail')
  fail(): void {
    throw new Error('failed on purpose');
  }

  @MessageMapping('/forbidden')
  forbidden(): void {
    throw new ForbiddenException();
  }

  @MessageMapping('/guarded')
  @UseGuards(Nobody)
  guarded(): void {}

  @SubscribeMapping('/broken')
  broken(): void {
    throw new Error('failed on purpose');
  }

  @SubscribeMapping('/ticks')
  ticks(): Subject<string> {
    return ticks;
  }
}

const interceptor: ChannelInterceptor = {
  preSend: (message) => {
    if (message.headers.destination === '/topic/refused') throw new Error('not to this one');
    if (message.headers.destination === '/topic/denied') throw new ForbiddenException();
    return message;
  },
};

const STOMP = {
  broker: {
    queues: ['/queue/jobs', '/queue/mail', { prefix: '/queue/small', maxMessages: 1 }],
    history: [{ destination: '/topic/news', size: 2 }],
  },
  interceptors: { clientInboundChannel: [interceptor] },
};

describe('StompStats', () => {
  let application: StartedModule;
  let stats: StompStats;
  let before: StompStatsSnapshot;

  const now = (): StompStatsSnapshot => stats.snapshot();
  const connect = (user?: string): Promise<StompTestClient> => application.connect(user);
  /** Breaks a client's line, and waits until the server has noticed. */
  const vanish = async (client: StompTestClient): Promise<void> => {
    client.drop();
    await client.closed;
    await new Promise(setImmediate);
  };

  beforeEach(async () => {
    ticks = new Subject();
    application = await startModule({ controllers: [TalkController], stomp: STOMP });
    stats = application.app.get(StompStats);
    before = now();
  });

  afterEach(() => application.stop());

  it('is all zeros before anyone has come', () => {
    const { takenAt, state, broker, ...numbers } = before;
    expect(Math.abs(takenAt - Date.now())).toBeLessThan(60_000);
    expect(state).toBe(StompServerState.Running);
    expect(broker.isAvailable).toBe(true);
    expect(leaves({ numbers, broker: { ...broker, isAvailable: 0 } }).filter(([, value]) => value !== 0)).toEqual([
      ['broker.queues.0.prefix', '/queue/jobs'],
      ['broker.queues.1.prefix', '/queue/mail'],
      ['broker.queues.2.prefix', '/queue/small'],
    ]);
  });

  it('tells exactly what has been said in a conversation', async () => {
    const [alice, alsoAlice, bob] = [await connect('alice'), await connect('alice'), await connect('bob')];
    for (const client of [alice, alsoAlice, bob]) await client.subscribe('/topic/talk');
    await bob.subscribe('/user/queue/errors');
    const acknowledged = await bob.subscribe('/topic/news', { ack: 'client', 'prefetch-count': 2 });
    for (const text of ['one', 'two']) await alice.send('/app/say', text, { 'content-type': 'text/plain' });
    for (const text of ['first', 'second', 'third']) await alice.send('/topic/news', text);
    alsoAlice.transmit('BEGIN', { transaction: 't' });
    await alsoAlice.send('/topic/talk', 'later', { transaction: 't' });

    expect(now()).toMatchObject({
      sessions: { current: 3, connected: 3, opened: 3, byTransport: { memory: 3, websocket: 0 } },
      users: 2,
      subscriptions: 5,
      frames: {
        received: { CONNECT: 3, STOMP: 0, SUBSCRIBE: 5, SEND: 6, BEGIN: 1, ACK: 0, DISCONNECT: 0 },
        sent: { CONNECTED: 3, RECEIPT: 11, MESSAGE: 2 * 3 + 2, ERROR: 0 },
        denied: 0,
        refused: 0,
        failed: 0,
      },
      unacknowledged: 2,
      transactions: 1,
      broker: {
        backlog: { messages: 1, bytes: 'third'.length },
        history: { destinations: 1, messages: 2, bytes: 'second'.length + 'third'.length },
      },
    });

    const second = (await bob.next('MESSAGE'), await newsOf(bob, acknowledged, 'second'));
    await bob.receipt('ACK', { id: second.headers.get('ack') });
    await newsOf(bob, acknowledged, 'third');
    await alsoAlice.receipt('COMMIT', { transaction: 't' });
    expect(now()).toMatchObject({
      frames: { received: { ACK: 1, COMMIT: 1 }, sent: { MESSAGE: 2 * 3 + 3 + 3, RECEIPT: 13 } },
      unacknowledged: 1,
      transactions: 0,
      broker: { backlog: { messages: 0, bytes: 0 } },
    });

    await bob.receipt('UNSUBSCRIBE', { id: acknowledged });
    expect(now()).toMatchObject({ subscriptions: 4, unacknowledged: 0 });
    for (const client of [alice, alsoAlice]) await client.disconnect();
    await vanish(bob);
    const after = now();
    expect(after).toMatchObject({
      sessions: { opened: 3, closed: { 1000: 2, 1006: 1, 1001: 0, other: 0 } },
      frames: { received: { DISCONNECT: 2, UNSUBSCRIBE: 1 } },
    });
    expect(gauges(after)).toEqual({ ...gauges(before), history: after.broker.history });
  });

  it('counts a transaction, a backlog and deliveries that their session has left behind no more', async () => {
    const client = await connect('alice');
    await client.subscribe('/topic/news', { ack: 'client', 'prefetch-count': 1 });
    await client.subscribe('/queue/jobs/a', { ack: 'client-individual' });
    for (const destination of ['/topic/news', '/topic/news', '/queue/jobs/a']) await client.send(destination, 'x');
    client.transmit('BEGIN', { transaction: 't' });
    await client.send('/topic/talk', '', { transaction: 't' });
    expect(now()).toMatchObject({ unacknowledged: 2, transactions: 1, broker: { backlog: { messages: 1, bytes: 1 } } });
    await vanish(client);
    expect(now()).toMatchObject({
      unacknowledged: 0,
      transactions: 0,
      subscriptions: 0,
      users: 0,
      broker: {
        backlog: { messages: 0, bytes: 0 },
        queues: [{ messages: 1, unacknowledged: 0, consumers: 0 }, {}, {}],
      },
    });
  });

  it('tells of work queues one by one and by the prefixes of the options', async () => {
    const [worker, sender] = [await connect(), await connect()];
    await worker.subscribe('/queue/jobs/a', { ack: 'client-individual', 'prefetch-count': 1 });
    await worker.subscribe('/queue/jobs/b');
    for (const body of ['12345', '123', '1']) await sender.send('/queue/jobs/a', body);
    for (const body of ['12', '12']) await sender.send('/queue/mail', body);

    const { queues, longestQueues } = now().broker;
    expect(queues).toEqual([
      { prefix: '/queue/jobs', queues: 2, messages: 3, unacknowledged: 1, bytes: 9, consumers: 2, longest: 3 },
      { prefix: '/queue/mail', queues: 1, messages: 2, unacknowledged: 0, bytes: 4, consumers: 0, longest: 2 },
      { prefix: '/queue/small', queues: 0, messages: 0, unacknowledged: 0, bytes: 0, consumers: 0, longest: 0 },
    ]);
    expect(longestQueues).toEqual([
      { destination: '/queue/jobs/a', messages: 3, unacknowledged: 1, bytes: 9, consumers: 1 },
      { destination: '/queue/mail', messages: 2, unacknowledged: 0, bytes: 4, consumers: 0 },
      { destination: '/queue/jobs/b', messages: 0, unacknowledged: 0, bytes: 0, consumers: 1 },
    ]);

    await worker.receipt('ACK', { id: (await worker.next('MESSAGE')).headers.get('ack') });
    expect(now().broker.queues![0]).toMatchObject({ messages: 2, unacknowledged: 1, bytes: 4 });
  });

  it('lists no more than the hundred longest queues, however many there are', async () => {
    const client = await connect();
    for (let count = 0; count < 120; count++) await client.send(`/queue/jobs/${count}`, 'x');
    await client.send('/queue/jobs/119', 'x');
    const { queues, longestQueues } = now().broker;
    expect(queues![0]).toMatchObject({ queues: 120, messages: 121, longest: 2 });
    expect(longestQueues).toHaveLength(100);
    expect(longestQueues![0]).toMatchObject({ destination: '/queue/jobs/119', messages: 2 });
  });

  it('counts messages that came back from their consumers too often', async () => {
    const client = await connect();
    await client.subscribe('/queue/mail', { ack: 'client-individual' });
    await client.send('/queue/mail', 'poison');
    for (let delivery = 1; delivery <= 10; delivery++) {
      expect(now().broker.deadLetters).toBe(0);
      await client.receipt('NACK', { id: (await client.next('MESSAGE')).headers.get('ack') });
    }
    expect(now().broker.deadLetters).toBe(1);
  });

  it.each([
    ['a guard says no', '/app/guarded', { denied: 1 }],
    ['a handler throws 403', '/app/forbidden', { denied: 1 }],
    ['an interceptor throws 403', '/topic/denied', { denied: 1 }],
    ['an interceptor throws something else', '/topic/refused', { refused: 1 }],
    ['a handler fails', '/app/fail', { failed: 1 }],
  ])('counts a frame that is not carried out because %s', async (_, destination, counted) => {
    const rejected = { denied: 0, refused: 0, failed: 0, ...counted };
    const listening = await connect('alice');
    await listening.subscribe('/user/queue/errors');
    listening.transmit('SEND', { destination });
    await listening.next('MESSAGE');
    expect(now().frames).toMatchObject(rejected);
    expect(now()).toMatchObject({ errors: before.errors, frames: { received: { SEND: 1 }, sent: { ERROR: 0 } } });
  });

  it('counts a SUBSCRIBE whose handler fails as failed, though it is answered like one that is refused', async () => {
    const client = await connect('alice');
    client.transmit('SUBSCRIBE', { id: '0', destination: '/app/broken' });
    expect((await client.next('ERROR')).headers.get('code')).toBe('STOMP_ERR_ACCESS_DENIED');
    expect(now()).toMatchObject({ subscriptions: 0, frames: { denied: 0, refused: 0, failed: 1 } });
  });

  it('counts a SEND that a full queue does not take as refused', async () => {
    const client = await connect('alice');
    await client.subscribe('/user/queue/errors');
    await client.send('/queue/small', 'x');
    for (const body of ['y', 'z']) {
      client.transmit('SEND', { destination: '/queue/small' }, body);
      expect((await client.next('MESSAGE')).headers.get('error-code')).toBe('QUEUE_FULL');
    }
    expect(now()).toMatchObject({ frames: { refused: 2 }, broker: { queues: [{}, {}, { messages: 1, bytes: 1 }] } });
  });

  it('counts ERROR frames by code', async () => {
    const conversations: [(client: StompTestClient) => void, code: string][] = [
      [(client) => client.transmit('SEND', { destination: '/user/bob/queue/x' }), 'STOMP_ERR_ACCESS_DENIED'],
      [(client) => client.transmit('ACK', { id: 'nothing' }), 'STOMP_ERR_ACK'],
      [(client) => client.transmit('ACK', { id: 'nothing' }), 'STOMP_ERR_ACK'],
      [(client) => client.transmit('CONNECT', {}), 'STOMP_ERR_ALREADY_CONNECTED'],
      [(client) => client.write('GET / HTTP/1.1\r\n\r\n'), 'STOMP_ERR_UNKNOWN_COMMAND'],
      [(client) => client.transmit('MESSAGE', {}), 'STOMP_ERR_UNKNOWN_COMMAND'],
      [(client) => client.transmit('SEND', { destination: '/app/fail', receipt: '1' }), 'STOMP_ERR_HANDLER'],
    ];
    for (const [transmit, code] of conversations) {
      const client = await connect();
      transmit(client);
      expect((await client.next('ERROR')).headers.get('code')).toBe(code);
      await client.closed;
    }
    await new Promise(setImmediate);
    const { errors, frames, sessions } = now();
    expect(errors).toEqual({
      ...before.errors,
      STOMP_ERR_ACCESS_DENIED: 1,
      STOMP_ERR_ACK: 2,
      STOMP_ERR_ALREADY_CONNECTED: 1,
      STOMP_ERR_UNKNOWN_COMMAND: 2,
      STOMP_ERR_HANDLER: 1,
    });
    expect(frames).toMatchObject({ sent: { ERROR: 7 }, denied: 1, refused: 0, failed: 1 });
    // What is no frame, or not in this state, is counted as an error only.
    expect(frames.received).toMatchObject({ CONNECT: 7, SEND: 2, ACK: 2 });
    expect(sessions).toMatchObject({ current: 0, closed: { 1002: 7 } });
  });

  it('tells sessions that are connected from those that are not yet or not any more', async () => {
    await connect('alice');
    const silent = StompTestClient.open(application.app);
    expect(now()).toMatchObject({ sessions: { current: 2, connected: 1, opened: 2 }, users: 1 });
    silent.transmit('SEND', { destination: '/topic/talk' });
    expect(now()).toMatchObject({ sessions: { current: 2, connected: 1 }, errors: { STOMP_ERR_NOT_CONNECTED: 1 } });
    await silent.closed;
    await new Promise(setImmediate);
    expect(now()).toMatchObject({ sessions: { current: 1, connected: 1, closed: { 1002: 1 } } });
  });

  it('tells of streams and of requests that are under way', async () => {
    const template = application.app.get(SimpMessagingTemplate, { strict: false });
    const client = await connect('alice');
    await client.subscribe('/user/queue/questions');
    const stream = await client.subscribe('/app/ticks');
    const other = await client.subscribe('/app/ticks');
    const answer = template.request('alice', '/queue/questions', 'well?');
    expect(now()).toMatchObject({ streams: 2, requests: 1 });

    await client.send((await client.next('MESSAGE')).headers.get('reply-to')!, 'yes');
    await client.receipt('UNSUBSCRIBE', { id: stream });
    expect(await answer).toBe('yes');
    expect(now()).toMatchObject({ streams: 1, requests: 0 });

    const unanswered = expect(template.request('alice', '/queue/questions', 'well?')).rejects.toThrow('has gone');
    expect(now()).toMatchObject({ streams: 1, requests: 1 });
    expect(other).not.toBe(stream);
    await vanish(client);
    await unanswered;
    expect(now()).toMatchObject({ streams: 0, requests: 0 });
  });

  it('counts a stream that fails after its RECEIPT as failed', async () => {
    const client = await connect('alice');
    await client.subscribe('/app/ticks');
    ticks.error(new Error('failed on purpose'));
    await client.next('MESSAGE');
    expect(now()).toMatchObject({ streams: 0, frames: { failed: 1 } });
  });

  it('gives copies that do not change any more', async () => {
    const copy = structuredClone(before);
    await (await connect('alice')).send('/queue/jobs/a', 'x');
    expect(before).toEqual(copy);
    expect(now()).not.toEqual(copy);
  });

  it('knows whether the server runs', async () => {
    const client = await connect('alice');
    const stopped = application.stop();
    await client.closed;
    expect(now()).toMatchObject({ state: 'Stopping', broker: { isAvailable: true } });
    await stopped;
    expect(now()).toMatchObject({
      state: 'Stopped',
      broker: { isAvailable: false },
      sessions: { current: 0, closed: { 1001: 1 } },
    });
  });
});

async function newsOf(client: StompTestClient, subscription: string, body: string) {
  return client.next((frame) => frame.headers.get('subscription') === subscription && frame.body.toString() === body);
}

/** All that goes up and down. */
function gauges({ sessions, users, subscriptions, unacknowledged, ...rest }: StompStatsSnapshot) {
  const { sendBufferBytes, transactions, streams, requests, broker } = rest;
  const { current, connected, byTransport } = sessions;
  const { backlog, history, queues } = broker;
  return {
    ...{ current, connected, transports: Object.values(byTransport).every((count) => count === 0) },
    ...{ users, subscriptions, unacknowledged, sendBufferBytes, transactions, streams, requests },
    ...{ backlog, history, queues },
  };
}

/** Every value, by its path. */
function leaves(value: unknown, path = ''): [path: string, value: unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
}

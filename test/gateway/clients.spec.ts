import { Injectable } from '@nestjs/common';
import {
  ConnectedSocket,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
} from '@nestjs/websockets';
import type { IncomingMessage } from 'node:http';
import {
  MessageConversionException,
  SimpUserRegistry,
  StompGatewayServer,
  StompSessionRegistry,
  StompSessionState,
  type StompSession,
} from '../../lib/index.js';
import type { StompFrame } from '../../lib/frame/stomp-frame.js';
import { StompTestClient } from '../../lib/testing/index.js';
import { startGateways, type StartedGateways } from './support/start-gateways.js';

let events: string[] = [];

/** Nest connects gateways in an order of its own. */
const toldTo = (gateway: 'first' | 'second') => events.filter((line) => line.startsWith(gateway));

@Injectable()
class Diary {
  note(line: string): void {
    events.push(line);
  }
}

@WebSocketGateway()
class FirstGateway implements OnGatewayInit, OnGatewayConnection, OnGatewayDisconnect {
  @WebSocketServer() server!: StompGatewayServer;

  constructor(
    private readonly diary: Diary,
    private readonly users: SimpUserRegistry,
  ) {}

  afterInit(server: unknown): void {
    this.diary.note(`init ${server === this.server}`);
  }

  handleConnection(client: StompSession, request: IncomingMessage): void {
    const name = client.user?.name ?? 'nobody';
    const isKnown = this.users.getUser(name) !== undefined;
    this.diary.note(`first + ${name} ${client.state} ${request.url} ${isKnown} ${this.server.clients.has(client)}`);
    if (name === 'mallory') client.close(1008, 'unwanted');
  }

  handleDisconnect(client: StompSession, closeCode?: string): void {
    this.diary.note(`first - ${client.user?.name ?? 'nobody'} ${closeCode} ${this.server.clients.has(client)}`);
  }

  @SubscribeMessage('close')
  close(@ConnectedSocket() client: StompSession) {
    client.close();
    return 'too late';
  }
}

// Another path is another server for Nest.
@WebSocketGateway({ path: '/ws' })
class SecondGateway implements OnGatewayConnection, OnGatewayDisconnect {
  @WebSocketServer() server!: StompGatewayServer;

  constructor(private readonly diary: Diary) {}

  handleConnection(client: StompSession): void {
    this.diary.note(`second + ${client.user?.name ?? 'nobody'}`);
  }

  handleDisconnect(client: StompSession): void {
    this.diary.note(`second - ${client.user?.name ?? 'nobody'}`);
  }

  @SubscribeMessage('second')
  second() {
    return 'second';
  }
}

describe('Gateways', () => {
  let application: StartedGateways;

  beforeEach(async () => {
    events = [];
    application = await startGateways({
      providers: [Diary, FirstGateway, SecondGateway],
      stomp: {
        authenticate: async ({ login }) => {
          if (login === 'eve') throw new Error('unknown');
          return login === undefined ? undefined : { name: login };
        },
      },
    });
    expect(events).toEqual(['init true']);
    events = [];
  });

  afterEach(() => application.stop());

  const connect = (login?: string) =>
    StompTestClient.connect(application.app, { headers: { 'accept-version': '1.2', host: 'x', login } });

  it('are told of a client when it is connected, once each, and of its end, once each', async () => {
    const alice = await connect('alice');
    expect(toldTo('first')).toEqual(['first + alice Connected /memory true true']);
    expect(toldTo('second')).toEqual(['second + alice']);
    events = [];
    await alice.disconnect();
    await alice.closed;
    expect(toldTo('first')).toEqual(['first - alice 1000 false']);
    expect(toldTo('second')).toEqual(['second - alice']);
  });

  it('are told of each client by itself', async () => {
    const [alice, bob, nobody] = [await connect('alice'), await connect('bob'), await connect()];
    for (const client of [alice, bob, nobody]) await client.disconnect();
    expect(toldTo('second')).toEqual([
      ...['second + alice', 'second + bob', 'second + nobody'],
      ...['second - alice', 'second - bob', 'second - nobody'],
    ]);
  });

  it('hear nothing of a client that is not let in, or that never connects', async () => {
    await expect(connect('eve')).rejects.toThrow();
    const silent = StompTestClient.open(application.app);
    silent.write('nonsense\n\n\0');
    await silent.closed;
    expect(events).toEqual([]);
    expect(application.app.get(FirstGateway).server.clients.size).toBe(0);
  });

  it('may close a client in handleConnection, and are all told of its end after that', async () => {
    const mallory = StompTestClient.open(application.app);
    mallory.transmit('CONNECT', { 'accept-version': '1.2', host: 'x', login: 'mallory' });
    expect(await mallory.closed).toEqual({ code: 1008, reason: 'unwanted' });
    expect(toldTo('first')).toEqual(['first + mallory Connected /memory true true', 'first - mallory 1008 false']);
    expect(toldTo('second')).toEqual(['second + mallory', 'second - mallory']);
  });

  it('may close a client while they handle its message', async () => {
    const alice = await connect('alice');
    events = [];
    alice.transmit('SEND', { destination: '/app/close', receipt: 'r' });
    expect((await alice.closed).code).toBe(1000);
    expect(toldTo('first')).toEqual(['first - alice 1000 false']);
    expect(toldTo('second')).toEqual(['second - alice']);
  });

  it('are told of the end of all clients when the application closes', async () => {
    await connect('alice');
    await connect('bob');
    events = [];
    await application.app.close();
    expect(toldTo('first')).toEqual(['first - alice 1001 false', 'first - bob 1001 false']);
    expect(toldTo('second')).toEqual(['second - alice', 'second - bob']);
  });

  it('keep nothing of clients that have gone', async () => {
    const { server } = application.app.get(FirstGateway);
    for (let i = 0; i < 100; i++) await (await connect(`user${i}`)).disconnect();
    expect(server.clients.size).toBe(0);
    expect(application.app.get(StompSessionRegistry).size).toBe(0);
  });

  describe('with their StompGatewayServer', () => {
    let server: StompGatewayServer;
    let alice: StompTestClient;
    let elsewhere: StompTestClient;
    let bob: StompTestClient;

    beforeEach(async () => {
      ({ server } = application.app.get(FirstGateway));
      expect(application.app.get(SecondGateway).server).toBe(server);
      [alice, elsewhere, bob] = [await connect('alice'), await connect('alice'), await connect('bob')];
      for (const client of [alice, elsewhere, bob]) {
        for (const to of ['/topic/news', '/user/queue/news', '/user/topic/news']) await client.subscribe(to);
      }
    });

    const received = () =>
      [alice, elsewhere, bob].map((client) =>
        client.take('MESSAGE').map(({ headers, body }) => `${headers.get('destination')} ${body.toString()}`),
      );

    it.each(['news', '/topic/news'])('send to all who have subscribed: %s', async (event) => {
      await server.emit(event, { text: 'hi' }, { 'x-kind': 'greeting' });
      for (const client of [alice, elsewhere, bob]) {
        const [{ headers, body }, ...others] = client.take('MESSAGE') as [StompFrame];
        expect(headers.get('destination')).toBe('/topic/news');
        expect(headers.get('x-kind')).toBe('greeting');
        expect(body.toString()).toBe('{"text":"hi"}');
        expect(others).toEqual([]);
      }
    });

    it.each([
      ['news', '/user/queue/news'],
      ['/queue/news', '/user/queue/news'],
      ['/user/queue/news', '/user/queue/news'],
      ['/topic/news', '/user/topic/news'],
    ])('send %s to a user, at all sessions', async (event, destination) => {
      await server.to('alice').emit(event, 'hi');
      expect(received()).toEqual([[`${destination} hi`], [`${destination} hi`], []]);
    });

    it('send to one session, whatever its user', async () => {
      const [session] = server.clients;
      expect(session!.state).toBe(StompSessionState.Connected);
      await server.to(session!).emit('news', 'hi');
      expect(received()).toEqual([['/user/queue/news hi'], [], []]);
    });

    it('send to one session, even if a user is called like it', async () => {
      const [session] = server.clients;
      const mallory = await connect(session!.id);
      await mallory.subscribe('/user/queue/news');
      await server.to(session!).emit('news', 'hi');
      expect(mallory.take('MESSAGE')).toEqual([]);
      expect(received()).toEqual([['/user/queue/news hi'], [], []]);
    });

    it('send events without a payload', async () => {
      await server.emit('news');
      await server.to('bob').emit('news');
      expect(received()[2]).toEqual(['/topic/news ', '/user/queue/news ']);
    });

    it('send to nobody who is not there, and say what cannot be written', async () => {
      await server.to('carol').emit('news', 'hi');
      await server.to({ id: 'gone' }).emit('news', 'hi');
      expect(received()).toEqual([[], [], []]);
      expect(() => server.emit('news', Symbol('news'))).toThrow(MessageConversionException);
    });

    it('know the clients that are connected', async () => {
      const names = [...server.clients].map(({ user }) => user?.name);
      expect(names).toEqual(['alice', 'alice', 'bob']);
      await bob.disconnect();
      expect(server.clients.size).toBe(2);
    });
  });
});

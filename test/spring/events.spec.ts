import { Injectable } from '@nestjs/common';
import {
  BrokerAvailabilityEvent,
  SessionConnectedEvent,
  SessionConnectEvent,
  SessionDisconnectEvent,
  SessionEvent,
  SessionSubscribeEvent,
  SessionUnsubscribeEvent,
  SimpMessagingTemplate,
  SimpUserRegistry,
  StompEventListener,
} from '../../lib/index.js';
import { deferred } from '../utils/deferred.js';
import { startServer, type StartedServer } from './support/start-server.js';

const told: (SessionEvent | BrokerAvailabilityEvent)[] = [];
let onDisconnect: () => void = () => {};

@Injectable()
class Witness {
  constructor(
    private readonly template: SimpMessagingTemplate,
    private readonly users: SimpUserRegistry,
  ) {}

  /** Without a type: everything. */
  @StompEventListener()
  everything(event: SessionEvent | BrokerAvailabilityEvent): void {
    told.push(event);
  }

  @StompEventListener(SessionSubscribeEvent)
  greet({ user }: SessionSubscribeEvent): void {
    if (user) void this.template.convertAndSendToUser(user.name, '/queue/greeting', this.users.getUserCount());
  }

  @StompEventListener()
  gone(_event: SessionDisconnectEvent): void {
    onDisconnect();
  }
}

const names = (sessionId?: string): string[] =>
  told
    .filter(
      (event) => event instanceof BrokerAvailabilityEvent || sessionId === undefined || event.sessionId === sessionId,
    )
    .map((event) => event.constructor.name);

describe('Events over real sockets', () => {
  let server: StartedServer;

  beforeEach(async () => {
    told.length = 0;
    server = await startServer({
      stomp: {
        authenticate: ({ login }) => {
          if (login === 'eve') throw new Error('no');
          return login === undefined ? undefined : { name: login };
        },
        transport: { closeTimeout: 200 },
      },
      providers: [Witness],
    });
    told.length = 0;
  });

  afterEach(() => server.stop());

  it('come in the order of what has happened, each once, with the frame that caused it', async () => {
    const client = await server.open();
    const id = (await client.connect('1.2', 'login:alice\nx-app:1\n')).header('session')!;
    await client.subscribe('1', '/topic/a', 'x-sub:2\n');
    await client.receipt('SEND\ndestination:/topic/a\n\nhello\0');
    await client.receipt('UNSUBSCRIBE\nid:1\nx-unsub:3\n\n\0');
    await client.receipt('DISCONNECT\n\n\0');
    await client.closed;
    expect(names(id)).toEqual([
      'SessionConnectEvent',
      'SessionConnectedEvent',
      'SessionSubscribeEvent',
      'SessionUnsubscribeEvent',
      'SessionDisconnectEvent',
    ]);
    const [connect, , subscribe, unsubscribe, disconnect] = told as [
      SessionConnectEvent,
      SessionConnectedEvent,
      SessionSubscribeEvent,
      SessionUnsubscribeEvent,
      SessionDisconnectEvent,
    ];
    expect(told.map((event) => (event as SessionEvent).user?.name)).toEqual(Array.from({ length: 5 }, () => 'alice'));
    expect(connect.message.headers.nativeHeaders.get('x-app')).toBe('1');
    expect([subscribe.subscriptionId, subscribe.destination]).toEqual(['1', '/topic/a']);
    expect(subscribe.message.headers.nativeHeaders.get('x-sub')).toBe('2');
    expect([unsubscribe.subscriptionId, unsubscribe.message.headers.nativeHeaders.get('x-unsub')]).toEqual(['1', '3']);
    expect([disconnect.closeCode, disconnect.message.headers.command]).toEqual([1000, 'DISCONNECT']);
  });

  it('let a listener to SUBSCRIBE reach the subscription at once, and find the registry up to date', async () => {
    const client = await server.connect('/ws', 'login:alice\n');
    client.write('SUBSCRIBE\nid:1\ndestination:/user/queue/greeting\n\n\0');
    expect(await client.body()).toBe('1');
    client.terminate();
  });

  it.each<[string, (server: StartedServer) => Promise<void>, number]>([
    ['a cut line', async () => (await server.connect()).terminate(), 1006],
    [
      'an ERROR',
      async () => {
        const client = await server.connect();
        client.write('NONSENSE\n\n\0');
        await client.closed;
      },
      1002,
    ],
    [
      'an ERROR whose close frame is not read',
      async () => {
        const client = await server.connect();
        client.pause();
        client.write('NONSENSE\n\n\0');
      },
      1002,
    ],
    ['a close frame', async () => (await server.connect()).close(), 1000],
    [
      'two DISCONNECTs',
      async () => {
        const client = await server.connect();
        client.write('DISCONNECT\n\n\0DISCONNECT\n\n\0');
        await client.closed;
      },
      1000,
    ],
  ])('tell once that a session has ended, with its close code: %s', async (_, end, code) => {
    const gone = deferred();
    onDisconnect = gone.resolve;
    await end(server);
    await gone.promise;
    // Whatever else might be told of this session is told by the time that the server has stopped.
    await server.stop();
    const ended = told.filter((event) => event instanceof SessionDisconnectEvent);
    expect(ended.map(({ closeCode }) => closeCode)).toEqual([code]);
    await restart();
  });

  it.each([
    ['refused by authenticate', 'CONNECT\naccept-version:1.2\nlogin:eve\n\n\0'],
    ['of no version', 'CONNECT\naccept-version:9\n\n\0'],
    ['that is not the first frame', 'SEND\ndestination:/topic/a\n\n\0CONNECT\naccept-version:1.2\n\n\0'],
  ])('are none of a CONNECT %s', async (_, frames) => {
    const client = await server.open();
    client.write(frames);
    await client.closed;
    await server.stop();
    expect(names()).toEqual(['BrokerAvailabilityEvent']);
    await restart();
  });

  it('are none of a SUBSCRIBE that is refused, nor of a SEND', async () => {
    const client = await server.connect();
    await client.receipt('SEND\ndestination:/topic/a\n\n\0');
    client.write('SUBSCRIBE\nid:1\n\n\0');
    await client.closed;
    expect(names()).toEqual(['SessionConnectEvent', 'SessionConnectedEvent', 'SessionDisconnectEvent']);
  });

  it('tell when the broker begins to take messages, and when it ceases to, after the last session', async () => {
    await server.stop();
    await restart();
    expect(told).toEqual([new BrokerAvailabilityEvent(false), new BrokerAvailabilityEvent(true)]);
    const client = await server.connect();
    await server.stop();
    await client.closed;
    expect(names().slice(2)).toEqual([
      'SessionConnectEvent',
      'SessionConnectedEvent',
      'SessionDisconnectEvent',
      'BrokerAvailabilityEvent',
    ]);
    expect(told.at(-1)).toEqual(new BrokerAvailabilityEvent(false));
    await restart();
  });

  /** For `afterEach` to stop. */
  async function restart(): Promise<void> {
    server = await startServer({ providers: [Witness] });
  }
});

import { Body, Controller, Get, Injectable, Module, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  MessageMapping,
  Principal,
  SendTo,
  SendToUser,
  SessionAttributes,
  SessionDisconnectEvent,
  StompEventListener,
  StompModule,
  StompSessionRegistry,
} from '../../lib/index.js';
import { RawStompClient } from '../utils/raw-stomp-client.js';
import { startServer, type StartedServer } from './support/start-server.js';

const ended: number[] = [];

@Controller()
class HouseController {
  constructor(private readonly sessions: StompSessionRegistry) {}

  /** Below the path of an endpoint with SockJS. */
  @Get('/sockjs/info')
  info(): string {
    return 'not for SockJS clients';
  }

  @Get('/sockjs-manual')
  manual(): string {
    return 'the manual';
  }

  @Post('/logout')
  logout(@Body('user') name: string): void {
    for (const session of this.sessions) {
      if (session.user?.name === name) session.close(4001, 'You have logged out');
    }
  }

  @MessageMapping('/who')
  @SendToUser('/queue/who')
  who(@Principal() user: Principal | undefined, @SessionAttributes('door') door: unknown): unknown {
    return { user: user?.name, door };
  }

  @StompEventListener(SessionDisconnectEvent)
  ended({ closeCode }: SessionDisconnectEvent): void {
    ended.push(closeCode);
  }
}

describe('Several endpoints', () => {
  let server: StartedServer;

  beforeAll(async () => {
    const door = (name: string) => ({
      beforeHandshake: (_request: unknown, attributes: Map<string, unknown>) => void attributes.set('door', name),
    });
    server = await startServer({
      stomp: {
        endpoints: [
          { path: ['/ws', '/portfolio'], handshakeInterceptors: [door('front')] },
          {
            path: '/admin',
            allowedOrigins: ['https://admin.example.com'],
            handshake: ({ headers }) => ({ name: String(headers['x-user']) }),
            handshakeInterceptors: [door('back')],
          },
          { path: '/sockjs', sockJs: true, handshake: () => ({ name: 'of SockJS' }) },
          {
            // As Spring's `isValidOrigin`: nobody but the interceptor decides.
            path: '/odd',
            allowedOrigins: ['*'],
            handshakeInterceptors: [{ beforeHandshake: ({ headers }) => Number(headers.origin?.length) % 2 === 1 }],
          },
        ],
      },
      controllers: [HouseController],
    });
  });

  afterAll(() => server.stop());

  const who = async (client: RawStompClient): Promise<unknown> => {
    await client.subscribe('who', '/user/queue/who');
    client.write('SEND\ndestination:/app/who\n\n\0');
    return JSON.parse(await client.body());
  };

  it('share handlers, sessions and the broker', async () => {
    const clients = [
      await server.connect('/ws'),
      await server.connect('/portfolio'),
      await server.connect('/admin', '', { headers: { 'x-user': 'alice' } }),
      await server.connect('/sockjs', '', { wire: 'sockjs-websocket' }),
      await server.connect('/sockjs', '', { wire: 'sockjs-xhr-streaming' }),
      await server.connect('/sockjs/websocket'),
    ];
    for (const client of clients) await client.subscribe('1', '/topic/a');
    for (const [index, client] of clients.entries()) {
      await client.receipt(`SEND\ndestination:/topic/a\n\n${index}\0`);
      for (const receiver of clients) expect(await receiver.body()).toBe(String(index));
    }
    expect(server.app.get(StompSessionRegistry).size).toBe(clients.length);
    for (const client of clients) client.terminate();
  });

  it('have principals and attributes each of its own', async () => {
    const front = await server.connect('/ws', '', { headers: { 'x-user': 'alice' } });
    const back = await server.connect('/admin', '', { headers: { 'x-user': 'alice' } });
    const sockJs = await server.connect('/sockjs', '', { wire: 'sockjs-websocket' });
    expect(await who(front)).toEqual({ door: 'front' });
    expect(await who(back)).toEqual({ user: 'alice', door: 'back' });
    expect(await who(sockJs)).toEqual({ user: 'of SockJS' });
    for (const client of [front, back, sockJs]) client.terminate();
  });

  it('admit pages each of its own', async () => {
    const headers = { Origin: 'https://admin.example.com' };
    (await server.open('/admin', { headers })).terminate();
    for (const path of ['/ws', '/sockjs/websocket']) {
      await expect(server.open(path, { headers })).rejects.toThrow('403');
    }
  });

  it('leave it to an interceptor which pages may connect, where every page may', async () => {
    (await server.open('/odd', { headers: { Origin: 'https://a' } })).terminate();
    await expect(server.open('/odd', { headers: { Origin: 'https://ab' } })).rejects.toThrow('403');
  });

  it('have SockJS where it is switched on only, and all that is below its path before the application', async () => {
    const status = async (path: string): Promise<number> => (await fetch(server.url + path)).status;
    expect(await (await fetch(`${server.url}/sockjs/info`)).json()).toMatchObject({ websocket: true });
    expect(await (await fetch(`${server.url}/sockjs-manual`)).text()).toBe('the manual');
    expect(await status('/sockjs/other')).toBe(404);
    expect([await status('/ws/info'), await status('/admin/info')]).toEqual([404, 404]);
    expect(await status('/ws')).toBe(400);
  });

  it('let the application close the sessions of a user who logs out, and nobody else’s', async () => {
    const tabs = [];
    for (let i = 0; i < 2; i++) tabs.push(await server.connect('/admin', '', { headers: { 'x-user': 'bob' } }));
    const alice = await server.connect('/admin', '', { headers: { 'x-user': 'alice' } });
    await fetch(`${server.url}/logout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"user":"bob"}',
    });
    for (const tab of tabs) expect(await tab.closed).toEqual({ code: 4001, reason: 'You have logged out' });
    expect(ended.filter((code) => code === 4001)).toHaveLength(2);
    await alice.settled();
    alice.terminate();
  });
});

@Injectable()
class Settings {
  readonly path = '/live';
  readonly separator = '.';
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

@Controller()
@MessageMapping('market')
class MarketController {
  @MessageMapping('bid.{stock}')
  @SendTo('/feed/bids')
  bid(text: string): string {
    return `bid ${text}`;
  }
}

describe('One place configures everything', () => {
  it('from another provider, when the application starts', async () => {
    const authenticated: unknown[] = [];
    const module = await Test.createTestingModule({
      imports: [
        StompModule.forRootAsync({
          imports: [SettingsModule],
          inject: [Settings],
          useFactory: ({ path, separator }: Settings) => ({
            endpoints: [{ path }],
            applicationDestinationPrefixes: ['/do', '/please'],
            userDestinationPrefix: '/me',
            pathSeparator: separator as '.',
            broker: { destinationPrefixes: ['/feed'], heartbeat: [0, 20_000] },
            transport: { messageSizeLimit: 1_000 },
            authenticate: ({ login }) => (authenticated.push(login), { name: login! }),
          }),
        }),
      ],
      controllers: [MarketController],
    }).compile();
    const app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    const client = await RawStompClient.open(`${await app.getUrl()}/live`);
    expect((await client.connect('1.2', 'login:alice\n')).header('heart-beat')).toBe('0,20000');
    await client.subscribe('1', '/feed/bids');
    await client.subscribe('2', '/me/queue/errors');
    for (const prefix of ['/do', '/please']) {
      client.write(`SEND\ndestination:${prefix}/market.bid.NEST\ncontent-type:text/plain\n\n${prefix}\0`);
      expect(await client.body()).toBe(`bid ${prefix}`);
    }
    client.write('SEND\ndestination:/do/market.bid.NEST\n\n\0');
    expect((await client.next('MESSAGE')).header('destination')).toBe('/me/queue/errors');
    client.write(`SEND\ndestination:/feed/bids\n\n${'x'.repeat(1_000)}\0`);
    expect((await client.closed).code).toBe(1009);
    expect(authenticated).toEqual(['alice']);
    await app.close();
  });
});

import 'reflect-metadata';
import { Controller, Get, Module, UseGuards, type CanActivate, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
  type WsResponse,
} from '@nestjs/websockets';
import {
  MessageMapping,
  SendTo,
  StompModule,
  StompWsAdapter,
  type StompGatewayServer,
  type StompSession,
} from '../../lib/index.js';
import { deferred, type Deferred } from '../utils/deferred.js';
import { RawStompClient } from '../utils/raw-stomp-client.js';
import type { WireKind } from '../utils/wires.js';

let connections: string[];
let left: Deferred;

class NobodyGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@WebSocketGateway()
class ChatGateway {
  @WebSocketServer() server!: StompGatewayServer;

  handleConnection(client: StompSession): void {
    connections.push(`+ ${client.user?.name}`);
    if (client.user?.name === 'mallory') client.close(1008, 'unwanted');
  }

  handleDisconnect({ user }: StompSession): void {
    connections.push(`- ${user?.name}`);
    left.resolve();
  }

  @SubscribeMessage('/app/say')
  say(@MessageBody('text') text: string, @ConnectedSocket() client: StompSession): WsResponse<number> {
    void this.server.emit('/topic/chat', { from: client.user?.name, text });
    return { event: 'said', data: text.length };
  }

  @SubscribeMessage('refuse')
  refuse(): void {
    throw new WsException('no');
  }

  @UseGuards(NobodyGuard)
  @SubscribeMessage('forbidden')
  forbidden(): void {}
}

@Controller()
class ChatController {
  @Get('/hello')
  hello(): string {
    return 'hello';
  }

  @MessageMapping('/shout')
  @SendTo('/topic/chat')
  shout(text: string): string {
    return text.toUpperCase();
  }
}

const PLATFORMS = { Express: () => new ExpressAdapter(), Fastify: () => new FastifyAdapter() as never };
const CASES: [keyof typeof PLATFORMS, WireKind][] = [
  ['Express', 'websocket'],
  ['Fastify', 'websocket'],
  ['Express', 'sockjs-xhr-streaming'],
];

describe.each(CASES)('Gateways with StompWsAdapter on %s over %s', (platform, wire) => {
  let app: INestApplication;
  let url: string;

  beforeEach(async () => {
    connections = [];
    left = deferred();

    @Module({
      imports: [
        StompModule.forRoot({
          endpoints: [{ path: '/ws', sockJs: true }],
          authenticate: ({ login }) => ({ name: login ?? 'nobody' }),
        }),
      ],
      controllers: [ChatController],
      providers: [ChatGateway],
    })
    class AppModule {}

    app = await NestFactory.create(AppModule, PLATFORMS[platform](), { logger: false });
    app.useWebSocketAdapter(new StompWsAdapter(app));
    await app.listen(0, '127.0.0.1');
    url = `${(await app.getUrl()).replace('http', wire === 'websocket' ? 'ws' : 'http')}/ws`;
  });

  afterEach(() => app.close());

  async function connect(login: string): Promise<RawStompClient> {
    const client = await RawStompClient.open(url, { wire });
    await client.connect('1.2', `login:${login}\n`);
    await client.subscribe('errors', '/user/queue/errors');
    await client.subscribe('said', '/user/queue/said');
    await client.subscribe('chat', '/topic/chat');
    return client;
  }

  const from = (subscription: string) => (frame: { header(name: string): string | undefined }) =>
    frame.header('subscription') === subscription;

  it('answer the sender, tell everybody, and share the broker with controllers', async () => {
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    expect(connections).toEqual(['+ alice', '+ bob']);
    await alice.receipt('SEND\ndestination:/app/say\ncorrelation-id:7\n\n{"text":"你好"}\0');
    const answer = await alice.next(from('said'));
    expect([answer.text, answer.header('event'), answer.header('correlation-id')]).toEqual(['2', 'said', '7']);
    for (const client of [alice, bob]) {
      expect(JSON.parse((await client.next(from('chat'))).text)).toEqual({ from: 'alice', text: '你好' });
    }
    bob.write('SEND\ndestination:/app/shout\n\nhey\0');
    for (const client of [alice, bob]) expect((await client.next(from('chat'))).text).toBe('HEY');
    expect(bob.take('MESSAGE')).toEqual([]);
    expect(await (await fetch(`${await app.getUrl()}/hello`)).text()).toBe('hello');
  });

  it('tell the sender of a failure, without a RECEIPT', async () => {
    const alice = await connect('alice');
    alice.write('SEND\ndestination:/app/refuse\nreceipt:1\n\n\0SEND\ndestination:/app/forbidden\nreceipt:2\n\n\0');
    const failures = [await alice.next(from('errors')), await alice.next(from('errors'))];
    expect(failures.map((frame) => [frame.header('failed-receipt'), JSON.parse(frame.text).message])).toEqual([
      ['1', 'no'],
      ['2', 'Forbidden resource'],
    ]);
    await alice.settled();
    expect(alice.take('RECEIPT')).toEqual([]);
  });

  it('are told once of a client whose line is cut', async () => {
    const alice = await connect('alice');
    const bob = await connect('bob');
    alice.terminate();
    await left.promise;
    await bob.settled();
    expect(connections).toEqual(['+ alice', '+ bob', '- alice']);
  });

  it('may turn a client away when it connects', async () => {
    const mallory = await RawStompClient.open(url, { wire });
    mallory.write('CONNECT\naccept-version:1.2\nhost:localhost\nlogin:mallory\n\n\0');
    expect(await mallory.closed).toEqual({ code: 1008, reason: 'unwanted' });
    expect(mallory.take()).toEqual([]);
    expect(connections).toEqual(['+ mallory', '- mallory']);
  });

  it('are told of every client when the application closes, which finishes', async () => {
    const clients = [await connect('alice'), await connect('bob')];
    await app.close();
    for (const client of clients) expect((await client.closed).code).toBe(1001);
    expect(connections).toEqual(['+ alice', '+ bob', '- alice', '- bob']);
  });
});

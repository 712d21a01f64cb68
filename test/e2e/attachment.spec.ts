import 'reflect-metadata';
import { Controller, Get, Module, type INestApplication, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { connect } from 'node:net';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { MessageMapping, Payload, SendTo, StompModule } from '../../lib/index.js';
import { StompSocket } from '../utils/stomp-socket.js';

@Controller()
class EchoController {
  @Get('/hello')
  hello(): string {
    return 'hello';
  }

  @MessageMapping('/echo')
  @SendTo('/topic/echo')
  echo(@Payload() text: string): string {
    return text;
  }
}

@WebSocketGateway({ path: '/gateway' })
class WsGateway {
  @SubscribeMessage('ping')
  ping(): object {
    return { event: 'pong', data: 'ws' };
  }
}

@WebSocketGateway()
class IoGateway {
  @SubscribeMessage('ping')
  ping(): string {
    return 'io';
  }
}

type Gateway = 'no gateway' | 'a WsAdapter gateway' | 'a socket.io gateway';

const PLATFORMS = { Express: () => new ExpressAdapter(), Fastify: () => new FastifyAdapter() };
const GATEWAYS: Record<Gateway, Type[]> = {
  'no gateway': [],
  'a WsAdapter gateway': [WsGateway],
  'a socket.io gateway': [IoGateway],
};

const CASES = Object.keys(PLATFORMS).flatMap((platform) =>
  Object.keys(GATEWAYS).map((gateway) => [platform, gateway] as [keyof typeof PLATFORMS, Gateway]),
);

describe.each(CASES)('StompModule.forRoot() on %s beside %s', (platform, gateway) => {
  let app: INestApplication;
  let url: string;

  beforeEach(async () => {
    @Module({
      imports: [StompModule.forRoot({ endpoints: [{ path: ['/ws', '/other'], sockJs: true }] })],
      controllers: [EchoController],
      providers: GATEWAYS[gateway],
    })
    class AppModule {}

    app = await NestFactory.create(AppModule, PLATFORMS[platform]() as ExpressAdapter, { logger: false });
    if (gateway === 'a WsAdapter gateway') app.useWebSocketAdapter(new WsAdapter(app));
    if (gateway === 'a socket.io gateway') app.useWebSocketAdapter(new IoAdapter(app));
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });

  afterEach(() => app.close());

  it.each(['/ws', '/other', '/ws/websocket'])('serves STOMP at %s', async (path) => {
    const client = await StompSocket.connect(url + path);
    client.write('SUBSCRIBE\nid:1\ndestination:/topic/echo\n\n\0SEND\ndestination:/app/echo\n\nhello\0');
    expect(await client.body()).toBe('hello');
  });

  it('serves HTTP and SockJS as well', async () => {
    expect(await (await fetch(`${url}/hello`)).text()).toBe('hello');
    expect(await (await fetch(`${url}/ws/info`)).json()).toMatchObject({ websocket: true });
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
  });

  if (gateway === 'a WsAdapter gateway') {
    it('leaves the gateway alone', async () => {
      const webSocket = new WebSocket(`${url.replace('http', 'ws')}/gateway`);
      const answer = new Promise((resolve) => webSocket.once('message', (data: Buffer) => resolve(data.toString())));
      webSocket.once('open', () => webSocket.send('{"event":"ping"}'));
      expect(await answer).toBe('{"event":"pong","data":"ws"}');
      webSocket.close();
    });
  }

  if (gateway === 'a socket.io gateway') {
    it.each(['websocket', 'polling'])('leaves the gateway alone over %s', async (transport) => {
      const socket = io(url, { transports: [transport] });
      expect(await socket.emitWithAck('ping')).toBe('io');
      socket.close();
    });
  }

  if (gateway === 'no gateway') {
    it('answers an upgrade of an unknown path with 404', async () => {
      expect(await upgrade(url, '/unknown')).toMatch(/^HTTP\/1\.1 404 /);
    });
  }

  it('closes its clients with 1001 when the application closes, and finishes', async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => StompSocket.connect(`${url}/ws`)));
    await app.close();
    const codes = await Promise.all(clients.map(async (client) => (await client.closed).code));
    expect(new Set(codes)).toEqual(new Set([1001]));
  });
});

/** The answer to an upgrade request written by hand. */
function upgrade(url: string, path: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      );
    });
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

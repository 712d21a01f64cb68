import { Controller, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway, WsException, type GatewayMetadata } from '@nestjs/websockets';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import {
  DestinationVariable,
  Header,
  Headers,
  MessageMapping,
  Payload,
  SendTo,
  SendToUser,
  SessionAttributes,
  StompModule,
  StompWsAdapter,
  type StompModuleOptions,
} from '../../lib/index.js';
import { StompTestClient } from '../../lib/testing/index.js';
import { startGateways } from './support/start-gateways.js';

function gatewayFor(destination: unknown, options?: GatewayMetadata, port?: number): Type {
  class ChatGateway {
    @SubscribeMessage(destination)
    say(@MessageBody() text: unknown) {
      return text;
    }
  }
  WebSocketGateway(port ?? 0, options)(ChatGateway);
  return ChatGateway;
}

@Controller()
class ChatController {
  @MessageMapping('/say')
  say(): void {}
}

@Controller()
class PatternController {
  @MessageMapping('/{what}')
  @SendToUser('/queue/say', { broadcast: false })
  any(@DestinationVariable('what') what: string) {
    return `controller ${what}`;
  }
}

async function answerOf(destination: string, providers: Type[], stomp?: StompModuleOptions, controllers: Type[] = []) {
  const application = await startGateways({ providers, controllers, ...(stomp && { stomp }) });
  try {
    const alice = await application.connect();
    await alice.subscribe('/user/queue/say');
    await alice.subscribe('/user/queue/chat.say');
    await alice.send(destination, 'hello', { 'content-type': 'text/plain' });
    return alice.take('MESSAGE').map(({ body }) => body.toString());
  } finally {
    await application.stop();
  }
}

describe('@SubscribeMessage', () => {
  it.each(['/app/say', 'say'])('%s is for what clients SEND to /app/say', async (destination) => {
    expect(await answerOf('/app/say', [gatewayFor(destination)])).toEqual(['hello']);
    expect(await answerOf('/app/other', [gatewayFor(destination)])).toEqual([]);
  });

  it.each(['/app/say', '/api/say'])('say is for every application prefix: %s', async (destination) => {
    const stomp = { applicationDestinationPrefixes: ['/app', '/api/'] };
    expect(await answerOf(destination, [gatewayFor('/api/say')], stomp)).toEqual(['hello']);
    expect(await answerOf(destination, [gatewayFor('say')], stomp)).toEqual(['hello']);
  });

  it.each(['/app/chat.say', 'chat.say'])('%s has dots where dots divide', async (destination) => {
    expect(await answerOf('/app/chat.say', [gatewayFor(destination)], { pathSeparator: '.' })).toEqual(['hello']);
  });

  it('comes before a pattern of a controller, as the more specific', async () => {
    expect(await answerOf('/app/say', [gatewayFor('say')], {}, [PatternController])).toEqual(['hello']);
    expect(await answerOf('/app/else', [gatewayFor('say')], {}, [PatternController])).toEqual(['controller else']);
  });

  it('of a class may be inherited', async () => {
    const Base = gatewayFor('say');
    @WebSocketGateway()
    class Derived extends Base {}
    expect(await answerOf('/app/say', [Derived])).toEqual(['hello']);
  });
});

describe('A mistake in a gateway stops the start', () => {
  it.each<[unknown, RegExp]>([
    ['/topic/say', /"\/topic\/say".*ChatGateway\.say\(\).*must begin with \/app\//],
    ['/say', /must begin with \/app\//],
    ['/app//say', /must begin with \/app\//],
    ['/app/', /nothing stands behind/],
    ['', /nothing stands behind/],
    ['say/*', /patterns are for @MessageMapping/],
    ['say/{id}', /patterns are for @MessageMapping/],
    ['say/{', /is not closed/],
    [{ cmd: 'say' }, /\{"cmd":"say"\}.*must be a destination/],
    [undefined, /must be a destination/],
  ])('when its destination cannot be: %j', async (destination, message) => {
    await expect(startGateways({ providers: [gatewayFor(destination)] })).rejects.toThrow(message);
  });

  it.each<[GatewayMetadata, number, RegExp]>([
    [{}, 8081, /ChatGateway cannot have the port 8081: .*at \/ws/],
    [{ namespace: 'chat' }, 0, /ChatGateway cannot have the namespace "chat"/],
    [{ namespace: /chat/ }, 0, /ChatGateway cannot have the namespace/],
    [{ path: '/chat' }, 0, /ChatGateway cannot have the path "\/chat": .*at \/ws/],
  ])('when it asks for %j and port %d', async (options, port, message) => {
    await expect(startGateways({ providers: [gatewayFor('say', options, port)] })).rejects.toThrow(message);
  });

  it.each(['/ws', 'ws/'])('but not when its path is an endpoint: %s', async (path) => {
    expect(await answerOf('/app/say', [gatewayFor('say', { path })])).toEqual(['hello']);
  });

  it('and options that do nothing are said', async () => {
    const gateway = gatewayFor('say', { cors: { origin: '*' }, transports: ['websocket'] });
    const application = await startGateways({ providers: [gateway] });
    expect(application.log.filter((line) => line.includes('have no effect'))).toEqual([
      expect.stringMatching(/^ChatGateway: the options cors, transports /),
    ]);
    await application.stop();
  });

  it('when two methods have one destination, of two gateways or of a gateway and a controller', async () => {
    const ambiguous = /Ambiguous mapping: .*ChatGateway\.say\(\).* both handle SEND to "\/say"/;
    const providers = [gatewayFor('say'), gatewayFor('/app/say')];
    await expect(startGateways({ providers })).rejects.toThrow(ambiguous);
    const started = startGateways({ providers: [gatewayFor('say')], controllers: [ChatController] });
    await expect(started).rejects.toThrow(/ChatController\.say\(\).*ChatGateway\.say\(\)/);
  });

  it.each<[string, ParameterDecorator]>([
    ['@Payload', Payload()],
    ['@Header', Header('x')],
    ['@Headers', Headers()],
    ['@DestinationVariable', DestinationVariable('x')],
    ['@SessionAttributes', SessionAttributes()],
  ])('when a method has a parameter that Nest does not know: %s', async (_name, decorator) => {
    @WebSocketGateway()
    class ParameterGateway {
      @SubscribeMessage('say')
      say(@MessageBody() _text: string, @decorator _own: unknown): void {}
    }
    await expect(startGateways({ providers: [ParameterGateway] })).rejects.toThrow(
      /ParameterGateway\.say\(\).*parameter 1/,
    );
  });

  it.each([SendTo('/topic/x'), SendToUser('/queue/x')])('when a method would send its answer elsewhere', async (to) => {
    @WebSocketGateway()
    class SendingGateway {
      @SubscribeMessage('say')
      @to
      say(): void {}
    }
    await expect(startGateways({ providers: [SendingGateway] })).rejects.toThrow(/SendingGateway\.say\(\).*@SendTo/);
  });
});

describe('new StompWsAdapter(app)', () => {
  const create = (imports: ReturnType<typeof StompModule.forRoot>[], providers: Type[] = []) => {
    @Module({ imports, providers })
    class AppModule {}
    return NestFactory.create(AppModule, { logger: false });
  };

  it('needs StompModule, and says so', async () => {
    const app = await create([], [gatewayFor('say')]);
    expect(() => new StompWsAdapter(app)).toThrow(/StompWsAdapter needs StompModule: import StompModule\.forRoot\(\)/);
    await app.close();
  });

  it('is a WsAdapter without a parser of messages', async () => {
    const app = await create([StompModule.forRootAsync({ useFactory: () => ({}) })]);
    const adapter = new StompWsAdapter(app);
    expect(adapter).toBeInstanceOf(WsAdapter);
    expect(() => adapter.setMessageParser()).toThrow(/messageConverters/);
    await app.close();
  });

  it('does nothing in an application without gateways', async () => {
    const app = await create([StompModule.forRoot()]);
    app.useWebSocketAdapter(new StompWsAdapter(app));
    await app.init();
    const client = await StompTestClient.connect(app);
    await client.disconnect();
    await app.close();
  });

  it('refuses a class that is a gateway and a controller, whose HTTP clients would hear of no error', async () => {
    const gateway = gatewayFor('say');
    Controller()(gateway);
    @Module({ imports: [StompModule.forRoot()], providers: [gateway], controllers: [gateway] })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false });
    expect(() => new StompWsAdapter(app)).toThrow(/^ChatGateway is listed as a controller and as a provider/);
    await app.close();
  });

  it('changes nothing for a gateway that serves another application through another adapter', async () => {
    @WebSocketGateway({ path: '/ws' })
    class FailingGateway {
      @SubscribeMessage('fail')
      fail(): void {
        throw new WsException('not today');
      }
    }
    const first = await startGateways({ providers: [FailingGateway] });
    await first.stop();
    const app = await create([], [FailingGateway]);
    app.useWebSocketAdapter(new WsAdapter(app));
    await app.listen(0, '127.0.0.1');
    const webSocket = new WebSocket(`${(await app.getUrl()).replace('http', 'ws')}/ws`);
    webSocket.once('open', () => webSocket.send('{"event":"fail"}'));
    const [answer] = (await once(webSocket, 'message')) as [Buffer];
    expect(JSON.parse(answer.toString())).toMatchObject({ event: 'exception', data: { message: 'not today' } });
    await app.close();
  });

  it('leaves gateways alone that another adapter serves', async () => {
    const app = await create([StompModule.forRoot()], [gatewayFor('/anything', { path: '/chat' })]);
    app.useWebSocketAdapter(new WsAdapter(app));
    await app.init();
    await app.close();
  });
});

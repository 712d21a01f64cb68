import 'reflect-metadata';
import { Controller, Injectable, Logger, Module, type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import {
  MessageMapping,
  SendTo,
  StompModule,
  type ChannelInterceptor,
  type Message,
  type StompFeatureOptions,
} from '../../lib/index.js';
import { StompTestClient } from '../../lib/testing/index.js';
import { RawStompClient } from '../utils/raw-stomp-client.js';

let app: INestApplication | undefined;

beforeAll(() => Logger.overrideLogger(false));

afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function start(metadata: ModuleMetadata): Promise<INestApplication> {
  const module = await Test.createTestingModule(metadata).compile();
  app = module.createNestApplication({ logger: false });
  await app.init();
  return app;
}

@Controller()
class PriceController {
  @MessageMapping('/price')
  @SendTo('/topic/price')
  price(text: string) {
    return text;
  }
}

describe('The options', () => {
  it('come from the ConfigService of @nestjs/config', async () => {
    const configuration = () => ({ stomp: { path: '/from-config', prefix: '/application', limit: 1_024 } });
    await start({
      imports: [
        StompModule.forRootAsync({
          imports: [ConfigModule.forRoot({ ignoreEnvFile: true, load: [configuration] })],
          inject: [ConfigService],
          useFactory: (config: ConfigService) => ({
            endpoints: [{ path: config.getOrThrow<string>('stomp.path') }],
            applicationDestinationPrefixes: [config.getOrThrow<string>('stomp.prefix')],
            transport: { messageSizeLimit: config.getOrThrow<number>('stomp.limit') },
          }),
        }),
      ],
      controllers: [PriceController],
    });
    await app!.listen(0);
    const { port } = app!.getHttpServer().address() as { port: number };
    const client = await RawStompClient.open(`ws://localhost:${port}/from-config`);
    await client.connect();
    await client.subscribe('prices', '/topic/price');
    client.write('SEND\ndestination:/application/price\n\n42\0');
    expect(await client.body()).toBe('42');
    client.write(`SEND\ndestination:/application/price\n\n${'4'.repeat(1_024)}\0`);
    expect((await client.next('ERROR')).header('code')).toBe('STOMP_ERR_FRAME_TOO_LARGE');
  });
});

@Injectable()
class Notes {
  readonly lines: string[] = [];
}

@Injectable()
class NotingInterceptor implements ChannelInterceptor {
  constructor(private readonly notes: Notes) {}

  preSend(message: Message): Message {
    if (message.headers.command === 'SEND') this.notes.lines.push('feature');
    return message;
  }
}

@Module({
  imports: [
    StompModule.forFeature({
      broker: { history: [{ destination: '/topic/price', size: 2 }], queues: ['/queue/orders'] },
      interceptors: { clientInboundChannel: [NotingInterceptor] },
    }),
  ],
  controllers: [PriceController],
  providers: [Notes, NotingInterceptor],
})
class PriceModule {}

/** Whether all that was sent after the offset could be had. */
async function recovered(client: StompTestClient, destination: string, since: string): Promise<string | undefined> {
  const position = await client.receipt('SUBSCRIBE', { id: `${destination} ${since}`, destination });
  await client.receipt('UNSUBSCRIBE', { id: `${destination} ${since}` });
  const epoch = position.headers.get('epoch')!;
  const receipt = await client.receipt('SUBSCRIBE', { id: `${destination} ${since}`, destination, since, epoch });
  return receipt.headers.get('recovered');
}

describe('StompModule.forFeature', () => {
  it('adds histories and queues to those of the application, whichever module is imported first', async () => {
    const history = [{ destination: '/topic/news' }];
    const root = StompModule.forRoot({ broker: { history } });
    for (const imports of [
      [PriceModule, root],
      [root, PriceModule],
    ]) {
      await start({ imports });
      const client = await StompTestClient.connect(app!);
      for (const destination of ['/topic/price', '/topic/news', '/queue/orders']) {
        for (const body of ['1', '2', '3']) await client.send(destination, body);
      }
      // Of three messages the feature keeps two, the application all.
      expect(await recovered(client, '/topic/price', '0')).toBe('false');
      expect(await recovered(client, '/topic/price', '1')).toBe('true');
      expect(await recovered(client, '/topic/news', '0')).toBe('true');
      await client.subscribe('/queue/orders');
      const came = client
        .take('MESSAGE')
        .map(({ headers, body }) => `${headers.get('destination')} ${body.toString()}`);
      expect(came).toEqual([
        ...['2', '3'].map((body) => `/topic/price ${body}`),
        ...['1', '2', '3'].map((body) => `/topic/news ${body}`),
        ...['1', '2', '3'].map((body) => `/queue/orders ${body}`),
      ]);
      await app!.close();
    }
  });

  it('adds interceptors behind those of the application', async () => {
    await start({ imports: [PriceModule, StompModule.forRoot({ interceptors: { clientInboundChannel: [first()] } })] });
    const { lines } = app!.get(Notes, { strict: false });
    const client = await StompTestClient.connect(app!);
    await client.send('/app/price', '42');
    expect(lines).toEqual(['application', 'feature']);

    function first(): ChannelInterceptor {
      return {
        preSend(message) {
          if (message.headers.command === 'SEND') app!.get(Notes, { strict: false }).lines.push('application');
          return message;
        },
      };
    }
  });

  it.each([
    [{ broker: { history: [{}] } }, /forFeature\.broker\.history\[0\]\.destination must be a destination or a pattern/],
    [
      { broker: { heartbeat: [0, 0] } },
      /forFeature\.broker\.heartbeat must be left out: the options here are queues, history, slowConsumers/,
    ],
    [
      { broker: { slowConsumers: [{ destination: '/topic/a', policy: 'wait' }] } },
      /forFeature\.broker\.slowConsumers\[0\]\.policy must be one of "close", "drop-oldest", "conflate"/,
    ],
    [{ interceptors: { brokerChannel: [1] } }, /forFeature\.interceptors\.brokerChannel\[0\] must be an object with/],
    [{ endpoints: [] }, /forFeature\.endpoints must be left out: the options here are broker, interceptors/],
    [undefined, /forFeature must be an object, but it is undefined/],
  ])('refuses an option that cannot be: %j', (options, message) => {
    expect(() => StompModule.forFeature(options as StompFeatureOptions)).toThrow(message);
  });

  it('stops the start when an option does not suit those of the application', async () => {
    const feature = StompModule.forFeature({ broker: { queues: ['/jobs'] } });
    await expect(start({ imports: [StompModule.forRoot(), feature] })).rejects.toThrow(
      /broker\.queues\[0\] must be within one of broker\.destinationPrefixes.*"\/jobs"/,
    );
  });
});

import { Controller, Injectable } from '@nestjs/common';
import {
  BrokerAvailabilityEvent,
  MessageMapping,
  Payload,
  SendTo,
  SimpMessagingTemplate,
  StompEventListener,
  StompStats,
} from 'nestjs-stomp';
import { StompHealthIndicator } from 'nestjs-stomp/terminus';
import { TerminusModule } from '@nestjs/terminus';
import { FaultProxy } from '../../utils/fault-proxy.js';
import { startModule, type StartedModule } from '../../handler/support/start-module.js';
import { RabbitMq } from './support/rabbit-mq.js';

@Controller()
class ChatController {
  constructor(private readonly template: SimpMessagingTemplate) {}

  @MessageMapping('/chat')
  @SendTo('/topic/chat')
  chat(@Payload() text: string): string {
    return `server:${text}`;
  }

  @MessageMapping('/whisper')
  async whisper(@Payload() text: string): Promise<void> {
    await this.template.convertAndSendToUser('bob', '/queue/whispers', text);
  }
}

@Injectable()
class Availability {
  readonly heard: boolean[] = [];
  tell: () => void = () => undefined;

  @StompEventListener(BrokerAvailabilityEvent)
  on({ isBrokerAvailable }: BrokerAvailabilityEvent): void {
    this.heard.push(isBrokerAvailable);
    this.tell();
  }
}

let rabbitMq: RabbitMq;
let proxy: FaultProxy;

beforeAll(async () => {
  rabbitMq = await RabbitMq.start();
  proxy = await FaultProxy.start(rabbitMq.port);
}, 120_000);

afterAll(async () => {
  await proxy.stop();
  await rabbitMq.stop();
});

describe.each(['shared', 'per-session'] as const)('An application with a relay (%s)', (connections) => {
  let application: StartedModule;

  beforeEach(async () => {
    application = await startModule({
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [ChatController],
      providers: [Availability, StompHealthIndicator],
      stomp: {
        broker: { kind: 'relay', port: proxy.port, connections, reconnectDelay: 100, reconnectDelayLimit: 200 },
      },
    });
  });

  afterEach(() => application.stop());

  const health = () => application.app.get(StompHealthIndicator).isHealthy('stomp');
  const available = async (isAvailable: boolean): Promise<void> => {
    const { app } = application;
    const isIt = () => app.get(StompStats).snapshot().broker.isAvailable === isAvailable;
    while (!isIt()) await new Promise<void>((resolve) => (app.get(Availability).tell = resolve));
  };

  it('gives a RECEIPT when the broker has confirmed the handler’s reply', async () => {
    const [alice, bob] = [await application.connect('alice'), await application.connect('bob')];
    await bob.subscribe('/topic/chat');
    await alice.send('/app/chat', 'hi');
    expect(await bob.nextBody('/topic/chat')).toBe('server:hi');
    alice.transmit('SEND', { destination: '/app/chat' }, 'no receipt');
    expect(await bob.nextBody('/topic/chat')).toBe('server:no receipt');
  });

  it('reaches users without the broker', async () => {
    const [alice, bob] = [await application.connect('alice'), await application.connect('bob')];
    await bob.subscribe('/user/queue/whispers');
    await alice.send('/app/whisper', 'psst');
    expect(await bob.nextBody('/user/queue/whispers')).toBe('psst');
  });

  it('is down while there is no broker, and says so to everyone', async () => {
    expect(health()).toMatchObject({ stomp: { status: 'up' } });
    proxy.refuse();
    await available(false);
    expect(health()).toMatchObject({ stomp: { status: 'down', message: 'The broker is not available.' } });
    proxy.heal();
    await available(true);
    expect(health()).toMatchObject({ stomp: { status: 'up' } });
    expect(application.app.get(Availability).heard).toEqual([true, false, true]);
  });
});

describe('A client of an application with a relay', () => {
  it('is told by a code that the broker was away when a handler replied', async () => {
    const application = await startModule({
      controllers: [ChatController],
      providers: [Availability],
      stomp: { broker: { kind: 'relay', port: proxy.port } },
    });
    const client = await application.connect('alice');
    await client.subscribe(client.errorDestination);
    proxy.refuse();
    while (application.app.get(StompStats).snapshot().broker.isAvailable) {
      await new Promise<void>((resolve) => (application.app.get(Availability).tell = resolve));
    }
    for (const destination of ['/app/chat', '/topic/chat']) {
      client.transmit('SEND', { destination }, 'lost');
      expect(await client.nextError()).toMatchObject({
        code: 'BROKER_UNAVAILABLE',
        message: 'The broker is not available.',
      });
    }
    proxy.heal();
    await application.stop();
  });
});

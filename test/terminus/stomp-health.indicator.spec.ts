import { Controller, Get, Logger, type INestApplication } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { StompCluster, StompModule } from 'nestjs-stomp';
import { StompHealthIndicator, type StompHealthLimits } from 'nestjs-stomp/terminus';
import { StompTestClient } from 'nestjs-stomp/testing';
import { WebSocket } from 'ws';
import { StompRuntime } from '../../lib/stomp.runtime.js';
import { MemoryHub } from '../cluster/memory-bus.js';
import { StompSocket } from '../utils/stomp-socket.js';

interface Health {
  readonly status: number;
  readonly stomp: { readonly status: string; readonly sessions: number; readonly message?: string };
}

let limits: StompHealthLimits = {};

@Controller()
class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly stomp: StompHealthIndicator,
  ) {}

  @Get('/health')
  @HealthCheck()
  health() {
    return this.checks.check([() => this.stomp.isHealthy('stomp', limits)]);
  }
}

describe('StompHealthIndicator', () => {
  let app: INestApplication;
  let url: string;

  async function health(): Promise<Health> {
    const response = await fetch(`${url}/health`);
    const { details } = (await response.json()) as { details: Pick<Health, 'stomp'> };
    return { status: response.status, ...details };
  }

  beforeEach(async () => {
    limits = {};
    Logger.overrideLogger(false);
    const module = await Test.createTestingModule({
      imports: [
        // What a client does not answer is not cut before the test has seen it.
        StompModule.forRoot({ broker: { queues: ['/queue'] }, transport: { closeTimeout: 60_000 } }),
        TerminusModule.forRoot({ logger: false }),
      ],
      controllers: [HealthController],
      providers: [StompHealthIndicator],
    }).compile();
    app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });

  afterEach(() => app.close());

  it('is down while the bus to other servers is cut', async () => {
    const hub = new MemoryHub();
    const module = await Test.createTestingModule({
      imports: [
        StompModule.forRoot({ cluster: { kind: 'bus', bus: hub.bus(), name: 'one' } }),
        TerminusModule.forRoot({ logger: false }),
      ],
      controllers: [HealthController],
      providers: [StompHealthIndicator],
    }).compile();
    await app.close();
    app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
    expect(await health()).toMatchObject({ status: 200, stomp: { status: 'up' } });
    expect(app.get(StompCluster)).toMatchObject({ name: 'one', isAvailable: true, servers: [] });
    hub.cut();
    const message = 'The bus to the other servers is not available.';
    expect(await health()).toMatchObject({ status: 503, stomp: { status: 'down', message } });
    hub.mend();
    expect(await health()).toMatchObject({ status: 200, stomp: { status: 'up' } });
  });

  it('is up with the number of sessions while the server runs', async () => {
    expect(await health()).toEqual({ status: 200, stomp: { status: 'up', sessions: 0 } });
    const client = await StompSocket.connect(`${url}/ws`);
    expect(await health()).toEqual({ status: 200, stomp: { status: 'up', sessions: 1 } });
    client.webSocket.terminate();
  });

  it('is down as long as there are more sessions than it may have', async () => {
    limits = { maxSessions: 1 };
    const clients = [await StompTestClient.connect(app)];
    expect(await health()).toMatchObject({ status: 200, stomp: { status: 'up' } });
    clients.push(await StompTestClient.connect(app));
    expect(await health()).toEqual({
      status: 503,
      stomp: { status: 'down', sessions: 2, message: 'There are 2 sessions, more than 1.' },
    });
    await clients[0]!.disconnect();
    await clients[0]!.closed;
    expect(await health()).toMatchObject({ status: 200, stomp: { status: 'up', sessions: 1 } });
  });

  it('is down when queues hold more messages than they may, or clients read too slowly', async () => {
    const client = await StompSocket.connect(`${url}/ws`);
    for (const queue of ['a', 'b']) await client.receipt(`SEND\ndestination:/queue/${queue}\n\n\0`);
    limits = { maxQueueMessages: 1, maxSendBufferBytes: 0 };
    expect(await health()).toMatchObject({
      status: 503,
      stomp: { message: 'There are 2 messages in queues, more than 1.' },
    });
    limits = { maxQueueMessages: 2, maxSendBufferBytes: 0 };
    expect(await health()).toMatchObject({ status: 200 });
    limits = { maxSendBufferBytes: -1 };
    expect(await health()).toMatchObject({ stomp: { message: 'There are 0 bytes in send buffers, more than -1.' } });
    client.webSocket.terminate();
  });

  it('is down when a limit is no number, so that somebody notices', async () => {
    limits = { maxSessions: NaN };
    expect(await health()).toMatchObject({ status: 503, stomp: { message: 'There are 0 sessions, more than NaN.' } });
  });

  it('is down while the server says goodbye to its clients', async () => {
    const polite = await StompSocket.connect(`${url}/ws`);
    const stubborn = await StompSocket.connect(`${url}/ws`);
    // It does not read, so it does not answer the goodbye.
    stubborn.webSocket.pause();
    const closed = app.close();
    expect(await polite.closed).toMatchObject({ code: 1001 });
    expect(await health()).toMatchObject({
      status: 503,
      stomp: { status: 'down', message: 'The server is shutting down.' },
    });
    await expect(refusalOf(`${url}/ws`)).resolves.toBe(503);
    stubborn.webSocket.terminate();
    await closed;
  });

  it('is down when the broker is not available', async () => {
    await app.get(StompRuntime).broker.stop();
    expect(await health()).toMatchObject({
      status: 503,
      stomp: { status: 'down', message: 'The broker is not available.' },
    });
  });

  it('is down before the application has started', async () => {
    const module = await Test.createTestingModule({
      imports: [StompModule.forRoot(), TerminusModule],
      providers: [StompHealthIndicator],
    }).compile();
    const indicator = module.get(StompHealthIndicator);
    expect(indicator.isHealthy('stomp')).toEqual({
      stomp: { status: 'down', sessions: 0, message: 'The server has not started.' },
    });
    await module.init();
    expect(indicator.isHealthy('stomp')).toEqual({ stomp: { status: 'up', sessions: 0 } });
    await module.close();
    expect(indicator.isHealthy('stomp')).toMatchObject({ stomp: { message: 'The server is shutting down.' } });
  });
});

/** The HTTP status that a handshake is refused with. */
function refusalOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const webSocket = new WebSocket(url.replace('http', 'ws'));
    webSocket.on('open', () => reject(new Error('The server took one more client.')));
    webSocket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode));
    webSocket.on('error', () => {});
  });
}

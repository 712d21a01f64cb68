import type { INestApplication } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import { RecordingLogger, StompTestClient, stompMatchers } from 'nestjs-stomp/testing';
import { runClient } from '../../../test/utils/run-client.js';
import { AppModule } from '../src/app.module.js';

expect.extend(stompMatchers);

let app: INestApplication;
let logger: RecordingLogger;

async function start(): Promise<void> {
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  logger = new RecordingLogger();
  app = module.createNestApplication({ logger });
  await app.init();
}

afterEach(() => app.close());

it('does what its client shows', async () => {
  await start();
  expect(await runClient(app, '08-async-configuration')).toEqual([
    'connected; heart-beats of the server: 5000,5000',
    'bergen: 12 °C (number 1 in its history)',
    'stomp_sessions_connected 1',
    'stomp_subscriptions 1',
    'ok: {"stomp":{"sessions":1,"status":"up"}}',
  ]);
  expect(logger.errors).toEqual([]);
});

it('keeps a history, as the feature’s module says', async () => {
  await start();
  const client = await StompTestClient.connect(app);
  await client.subscribe('/topic/weather.north.oslo');
  await client.send('/app/north/weather/oslo', '9');
  const report = await client.nextMessage();
  expect(report).toBeFrame('MESSAGE', { offset: 1 }, 'oslo: 9 °C');
  await client.send('/app/north/weather/oslo', '10');
  const late = await StompTestClient.connect(app);
  await late.subscribe('/topic/weather.north.oslo', { since: 1, epoch: report.headers.get('epoch') });
  expect(await late.nextMessage()).toBeFrame('MESSAGE', { recovered: 'true' }, 'oslo: 10 °C');
});

it('is not healthy beyond the limit of the configuration', async () => {
  await start();
  const config = app.get(ConfigService);
  const limit = config.getOrThrow<string>('MAX_SESSIONS');
  config.set('MAX_SESSIONS', '0'); // in the environment, too
  try {
    await StompTestClient.connect(app);
    await app.listen(0, '127.0.0.1');
    const answer = await fetch(`${await app.getUrl()}/health`);
    expect(answer.status).toBe(503);
    expect(logger.errors).toEqual([
      expect.objectContaining({ message: expect.stringContaining('Health Check has failed') }),
    ]);
    expect(await answer.json()).toMatchObject({ error: { stomp: { message: 'There are 1 sessions, more than 0.' } } });
  } finally {
    config.set('MAX_SESSIONS', limit);
  }
});

import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { StompStats } from 'nestjs-stomp';
import { RecordingLogger, StompTestClient, stompMatchers } from 'nestjs-stomp/testing';
import { runClient } from '../../../test/utils/run-client.js';
import { AppModule } from '../src/app.module.js';
import { Archive } from '../src/archive.js';

expect.extend(stompMatchers);

const logger = new RecordingLogger();
let app: INestApplication;
let client: StompTestClient;

beforeEach(async () => {
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  app = module.createNestApplication({ logger });
  await app.init();
  client = await StompTestClient.connect(app);
});

afterEach(async () => {
  await app.close();
  expect(logger.errors).toEqual([]);
});

const streams = (): number => app.get(StompStats).snapshot().streams;

it('does what its client shows', async () => {
  const aTime = expect.stringMatching(/^ {2}\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  expect(await runClient(app, '05-streams')).toEqual([
    'The clock, until it is unsubscribed:',
    aTime,
    aTime,
    '',
    'Rows, of which 2 may be unacknowledged:',
    ...['  row 0', '  row 1', '  row 2', '  row 3', '  row 4'],
    '',
    'The news, while the client is there:',
    '  It rains.',
    '',
    'What it has missed since number 1:',
    '  It snows., recovered',
    '  The sun shines., recovered',
  ]);
  expect(streams()).toBe(0);
});

it('holds a reader at what it has acknowledged, while another one goes on', async () => {
  const next = (subscription: string) => client.next(({ headers }) => headers.get('subscription') === subscription);
  const slow = await client.subscribe('/app/rows', { ack: 'client', window: 2 });
  const fast = await client.subscribe('/app/rows', { ack: 'client', window: 12 });
  await next(slow);
  const second = await next(slow);
  for (let row = 0; row < 12; row++) expect(await next(fast)).toHaveFrameBody(`row ${row}`);
  await expect(client).toReceiveNothing();
  // At most one page ahead of 12 rows, and one for the first two.
  expect(app.get(Archive).pagesRead).toBeLessThanOrEqual(6);
  await client.ack(second); // and the one before
  expect(await next(slow)).toHaveFrameBody('row 2');
  expect(await next(slow)).toHaveFrameBody('row 3');
});

it.each(['/app/clock', '/app/rows'])('ends %s with the subscription', async (destination) => {
  const id = await client.subscribe(destination, { ack: 'client', window: 1 });
  await client.nextMessage();
  expect(streams()).toBe(1);
  await client.unsubscribe(id);
  expect(streams()).toBe(0);
});

it('says to one who comes back after too long that not all can be had', async () => {
  const headers = { destination: '/topic/news', id: 'news', since: 1, epoch: 'of-another-start' };
  expect(await client.receipt('SUBSCRIBE', headers)).toHaveFrameHeader('recovered', 'false');
});

import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { StompWsAdapter } from 'nestjs-stomp';
import { RecordingLogger, StompTestClient, stompMatchers } from 'nestjs-stomp/testing';
import { runClient } from '../../../test/utils/run-client.js';
import { AppModule } from '../src/app.module.js';

expect.extend(stompMatchers);

const logger = new RecordingLogger();
let app: INestApplication;

beforeEach(async () => {
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  app = module.createNestApplication({ logger });
  app.useWebSocketAdapter(new StompWsAdapter(app));
  await app.init();
});

afterEach(async () => {
  await app.close();
  expect(logger.errors).toEqual([]);
});

async function enter(login: string): Promise<StompTestClient> {
  const client = await StompTestClient.connect(app, { headers: { 'accept-version': '1.2', login } });
  await client.subscribe(client.errorDestination);
  return client;
}

it('does what its client shows', async () => {
  expect(await runClient(app, '07-gateways')).toEqual([
    'alice /app/auction: {"bidder":"nobody","amount":0}',
    'alice /user/queue/accepted: 10',
    expect.stringMatching(/^bob \/user\/queue\/errors: .*"message":"That is not enough\."/),
    'bob /user/queue/accepted: 20',
    'alice /user/queue/outbid: {"bidder":"bob","amount":20}',
    'bob /topic/auction: {"bidder":"alice","amount":10}',
    'bob /topic/auction: {"bidder":"bob","amount":20}',
    'bob /topic/auction: {"cheer":"Well done!","from":"alice"}',
    'bob /topic/auction: {"left":"alice"}',
  ]);
});

it('answers a bid of the gateway to its sender alone', async () => {
  const [alice, bob] = [await enter('alice'), await enter('bob')];
  for (const client of [alice, bob]) await client.subscribe('/user/queue/accepted');
  await alice.send('/app/bid', { amount: 10 });
  expect(await alice.nextBody('/user/queue/accepted')).toBe(10);
  await expect(bob).toReceiveNothing();
});

it('tells the controller’s clients over HTTP and STOMP what the gateway has taken', async () => {
  const alice = await enter('alice');
  await alice.send('/app/bid', { amount: 10 });
  await alice.subscribe('/app/auction');
  expect(await alice.nextBody('/app/auction')).toEqual({ bidder: 'alice', amount: 10 });
  await app.listen(0, '127.0.0.1');
  expect(await (await fetch(`${await app.getUrl()}/auction`)).json()).toEqual({ bidder: 'alice', amount: 10 });
});

it.each([{ amount: 'much' }, {}, { amount: -1 }])('refuses a bid of %j', async (bid) => {
  const alice = await enter('alice');
  await expect(alice.send('/app/bid', bid)).rejects.toThrow();
  await alice.subscribe('/app/auction');
  expect(await alice.nextBody('/app/auction')).toMatchObject({ amount: 0 });
});

import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { RecordingLogger, StompTestClient, stompMatchers } from 'nestjs-stomp/testing';
import { AppModule } from '../src/app.module.js';
import { PollHours } from '../src/poll-hours.js';

expect.extend(stompMatchers);

const logger = new RecordingLogger();
const hours = { isOver: false, areOver: () => hours.isOver };
let app: INestApplication;

/** A client that hears of its errors; without that its first failed frame would end its session. */
async function enter(user?: string): Promise<StompTestClient> {
  const client = await StompTestClient.connect(app, { user });
  await client.subscribe(client.errorDestination);
  return client;
}

beforeEach(async () => {
  hours.isOver = false;
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(PollHours)
    .useValue(hours)
    .compile();
  app = module.createNestApplication({ logger });
  await app.init(); // nothing listens: the clients are in memory
});

afterEach(async () => {
  await app.close();
  expect(logger.errors).toEqual([]); // clients are told little of errors that nobody foresaw; here they show
});

describe('A vote', () => {
  it('tells all who watch the poll how it stands', async () => {
    const [alice, bob] = [await enter('alice'), await enter('bob')];
    await bob.subscribe('/topic/poll');
    await alice.send('/app/poll/vote', { option: 'tea' });
    expect(await bob.nextBody()).toEqual({ tea: 1, coffee: 0 });
    await bob.send('/app/poll/vote', { option: 'coffee' });
    expect(await bob.nextBody('/topic/poll')).toEqual({ tea: 1, coffee: 1 });
    await expect(alice).toReceiveNothing(); // she has voted and does not watch
  });

  it('takes the place of the one that the user gave before', async () => {
    const alice = await enter('alice');
    await alice.subscribe('/topic/poll');
    await alice.send('/app/poll/vote', { option: 'tea' });
    await alice.send('/app/poll/vote', { option: 'coffee' });
    const bodies = alice.take('MESSAGE').map(({ body }) => JSON.parse(body.toString()));
    expect(bodies).toEqual([
      { tea: 1, coffee: 0 },
      { tea: 0, coffee: 1 },
    ]);
  });

  it('for what is not offered is refused, and nobody hears of it', async () => {
    const [alice, bob] = [await enter('alice'), await enter('bob')];
    await bob.subscribe('/topic/poll');
    await expect(alice.send('/app/poll/vote', { option: 'beer' })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: 'Nobody can vote for beer.',
    });
    await expect(bob).toReceiveNothing();
    await alice.send('/app/poll/vote', { option: 'tea' }); // her session goes on
    expect(await bob.nextMessage()).toHaveFrameBody(expect.objectContaining({ tea: 1 }));
  });

  it('that comes too late is refused, by a provider that the test has replaced', async () => {
    hours.isOver = true;
    const alice = await enter('alice');
    alice.transmit('SEND', { destination: '/app/poll/vote', 'content-type': 'application/json' }, '{"option":"tea"}');
    expect(await alice.nextError()).toMatchObject({ code: 'FORBIDDEN', message: 'The poll is over.' });
  });

  it('of nobody is refused; a client that does not listen for errors is told by ERROR and put out', async () => {
    const stranger = await StompTestClient.connect(app);
    await expect(stranger.send('/app/poll/vote', { option: 'tea' })).rejects.toThrow('Who are you?');
    expect(await stranger.closed).toMatchObject({ code: 1002 });
  });
});

describe('The result', () => {
  it('is the answer to the subscription, and not repeated', async () => {
    const [alice, bob] = [await enter('alice'), await enter('bob')];
    const id = await alice.subscribe('/app/poll/result');
    expect(await alice.nextMessage()).toBeFrame('MESSAGE', { subscription: id }, { tea: 0, coffee: 0 });
    await bob.send('/app/poll/vote', { option: 'tea' });
    await expect(alice).toReceiveNothing();
  });
});

describe('A login', () => {
  it('is what CONNECT says, before what the handshake says', async () => {
    const client = StompTestClient.open(app, { user: 'bob' });
    client.transmit('CONNECT', { 'accept-version': '1.2', login: '小明' });
    expect(await client.next('CONNECTED')).toHaveFrameHeader('user-name', '小明');
  });
});

import { Logger } from '@nestjs/common';
import { optionsFromEnvironment } from '../../src/im-options.js';
import {
  PushProvider,
  type PushNotification,
  type PushResult,
  type PushSubscription,
} from '../../src/ports/push-provider.js';
import { PushSender } from '../../src/push/push-sender.js';
import { actor, TemporaryStore } from '../sqlite/temporary-store.js';

/** Answers when the test does. */
class HeldProvider extends PushProvider {
  readonly publicKey = '';
  readonly asked: { endpoint: string; notification: PushNotification; answer: (result: PushResult) => void }[] = [];

  async check(): Promise<void> {}

  send({ endpoint }: PushSubscription, notification: PushNotification, signal?: AbortSignal): Promise<PushResult> {
    return new Promise((answer) => {
      this.asked.push({ endpoint, notification, answer });
      signal?.addEventListener('abort', () => answer({ outcome: 'retry', reason: 'stopped' }));
    });
  }
}

let im: TemporaryStore;
let provider: HeldProvider;
let sender: PushSender;

beforeAll(() => Logger.overrideLogger(false));

beforeEach(async () => {
  im = await TemporaryStore.open();
  im.now = Date.now() - 1_000;
  await im.users('alice', 'bob', 'mallory');
  provider = new HeldProvider();
  sender = senderWith({});
});

afterEach(async () => {
  await sender.stop();
  await im.remove();
});

function senderWith(env: NodeJS.ProcessEnv): PushSender {
  return new PushSender(im.store, im.ingest, provider, optionsFromEnvironment(env));
}

async function subscribe(userId: string, deviceId = 'd1'): Promise<void> {
  await im.ingest.execute('device.open', { userId, deviceId, name: '', platform: '', refreshHash: '-' });
  const subscription = { endpoint: `${userId}/${deviceId}`, keys: { p256dh: 'key', auth: 'auth' } };
  await im.ingest.execute('push.subscribe', { actor: actor(userId, deviceId), subscription });
}

async function tell(userId: string, text = 'x'): Promise<void> {
  await im.send('alice', { toUserId: userId }, text);
  for (const { roomId, users, upTo } of await im.store.pushCandidates({
    now: im.now,
    delay: 0,
    life: 60_000,
    limit: 100,
  })) {
    await im.ingest.execute('push.expand', { roomId, users, upTo });
  }
}

let whenEnded: () => void = () => undefined;
const fill = () => sender.fill(() => whenEnded());

/** Answers the first one that waits, and comes back once that is stored. */
async function answer(result: PushResult): Promise<void> {
  const ended = new Promise<void>((resolve) => (whenEnded = resolve));
  provider.asked.shift()!.answer(result);
  await ended;
}

it('does not let one user, whose push service lets it wait, keep the others waiting', async () => {
  for (let n = 1; n <= 10; n++) await subscribe('mallory', `d${n}`);
  await subscribe('bob');
  await tell('mallory');
  im.now++;
  await tell('bob');
  await fill();
  expect(provider.asked.map(({ endpoint }) => endpoint)).toEqual([
    'mallory/d1',
    'mallory/d2',
    'mallory/d3',
    'mallory/d4',
    'bob/d1',
  ]);
  await fill();
  expect(provider.asked).toHaveLength(5);
  await answer({ outcome: 'delivered' });
  await fill();
  expect(provider.asked.map(({ endpoint }) => endpoint)).toContain('mallory/d5');
});

it('does not send again what has ended while the store told what is due', async () => {
  await subscribe('bob');
  await tell('bob');
  await fill();
  const duePushes = im.store.duePushes.bind(im.store);
  im.store.duePushes = async (...query) => {
    const due = await duePushes(...query);
    if (due.length > 0) await answer({ outcome: 'delivered' });
    return due;
  };
  await fill();
  expect(provider.asked).toEqual([]);
  expect(sender.sent).toBe(1);
});

it('gives up after its attempts, each later than the one before', async () => {
  sender = senderWith({ IM_PUSH_ATTEMPTS: '3', IM_PUSH_BACKOFF: '1' });
  await subscribe('bob');
  await tell('bob');
  for (const attempt of [1, 2, 3]) {
    const { nextDue = 0 } = await im.store.pushBacklog(0);
    while (Date.now() < nextDue) await new Promise(setImmediate);
    await fill();
    expect(provider.asked).toHaveLength(1);
    await answer({ outcome: 'retry', reason: 'busy' });
    expect(await im.store.pushBacklog(0)).toMatchObject({ pushes: attempt < 3 ? 1 : 0 });
  }
  expect(sender).toMatchObject({ sent: 0, retried: 2, dropped: 1 });
});

it('waits at least as long as the push service asks for', async () => {
  await subscribe('bob');
  await tell('bob');
  await fill();
  const before = Date.now();
  await answer({ outcome: 'retry', reason: 'busy', delay: 60_000 });
  const { nextDue } = await im.store.pushBacklog(0);
  expect(nextDue).toBeGreaterThanOrEqual(before + 62_500);
});

it('does not put off what is not worth it then', async () => {
  sender = senderWith({ IM_PUSH_TTL: '60' });
  await subscribe('bob');
  await tell('bob');
  await fill();
  expect(provider.asked[0]!.notification.ttl).toBeLessThanOrEqual(60);
  await answer({ outcome: 'retry', reason: 'busy', delay: 60_000 });
  expect(await im.store.pushBacklog(0)).toMatchObject({ pushes: 0 });
});

it('leaves what it was sending when it stops for the next start', async () => {
  await subscribe('bob');
  await tell('bob');
  await fill();
  await sender.stop();
  expect(await im.store.duePushes(Date.now(), 10, [])).toMatchObject([{ userId: 'bob', attempts: 0 }]);
  expect(sender).toMatchObject({ sent: 0, retried: 0, dropped: 0 });
});

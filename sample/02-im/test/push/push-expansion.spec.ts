import { InboxCursors } from '../../src/inbox/inbox-cursors.js';
import { optionsFromEnvironment } from '../../src/im-options.js';
import { LocalNotifyBus } from '../../src/ports/notify-bus.js';
import { PushExpansion } from '../../src/push/push-expansion.js';
import { actor, TemporaryStore } from '../sqlite/temporary-store.js';

const DELAY = 2_000;

let im: TemporaryStore;
let cursors: InboxCursors;

beforeEach(async () => {
  im = await TemporaryStore.open();
  im.now = Date.now() - 10_000;
  await im.users('alice', 'bob');
  await im.ingest.execute('device.open', { userId: 'bob', deviceId: 'd1', name: '', platform: '', refreshHash: '-' });
  const subscription = { endpoint: 'https://push.example/1', keys: { p256dh: 'key', auth: 'auth' } };
  await im.ingest.execute('push.subscribe', { actor: actor('bob'), subscription });
  await im.send('alice', { toUserId: 'bob' }, 'x');
  im.now = Date.now();
  cursors = new InboxCursors(im.store, new LocalNotifyBus(), 5_000);
});

afterEach(() => im.remove());

/** @returns what is left to decide, and what is to be pushed */
async function expand(now = Date.now()) {
  await new PushExpansion(im.store, im.ingest, cursors, optionsFromEnvironment({ IM_PUSH_DELAY: `${DELAY}` })).expand(
    now,
  );
  const { messages, pushes } = await im.store.pushBacklog(now);
  return { messages, pushes };
}

it('has a user told who has no session', async () => {
  expect(await expand()).toEqual({ messages: 0, pushes: 1 });
});

it('does not have a user told whose session has acknowledged the message, though nobody has written so yet', async () => {
  cursors.open('bob', 's1').acknowledge(1);
  expect(await expand()).toEqual({ messages: 0, pushes: 0 });
});

it('waits for a session that has just come, and has nobody told once it has the message', async () => {
  const cursor = cursors.open('bob', 's1');
  expect(await expand()).toEqual({ messages: 1, pushes: 0 });
  cursor.acknowledge(1);
  expect(await expand(Date.now() + DELAY)).toEqual({ messages: 0, pushes: 0 });
});

it('has a user told whose session acknowledges nothing', async () => {
  cursors.open('bob', 's1');
  expect(await expand()).toEqual({ messages: 1, pushes: 0 });
  expect(await expand(Date.now() + DELAY)).toEqual({ messages: 0, pushes: 1 });
});

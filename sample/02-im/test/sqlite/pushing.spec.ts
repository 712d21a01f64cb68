import type { DuePush, PushCandidates } from '../../src/ports/push-work.js';
import { actor, TemporaryStore } from './temporary-store.js';

const DAY = 86_400_000;

let im: TemporaryStore;

beforeEach(async () => {
  im = await TemporaryStore.open({ maxInboxMembers: 3 });
  await im.users('alice', 'bob', 'carol', 'dave', 'erin');
});

afterEach(async () => {
  expect(await im.store.verify()).toEqual([]);
  await im.remove();
});

async function open(userId: string, deviceId = 'd1'): Promise<void> {
  await im.ingest.execute('device.open', { userId, deviceId, name: '', platform: '', refreshHash: '-' });
}

/** A device that is told of messages while it is not connected. */
async function subscribe(userId: string, deviceId = 'd1', endpoint = `https://push.example/${userId}/${deviceId}`) {
  await open(userId, deviceId);
  const keys = { p256dh: 'key', auth: 'auth' };
  await im.ingest.execute('push.subscribe', { actor: actor(userId, deviceId), subscription: { endpoint, keys } });
}

function acknowledge(userId: string, deviceId: string, inboxSeq: number) {
  return im.ingest.execute('inbox.acknowledge', { actor: actor(userId, deviceId), inboxSeq });
}

/** All that waits, however short its time. */
function candidates(delay = 0): Promise<PushCandidates[]> {
  return im.store.pushCandidates({ now: im.now, delay, life: DAY, limit: 100 });
}

/** Who is to be told of what. */
async function told(): Promise<Record<string, number>> {
  const users = (await candidates()).flatMap((room) => room.users);
  return Object.fromEntries(users.map(({ userId, seq }) => [userId, seq]));
}

/** Makes pushes of all that waits. */
async function expand(): Promise<void> {
  for (const { roomId, users, upTo } of await candidates()) {
    await im.ingest.execute('push.expand', { roomId, users, upTo });
  }
}

function due(except: string[] = []): Promise<DuePush[]> {
  return im.store.duePushes(im.now, 100, except);
}

const wanted = async () =>
  (await due()).filter(({ content }) => content).map(({ userId, deviceId }) => `${userId}/${deviceId}`);

describe('A message', () => {
  it('waits for nothing where no device is subscribed', async () => {
    await open('bob');
    expect(await im.store.isPushNeeded()).toBe(false);
    await im.send('alice', { toUserId: 'bob' }, 'x');
    await subscribe('bob');
    expect(await im.store.isPushNeeded()).toBe(true);
    expect(await im.store.pushBacklog(im.now)).toMatchObject({ messages: 0, pushes: 0 });
  });

  it('waits from its commit on, and by what nobody sees, nobody is told', async () => {
    await subscribe('bob');
    const { roomId } = await im.send('alice', { toUserId: 'bob' }, 'x');
    expect(await im.store.pushBacklog(im.now)).toMatchObject({ messages: 1, waitingSince: im.now });
    await expect(im.send('carol', { roomId }, 'not mine')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await im.ingest.execute('message.react', { ...im.by('alice'), roomId, seq: 1, emoji: '👍', remove: false });
    expect(await im.store.pushBacklog(im.now)).toMatchObject({ messages: 1 });
    expect(await candidates(1)).toEqual([]);
    expect(await candidates()).toEqual([
      {
        roomId,
        upTo: 1,
        dueSeq: 1,
        users: [{ userId: 'bob', seq: 1, dueInboxSeq: 1, inboxSeq: 1, deviceIds: ['d1'] }],
      },
    ]);
  });

  it('is for members who have a subscribed device, and not for who wrote it', async () => {
    const { roomId } = await im.group('alice', 'bob', 'carol');
    for (const userId of ['alice', 'bob', 'dave']) await subscribe(userId);
    await open('carol');
    const { seq } = await im.send('alice', { roomId }, 'x');
    expect(await told()).toEqual({ bob: seq });
    await im.ingest.execute('room.kick', { ...im.by('alice'), roomId, userId: 'bob' });
    expect(await told()).toEqual({});
  });

  it('is for nobody who has read it, or has a device that has acknowledged it', async () => {
    const { roomId } = await im.group('alice', 'bob', 'carol');
    for (const userId of ['bob', 'carol']) await subscribe(userId);
    await open('bob', 'desk');
    const { seq } = await im.send('alice', { roomId }, 'x');
    const state = await im.store.inboxState('bob', 'desk');
    await acknowledge('bob', 'desk', state.head - 1);
    expect(await told()).toEqual({ bob: seq, carol: seq });
    await acknowledge('bob', 'desk', state.head);
    expect(await told()).toEqual({ carol: seq });
    await im.ingest.execute('room.read', { actor: actor('carol'), roomId, seq });
    expect(await told()).toEqual({});
  });

  it('is for nobody who wants no notifications of the room now', async () => {
    const { roomId } = await im.group('alice', 'bob', 'carol');
    for (const userId of ['bob', 'carol']) await subscribe(userId);
    const until = im.now + 1_000;
    await im.ingest.execute('room.mute', { actor: actor('bob'), roomId, until });
    const { seq } = await im.send('alice', { roomId }, 'x', { mentions: ['bob'] });
    expect(await told()).toEqual({ carol: seq });
    await expand();
    await im.ingest.execute('room.mute', { actor: actor('carol'), roomId, until });
    expect(await wanted()).toEqual([]);
    im.now = until;
    await im.send('alice', { roomId }, 'y');
    expect(await told()).toEqual({ bob: seq + 1, carol: seq + 1 });
  });

  it('is told of with the newest of the room, once, and a later one again', async () => {
    await subscribe('bob');
    const { roomId } = await im.send('alice', { toUserId: 'bob' }, 'one');
    im.now += 1_000;
    await im.send('alice', { roomId }, 'two');
    const [room] = await candidates(1_000);
    expect(room).toMatchObject({ upTo: 1, dueSeq: 1, users: [{ seq: 2, dueInboxSeq: 1, inboxSeq: 2 }] });
    await im.ingest.execute('push.expand', { roomId, users: room!.users, upTo: 1 });
    expect(await im.store.pushBacklog(im.now)).toMatchObject({ messages: 1, pushes: 1 });
    expect(await told()).toEqual({});
    await im.send('alice', { roomId }, 'three');
    expect(await told()).toEqual({ bob: 3 });
    await expand();
    expect(await due()).toMatchObject([{ userId: 'bob', deviceId: 'd1', roomId, seq: 3, attempts: 0 }]);
    expect(await im.store.pushBacklog(im.now)).toMatchObject({ messages: 0, pushes: 1 });
  });

  it('that was recalled is told to nobody; nor is one that is too old', async () => {
    await subscribe('bob');
    const { roomId } = await im.send('alice', { toUserId: 'bob' }, 'one');
    const { seq } = await im.send('alice', { roomId }, 'two');
    await im.ingest.execute('message.recall', { ...im.by('alice'), roomId, seq });
    expect(await told()).toEqual({ bob: 1 });
    await im.ingest.execute('message.recall', { ...im.by('alice'), roomId, seq: 1 });
    expect(await told()).toEqual({});
    await im.send('alice', { roomId }, 'three');
    im.now += DAY + 1;
    expect(await told()).toEqual({});
    await expand();
    expect(await im.store.pushBacklog(im.now)).toMatchObject({ messages: 0, pushes: 0 });
  });

  it('of a large room is told to those whom it mentions, and what is said to everybody, to nobody', async () => {
    for (const userId of ['bob', 'carol', 'dave']) await subscribe(userId);
    const { roomId } = await im.group('alice', 'bob', 'carol', 'dave', 'erin');
    await im.send('alice', { roomId }, 'to all');
    expect(await im.store.pushBacklog(im.now)).toMatchObject({ messages: 0 });
    const first = await im.send('alice', { roomId }, '@bob', { mentions: ['bob', 'erin'] });
    const second = await im.send('erin', { roomId }, '@carol @bob', { mentions: ['carol', 'bob'] });
    await im.send('dave', { roomId }, 'who?');
    expect(await candidates()).toEqual([
      {
        roomId,
        upTo: second.seq,
        dueSeq: undefined,
        users: [
          { userId: 'bob', seq: second.seq, deviceIds: ['d1'] },
          { userId: 'carol', seq: second.seq, deviceIds: ['d1'] },
        ],
      },
    ]);
    await im.ingest.execute('room.read', { actor: actor('bob'), roomId, seq: second.seq });
    expect(await told()).toEqual({ carol: second.seq });
    expect(first.seq).toBeLessThan(second.seq);
    await im.ingest.execute('user.create', { userId: 'root', name: 'root', passwordHash: '-', isAdmin: true });
    await im.ingest.execute('message.broadcast', { ...im.by('root'), content: { text: 'hear, hear' } });
    expect(await told()).toEqual({ carol: second.seq });
  });

  it('that waits while its room becomes large is told to all who have it in their inbox', async () => {
    await subscribe('bob');
    const { roomId } = await im.group('alice', 'bob', 'carol');
    const { seq } = await im.send('alice', { roomId }, 'we are few');
    await im.ingest.execute('room.invite', { ...im.by('alice'), roomId, userIds: ['dave', 'erin'] });
    const later = await im.send('alice', { roomId }, 'we are many', { mentions: ['carol'] });
    await subscribe('carol');
    expect((await candidates())[0]).toMatchObject({
      upTo: later.seq,
      dueSeq: seq,
      users: [
        { userId: 'bob', seq },
        { userId: 'carol', seq },
        { userId: 'carol', seq: later.seq },
      ],
    });
    await expand();
    const pushes = await due();
    expect(pushes.map(({ userId, seq }) => [userId, seq])).toEqual([
      ['bob', seq],
      ['carol', later.seq],
    ]);
  });

  it('may be kept waiting while the others of its room are decided', async () => {
    await subscribe('bob');
    const { roomId } = await im.send('alice', { toUserId: 'bob' }, 'one');
    await im.send('alice', { roomId }, 'two');
    im.now += 1_000;
    await im.ingest.execute('push.expand', { roomId, users: [], upTo: 2, keep: 2 });
    expect(await im.store.pushBacklog(im.now)).toMatchObject({ messages: 1, waitingSince: im.now });
    expect(await told()).toEqual({ bob: 2 });
  });
});

describe('A push', () => {
  beforeEach(async () => {
    await subscribe('bob');
    await subscribe('bob', 'd2');
  });

  it('has all that a provider needs, and the number of what is unread in all rooms', async () => {
    const { roomId } = await im.group('alice', 'bob', 'carol');
    await im.send('carol', { toUserId: 'bob' }, 'before');
    await expand();
    for (const { userId, deviceId, roomId, seq } of await due()) {
      const push = { userId, deviceId, roomId, seq };
      await im.ingest.execute('push.settle', { push, outcome: { kind: 'done' } });
    }
    await im.send('alice', { roomId }, 'hello', { mentions: ['bob'] });
    await expand();
    const content = {
      subscription: { endpoint: 'https://push.example/bob/d1', keys: { p256dh: 'key', auth: 'auth' } },
      message: { message_type: 1, message_content: { text: 'hello' }, timestamp: im.now },
      from: 'alice',
      roomKind: 'group',
      title: 'group',
      isMentioned: true,
      badge: 2,
    };
    expect(await due()).toMatchObject([{ deviceId: 'd1', content }, { deviceId: 'd2' }]);
    expect(await due(['bob'])).toEqual([]);
  });

  it('is not wanted any more once one of the devices, or the user, has its message', async () => {
    const { roomId, seq } = await im.send('alice', { toUserId: 'bob' }, 'one');
    await expand();
    expect(await wanted()).toEqual(['bob/d1', 'bob/d2']);
    await acknowledge('bob', 'd1', 1);
    expect(await wanted()).toEqual([]);
    await im.send('alice', { roomId }, 'two');
    await expand();
    expect(await wanted()).toEqual(['bob/d1', 'bob/d2']);
    await im.ingest.execute('room.read', { actor: actor('bob'), roomId, seq: seq + 1 });
    expect(await wanted()).toEqual([]);
    expect(await due()).toHaveLength(2);
  });

  it('ends with its device, with its subscription, and with its message', async () => {
    const { roomId, seq } = await im.send('alice', { toUserId: 'bob' }, 'x');
    await expand();
    await im.ingest.execute('device.revoke', { userId: 'bob', deviceId: 'd1' });
    expect(await wanted()).toEqual(['bob/d2']);
    await im.ingest.execute('message.recall', { ...im.by('alice'), roomId, seq });
    expect(await wanted()).toEqual([]);
    await im.ingest.execute('push.unsubscribe', { actor: actor('bob', 'd2') });
    expect((await due()).map(({ deviceId }) => deviceId)).toEqual(['d1']);
  });

  it('is put off, and a newer message does not bring it forward', async () => {
    const { roomId, seq } = await im.send('alice', { toUserId: 'bob' }, 'one');
    await expand();
    const push = { userId: 'bob', deviceId: 'd1', roomId, seq };
    await im.ingest.execute('push.settle', { push, outcome: { kind: 'retry', at: im.now + 5_000 } });
    await im.ingest.execute('push.settle', { push: { ...push, deviceId: 'd2' }, outcome: { kind: 'done' } });
    expect(await due()).toEqual([]);
    expect(await im.store.pushBacklog(im.now)).toMatchObject({ pushes: 1, nextDue: im.now + 5_000 });
    im.now += 4_999;
    await im.send('alice', { roomId }, 'two');
    await expand();
    expect(await due()).toMatchObject([{ deviceId: 'd2', seq: 2 }]);
    im.now += 1;
    expect(await due()).toMatchObject([
      { deviceId: 'd2', seq: 2 },
      { deviceId: 'd1', seq: 2, attempts: 0 },
    ]);
    await im.ingest.execute('push.settle', { push, outcome: { kind: 'done' } });
    // It was about the first message.
    expect(await due()).toHaveLength(2);
  });

  it('that finds the subscription gone ends it, but not the one that has come in its place', async () => {
    const { roomId, seq } = await im.send('alice', { toUserId: 'bob' }, 'x');
    await expand();
    const gone = (deviceId: string, endpoint: string) => {
      const push = { userId: 'bob', deviceId, roomId, seq };
      return im.ingest.execute('push.settle', { push, outcome: { kind: 'gone', endpoint } });
    };
    await gone('d1', 'https://push.example/bob/d1');
    expect(await wanted()).toEqual(['bob/d2']);
    await subscribe('bob', 'd2', 'https://push.example/new');
    await gone('d2', 'https://push.example/bob/d2');
    expect(await due()).toMatchObject([
      { deviceId: 'd2', content: { subscription: { endpoint: 'https://push.example/new' } } },
    ]);
  });
});

describe('What waits', () => {
  it('is bounded: the oldest goes', async () => {
    await subscribe('bob');
    await subscribe('bob', 'd2');
    const rooms: string[] = [];
    for (const title of ['a', 'b', 'c']) {
      im.now += 1_000;
      const { roomId } = await im.ingest.execute('room.create', {
        ...im.by('alice'),
        kind: 'group',
        title,
        memberIds: ['bob'],
      });
      rooms.push(roomId);
      await im.send('alice', { roomId }, title);
    }
    expect(await im.ingest.execute('push.trim', { maxRows: 2 })).toEqual({ removed: 1 });
    expect((await candidates()).map(({ roomId }) => roomId)).toEqual(rooms.slice(1));
    await expand();
    expect(await im.ingest.execute('push.trim', { maxRows: 3 })).toEqual({ removed: 1 });
    expect(await im.ingest.execute('push.trim', { maxRows: 3 })).toEqual({ removed: 0 });
  });
});

describe('A subscription', () => {
  it('is of one device at a time, and at most 20 devices of a user have one', async () => {
    await subscribe('bob', 'd1', 'https://push.example/shared');
    await subscribe('carol', 'd1', 'https://push.example/shared');
    await im.send('alice', { toUserId: 'bob' }, 'x');
    await im.send('alice', { toUserId: 'carol' }, 'x');
    expect(Object.keys(await told())).toEqual(['carol']);
    for (let n = 1; n <= 21; n++) {
      im.now += 1_000;
      await subscribe('dave', `d${n}`);
    }
    await im.send('alice', { toUserId: 'dave' }, 'x');
    const dave = (await candidates()).flatMap(({ users }) => users).find(({ userId }) => userId === 'dave');
    expect(dave!.deviceIds).toEqual(Array.from({ length: 20 }, (_, n) => `d${n + 2}`));
  });

  it('needs a device that is signed in', async () => {
    const subscription = { endpoint: 'https://push.example/1', keys: { p256dh: 'key', auth: 'auth' } };
    const unknown = im.ingest.execute('push.subscribe', { actor: actor('bob', 'unknown'), subscription });
    await expect(unknown).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

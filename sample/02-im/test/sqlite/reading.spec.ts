import { actor, TemporaryStore } from './temporary-store.js';

let im: TemporaryStore;

beforeEach(async () => {
  im = await TemporaryStore.open();
  await im.users('alice', 'bob', 'carol');
});

afterEach(async () => {
  expect(await im.store.verify()).toEqual([]);
  await im.remove();
});

const read = (userId: string, roomId: string, seq: number) =>
  im.ingest.execute('room.read', { actor: actor(userId), roomId, seq });

async function sendMany(count: number): Promise<string> {
  const sent = await Promise.all(
    Array.from({ length: count }, (_, i) => im.send('alice', { toUserId: 'bob' }, `${i}`)),
  );
  return sent[0]!.roomId;
}

describe('History', () => {
  it('is paged in both directions, in the order of seq', async () => {
    const roomId = await sendMany(10);
    const seqs = async (range: { before?: number; after?: number }, limit = 3) =>
      (await im.store.history('bob', roomId, { ...range, limit })).map(({ seq }) => seq);
    expect(await seqs({})).toEqual([8, 9, 10]);
    expect(await seqs({ before: 8 })).toEqual([5, 6, 7]);
    expect(await seqs({ before: 2 })).toEqual([1]);
    expect(await seqs({ after: 2 })).toEqual([3, 4, 5]);
    expect(await seqs({ after: 9 })).toEqual([10]);
    expect(await seqs({ after: 2, before: 4 })).toEqual([3]);
    expect(await seqs({}, 1_000)).toHaveLength(10);
    await expect(im.store.history('carol', roomId, { limit: 1 })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('The list of rooms', () => {
  it('has the last active first, page by page', async () => {
    const names = Array.from({ length: 7 }, (_, index) => `user${index}`);
    await im.users(...names);
    for (const name of names) {
      im.now += 1_000;
      await im.send('alice', { toUserId: name }, `to ${name}`);
    }
    im.now += 1_000;
    await im.send('user2', { toUserId: 'alice' }, 'again');
    const titles: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await im.store.rooms('alice', cursor, 3);
      titles.push(...page.rooms.map(({ title }) => title));
      ({ cursor } = page);
    } while (cursor !== undefined);
    expect(titles).toEqual(['user2', 'user6', 'user5', 'user4', 'user3', 'user1', 'user0']);
    await expect(im.store.rooms('alice', 'x')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('says which rooms the user has pinned, and tells their devices', async () => {
    const { roomId } = await im.group('alice', 'bob');
    const pin = (remove: boolean) => im.ingest.execute('room.pin', { actor: actor('bob'), roomId, remove });
    expect(await pin(false)).toMatchObject({ hints: [{ userId: 'bob', event: { kind: 'room', change: 'pinned' } }] });
    expect(await pin(false)).toEqual({ hints: [] });
    expect((await im.store.rooms('bob')).rooms).toMatchObject([{ pinned: true }]);
    expect((await im.store.rooms('alice')).rooms).toMatchObject([{ pinned: false }]);
    expect((await pin(true)).hints).toHaveLength(1);
    expect((await im.store.rooms('bob')).rooms).toMatchObject([{ pinned: false }]);
  });

  it('says of which rooms the user wants no notifications, and tells their devices', async () => {
    const { roomId } = await im.group('alice', 'bob');
    const until = Date.now() + 3_600_000;
    const mute = (time: number) => im.ingest.execute('room.mute', { actor: actor('bob'), roomId, until: time });
    expect(await mute(until)).toMatchObject({ hints: [{ userId: 'bob', event: { kind: 'room', change: 'muted' } }] });
    expect(await mute(until)).toEqual({ hints: [] });
    expect((await im.store.rooms('bob')).rooms).toMatchObject([{ muted_until: until }]);
    expect((await im.store.rooms('alice')).rooms[0]).not.toHaveProperty('muted_until');
    // It keeps nobody silent.
    await im.send('bob', { roomId }, 'x');
    await mute(1);
    expect((await im.store.rooms('bob')).rooms[0]).not.toHaveProperty('muted_until');
    expect((await mute(0)).hints).toHaveLength(1);
    expect(await mute(0)).toEqual({ hints: [] });
    for (const wrong of [-1, 1.5, Number.NaN, Number.MAX_VALUE]) {
      await expect(mute(wrong)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
    const foreign = { actor: actor('carol'), roomId, until };
    await expect(im.ingest.execute('room.mute', foreign)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('shows the last message that is not about another one', async () => {
    const { roomId, seq } = await im.send('alice', { toUserId: 'bob' }, 'shown');
    await im.ingest.execute('message.react', { ...im.by('bob'), roomId, seq, emoji: '👍', remove: false });
    expect((await im.store.rooms('bob')).rooms).toMatchObject([
      { last_seq: 2, last_message: { message_content: { text: 'shown' }, reactions: { '👍': ['bob'] } } },
    ]);
    await im.ingest.execute('message.hide', { actor: actor('bob'), roomId, lo: 1, hi: 1 });
    expect((await im.store.rooms('bob')).rooms).toMatchObject([{ last_message: null }]);
  });
});

describe('What is unread', () => {
  it('is what others have written since, and neither control messages nor one’s own', async () => {
    const roomId = await sendMany(5);
    const unread = async (userId: string) => (await im.store.room(userId, roomId)).unread;
    expect([await unread('alice'), await unread('bob')]).toEqual([0, 5]);
    await im.ingest.execute('message.react', { ...im.by('alice'), roomId, seq: 5, emoji: '👍', remove: false });
    expect(await read('bob', roomId, 3)).toMatchObject({
      readSeq: 3,
      unread: 2,
      hints: [{ userId: 'bob', event: { kind: 'read', room_id: roomId, read_seq: 3, unread: 2 } }],
    });
    await expect(read('bob', roomId, 3.5)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(await read('bob', roomId, 2)).toEqual({ readSeq: 3, unread: 2, hints: [] });
    expect(await read('bob', roomId, 99)).toMatchObject({ readSeq: 6, unread: 0 });
    await im.send('alice', { toUserId: 'bob' }, 'x');
    await im.send('bob', { toUserId: 'alice' }, 'y');
    expect([await unread('alice'), await unread('bob')]).toEqual([1, 0]);
  });

  it('mentions the user until they have read that far', async () => {
    const { roomId } = await im.group('alice', 'bob', 'carol');
    const { seq } = await im.send('alice', { roomId }, '@bob', { mentions: ['bob', 'nobody'] });
    const mentioned = async (userId: string) => (await im.store.room(userId, roomId)).mentioned;
    expect([await mentioned('alice'), await mentioned('bob'), await mentioned('carol')]).toEqual([false, true, false]);
    await read('bob', roomId, seq);
    expect(await mentioned('bob')).toBe(false);
  });

  it('is told to those who see who has read and received what', async () => {
    const roomId = await sendMany(3);
    await read('bob', roomId, 2);
    await im.ingest.execute('device.open', {
      userId: 'bob',
      deviceId: 'd1',
      name: 'phone',
      platform: 'ios',
      refreshHash: 'h',
    });
    const receive = (...received: { roomId: string; seq: number }[]) =>
      im.ingest.execute('inbox.acknowledge', { actor: actor('bob'), inboxSeq: 1, received });
    const { roomId: foreign } = await im.group('alice', 'carol');
    expect(await receive({ roomId, seq: 3 }, { roomId: foreign, seq: 1 })).toEqual({ received: [{ roomId, seq: 3 }] });
    for (const seq of [1, 3, 99]) expect(await receive({ roomId, seq })).toEqual({ received: [] });
    expect(await im.store.members('alice', roomId)).toMatchObject([
      { user_id: 'alice', read_seq: 3 },
      { user_id: 'bob', read_seq: 2, recv_seq: 3 },
    ]);
  });
});

describe('An inbox', () => {
  it('is read in pages, from wherever a device is', async () => {
    await sendMany(10);
    const pages = await Promise.all([0, 4, 9, 10].map((since) => im.store.inbox('bob', since, 4)));
    expect(pages.map((page) => page.map(({ inbox_seq }) => inbox_seq))).toEqual([[1, 2, 3, 4], [5, 6, 7, 8], [10], []]);
  });

  it('knows how far each device is, which only goes forward', async () => {
    await sendMany(5);
    await im.ingest.execute('device.open', {
      userId: 'bob',
      deviceId: 'd1',
      name: 'phone',
      platform: 'ios',
      refreshHash: 'h',
    });
    const acknowledge = (inboxSeq: number) => im.ingest.execute('inbox.acknowledge', { actor: actor('bob'), inboxSeq });
    for (const seq of [3, 2]) await acknowledge(seq);
    const { epoch, ...state } = await im.store.inboxState('bob', 'd1');
    expect(epoch).toMatch(/^[\da-f-]{36}$/);
    expect(state).toEqual({ head: 5, min: 1, acknowledged: 3 });
    await acknowledge(99);
    expect(await im.store.inboxState('bob', 'd1')).toMatchObject({ acknowledged: 5 });
    expect(await im.store.inboxState('bob', 'other')).toMatchObject({ acknowledged: 0 });
    expect(await im.store.inboxState('carol', 'd1')).toEqual({ epoch, head: 0, min: 1, acknowledged: 0 });
    expect(await im.store.heads(['bob', 'carol', 'nobody'])).toEqual(
      new Map([
        ['bob', 5],
        ['carol', 0],
      ]),
    );
  });

  it('loses what is too old or too much, the oldest first', async () => {
    await sendMany(4);
    im.now += 10_000;
    await sendMany(6);
    const trim = (before: number, maxRows: number) => im.ingest.execute('inbox.trim', { before, maxRows });
    expect(await trim(im.now, 100)).toEqual({ removed: 8 });
    expect(await im.store.inboxState('bob', 'd1')).toMatchObject({ min: 5, head: 10 });
    expect(await im.store.verify()).toEqual([]);
    expect(await trim(0, 2)).toEqual({ removed: 8 });
    expect((await im.inbox('bob')).map(({ inbox_seq }) => inbox_seq)).toEqual([9, 10]);
    expect(await trim(im.now + 1, 2)).toEqual({ removed: 4 });
    expect(await im.store.inboxState('bob', 'd1')).toMatchObject({ min: 11, head: 10 });
    await sendMany(1);
    expect(await im.inbox('bob')).toMatchObject([{ inbox_seq: 11 }]);
  });
});

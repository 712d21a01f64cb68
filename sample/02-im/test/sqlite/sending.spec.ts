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

describe('A message that is sent', () => {
  it('is in the room, in both inboxes and in the index once its promise has settled', async () => {
    const sent = await im.send('alice', { toUserId: 'bob' }, 'good morning');
    expect(sent).toMatchObject({ seq: 1, inboxSeq: 1, dup: false });
    expect(await im.texts('bob', sent.roomId)).toEqual(['good morning']);
    expect(await im.inbox('bob')).toMatchObject([
      {
        inbox_seq: 1,
        kind: 'message',
        room_id: sent.roomId,
        seq: 1,
        type: 'unicast',
        from_user_info: { user_id: 'alice', name: 'alice' },
        to_user_info: { user_id: 'bob', name: 'bob' },
        message_content: { text: 'good morning' },
        version: 1,
        flags: [],
        timestamp: im.now,
      },
    ]);
    expect(await im.inbox('alice')).toMatchObject([{ inbox_seq: 1, seq: 1 }]);
    expect(await im.search('bob', 'morning')).toEqual(['good morning']);
  });

  it('has hints that say what the inboxes say', async () => {
    const { hints, roomId } = await im.send('alice', { toUserId: 'bob' }, 'x', { mentions: ['bob'] });
    const reply = await im.send('bob', { roomId }, 'y', { replyTo: 1, type: 'unicast' });
    for (const hint of [...hints, ...reply.hints]) {
      if (!('event' in hint)) throw new Error('Not a hint of an inbox');
      expect(await im.store.inbox(hint.userId, hint.inboxSeq - 1, 1)).toEqual([hint.event]);
    }
    expect(hints.map((hint) => 'userId' in hint && hint.userId)).toEqual(['alice', 'bob']);
  });

  it('is the same one when it is sent again, for ever', async () => {
    const again = { clientMsgId: 'once' };
    const first = await im.send('alice', { toUserId: 'bob' }, 'x', again);
    await im.send('bob', { toUserId: 'alice' }, 'y');
    const parallel = await Promise.all(
      Array.from({ length: 100 }, () => im.send('alice', { toUserId: 'bob' }, 'x', { ...again, type: 'unicast' })),
    );
    const elsewhere = await im.send('alice', { roomId: first.roomId }, 'x', {
      ...again,
      actor: actor('alice', 'd2'),
      type: 'unicast',
    });
    for (const dup of [...parallel, elsewhere]) expect(dup).toEqual({ ...first, dup: true, hints: [] });
    expect(await im.texts('alice', first.roomId)).toEqual(['x', 'y']);
    expect(await im.inbox('bob')).toHaveLength(2);
  });

  it.each([
    ['another content', { content: { text: 'other' } }],
    ['another user', { toUserId: 'carol' }],
    ['another answer', { replyTo: 1 }],
  ])('has an id that %s cannot have', async (_what, change) => {
    const sent = await im.send('alice', { toUserId: 'bob' }, 'x');
    await im.send('alice', { toUserId: 'bob' }, 'x', { clientMsgId: 'c' });
    await expect(im.send('alice', { toUserId: 'bob' }, 'x', { clientMsgId: 'c', ...change })).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { room_id: sent.roomId, seq: 2 },
    });
  });

  it('may have the id of another sender’s', async () => {
    await im.send('alice', { toUserId: 'bob' }, 'x', { clientMsgId: 'c' });
    expect(await im.send('bob', { toUserId: 'alice' }, 'y', { clientMsgId: 'c' })).toMatchObject({
      seq: 2,
      dup: false,
    });
  });

  it('makes the room of two once, from either side', async () => {
    const [one, other] = await Promise.all([
      im.send('alice', { toUserId: 'bob' }, 'x'),
      im.send('bob', { toUserId: 'alice' }, 'y'),
    ]);
    expect(other.roomId).toBe(one.roomId);
    expect(await im.store.room('bob', one.roomId)).toMatchObject({ kind: 'dm', title: 'alice', member_count: 2 });
  });

  it('may be a note to oneself', async () => {
    const { roomId } = await im.send('alice', { toUserId: 'alice' }, 'milk');
    expect(await im.store.room('alice', roomId)).toMatchObject({ title: 'alice', member_count: 1, unread: 0 });
    expect(await im.inbox('alice')).toHaveLength(1);
  });

  it('never has a timestamp before the one before it, whatever the clock does', async () => {
    const { roomId } = await im.send('alice', { toUserId: 'bob' }, 'x');
    const first = im.now;
    im.now -= 60_000;
    await im.send('bob', { toUserId: 'alice' }, 'y');
    const messages = await im.store.history('alice', roomId, { limit: 10 });
    expect(messages.map(({ timestamp }) => timestamp)).toEqual([first, first]);
  });
});

describe('A message is refused', () => {
  it.each([
    ['to somebody unknown', { toUserId: 'nobody' }, {}, 'NOT_FOUND'],
    ['to a room that is unknown', { roomId: 'nowhere' }, {}, 'FORBIDDEN'],
    ['from somebody unknown', { toUserId: 'bob' }, { actor: actor('nobody') }, 'UNAUTHENTICATED'],
    ['of a type of the server’s', { toUserId: 'bob' }, { messageType: 100 }, 'BAD_REQUEST'],
    ['as a broadcast', { toUserId: 'bob' }, { type: 'broadcast' as const }, 'BAD_REQUEST'],
    ['with an id of 65 characters', { toUserId: 'bob' }, { clientMsgId: 'x'.repeat(65) }, 'BAD_REQUEST'],
    [
      'with an id that the server could have given',
      { toUserId: 'bob' },
      { clientMsgId: 'server r_1:2' },
      'BAD_REQUEST',
    ],
    ['that answers one that is not there', { toUserId: 'bob' }, { replyTo: 7 }, 'BAD_REQUEST'],
    ['with more than 32 KiB', { toUserId: 'bob' }, { content: { text: 'x'.repeat(32_768) } }, 'TOO_LARGE'],
    ['with 51 mentions', { toUserId: 'bob' }, { mentions: Array.from({ length: 51 }, () => 'bob') }, 'TOO_LARGE'],
    ['with a file that is not the sender’s', { toUserId: 'bob' }, { content: { file_id: 'f_x' } }, 'FORBIDDEN'],
  ])('%s', async (_what, to, more, code) => {
    await expect(im.send('alice', to, 'x', more)).rejects.toMatchObject({ code });
    expect((await im.store.rooms('alice')).rooms.map(({ room_id }) => room_id)).toEqual([]);
  });

  it('without harm to those in the same commit', async () => {
    const results = await Promise.allSettled([
      im.send('alice', { toUserId: 'bob' }, 'one'),
      im.send('alice', { toUserId: 'nobody' }, 'refused'),
      im.send('alice', { toUserId: 'carol' }, 'refused', { replyTo: 1 }),
      im.send('alice', { toUserId: 'bob' }, 'two'),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    const { rooms } = await im.store.rooms('alice');
    expect(rooms.map(({ title, last_seq }) => [title, last_seq])).toEqual([['bob', 2]]);
  });
});

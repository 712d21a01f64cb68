import { Retention } from '../../src/rooms/retention.js';
import { actor, TemporaryStore } from './temporary-store.js';

const DAY = 24 * 3_600_000;

let im: TemporaryStore;
let roomId: string;

/** A group of alice, who owns it, and bob. */
beforeEach(async () => {
  im = await TemporaryStore.open();
  await im.users('alice', 'bob', 'carol');
  ({ roomId } = await im.group('alice', 'bob'));
});

afterEach(async () => {
  expect(await im.store.verify()).toEqual([]);
  await im.remove();
});

const keep = (userId: string, retentionDays: number) =>
  im.ingest.execute('room.update', { ...im.by(userId), roomId, retentionDays });
const expire = () => new Retention(im.ingest).expire(im.now);
const seqs = async () => (await im.store.history('bob', roomId, { limit: 200 })).map(({ seq }) => seq);

describe('A room that keeps what is said for some days', () => {
  it('has nothing of what is older any more, but its place and its id', async () => {
    const file = { actor: actor('alice'), sha256: 'aa', size: 3, mime: 'text/plain', name: 'a', storageKey: 'key/aa' };
    const { fileId } = await im.ingest.execute('file.create', file);
    const content = { text: '北京 old', file_id: fileId };
    const old = await im.send('alice', { roomId }, '', { content, mentions: ['bob'], clientMsgId: 'old' });
    const on = { roomId, seq: old.seq };
    await im.ingest.execute('message.edit', { ...im.by('alice'), ...on, expectedVersion: 1, content });
    await im.ingest.execute('message.react', { ...im.by('bob'), ...on, emoji: '👍', remove: false });
    await im.ingest.execute('message.pin', { ...im.by('bob'), ...on, remove: false });
    await im.ingest.execute('message.hide', { actor: actor('bob'), roomId, lo: 1, hi: 1 });
    await keep('alice', 7);
    im.now += 7 * DAY;
    await im.send('alice', { roomId }, '北京 new');
    expect(await expire()).toBe(0);
    im.now += 1;
    expect(await expire()).toBe(6);
    expect(await im.texts('bob', roomId)).toEqual(['北京 new']);
    expect(await im.search('bob', '北京')).toEqual(['北京 new']);
    expect(await im.store.room('bob', roomId)).toMatchObject({
      retention_days: 7,
      last_seq: 7,
      visible_from: 7,
      unread: 1,
      mentioned: false,
      pins: [],
    });
    // A device that has not synced yet gets what is left of it.
    expect(await im.inbox('bob')).toContainEqual(
      expect.objectContaining({ seq: old.seq, message_content: null, flags: ['edited', 'expired'] }),
    );
    expect(JSON.stringify(await im.inbox('bob'))).not.toContain('北京 old');
    expect(await im.ingest.execute('file.collect', { before: im.now })).toEqual({ storageKeys: ['key/aa'] });
    const again = { content, mentions: ['bob'], clientMsgId: 'old' };
    expect(await im.send('alice', { roomId }, '', again)).toMatchObject({ seq: old.seq, dup: true });
    for (const change of [
      im.ingest.execute('message.recall', { ...im.by('alice'), ...on }),
      im.ingest.execute('message.react', { ...im.by('bob'), ...on, emoji: '👍', remove: false }),
    ]) {
      await expect(change).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    await expect(im.send('bob', { roomId }, 'x', { replyTo: old.seq })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('counts as unread what is kept', async () => {
    await keep('alice', 1);
    for (const text of ['one', 'two']) await im.send('alice', { roomId }, text);
    im.now += DAY + 1;
    await im.send('alice', { roomId }, 'three');
    await expire();
    const unread = async () => (await im.store.room('bob', roomId)).unread;
    expect(await unread()).toBe(1);
    const read = (seq: number) => im.ingest.execute('room.read', { actor: actor('bob'), roomId, seq });
    expect(await read(3)).toMatchObject({ unread: 1 });
    expect(await read(2)).toMatchObject({ readSeq: 3, unread: 1 });
    expect(await read(5)).toMatchObject({ unread: 0 });
    expect(await unread()).toBe(0);
  });

  it('lets go of very many in parts, and of all of them if nothing is said any more', async () => {
    await keep('alice', 1);
    await Promise.all(Array.from({ length: 5_100 }, (_, index) => im.send('alice', { roomId }, `${index}`)));
    im.now += DAY + 1;
    expect(await im.ingest.execute('room.expire', { now: im.now })).toEqual({ expired: 5_000 });
    expect((await seqs())[0]).toBe(5_001);
    expect(await expire()).toBe(102);
    expect(await seqs()).toEqual([]);
    expect(await im.store.room('bob', roomId)).toMatchObject({ last_message: null, unread: 0 });
    expect((await im.send('bob', { roomId }, 'again')).seq).toBe(5_103);
    expect(await seqs()).toEqual([5_103]);
  }, 60_000);

  it('is made by its owner, and ended again', async () => {
    await im.ingest.execute('room.update', { ...im.by('alice'), roomId, member: { userId: 'bob', role: 1 } });
    await expect(keep('bob', 7)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(keep('alice', 1.5)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    const { seq } = await keep('alice', 7);
    const told = { action: 'retention', retention_days: 7 };
    expect(await im.store.history('bob', roomId, { after: seq - 1, limit: 1 })).toMatchObject([
      { message_content: told },
    ]);
    await keep('alice', 0);
    im.now += 8 * DAY;
    expect(await expire()).toBe(0);
    expect(await im.store.room('bob', roomId)).not.toHaveProperty('retention_days');
  });

  it('shows those who come later what came since, and has not expired', async () => {
    await keep('alice', 1);
    im.now += DAY + 1;
    await im.ingest.execute('room.invite', { ...im.by('alice'), roomId, userIds: ['carol'] });
    await expire();
    expect(await im.store.room('carol', roomId)).toMatchObject({ visible_from: 3 });
    await im.send('alice', { roomId }, 'x');
    await expire();
    expect((await im.store.history('carol', roomId, { limit: 9 })).map(({ seq }) => seq)).toEqual([3, 4]);
  });
});

describe('Other rooms', () => {
  it('keep what is said for ever', async () => {
    await im.send('alice', { toUserId: 'bob' }, 'kept');
    im.now += 10_000 * DAY;
    expect(await expire()).toBe(0);
    expect(await im.search('bob', 'kept')).toEqual(['kept']);
  });
});

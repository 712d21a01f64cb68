import { MIGRATIONS } from '../../src/sqlite/schema.js';
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

describe('An account', () => {
  it('is found by what its id or name begins with', async () => {
    await im.ingest.execute('user.create', { userId: 'u7', name: 'Bobby 北京', passwordHash: 'hash' });
    expect(await im.store.findUsers('BOB')).toEqual([
      { user_id: 'bob', name: 'bob' },
      { user_id: 'u7', name: 'Bobby 北京' },
    ]);
    expect(await im.store.findUsers('')).toEqual([]);
    expect(await im.store.findUsers('%')).toEqual([]);
    expect(await im.store.account('u7')).toEqual({
      user_id: 'u7',
      name: 'Bobby 北京',
      passwordHash: 'hash',
      isAdmin: false,
    });
    expect(await im.store.account('nobody')).toBeUndefined();
  });

  it('has an id of its own, which no other one is taken for', async () => {
    await expect(im.users('bob')).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(im.users('BOB')).rejects.toMatchObject({ code: 'CONFLICT' });
    // Nothing is left of the attempt.
    expect(await im.store.account('BOB')).toBeUndefined();
    expect(await im.store.findUsers('b')).toHaveLength(1);
  });

  it('stays what it is where ids differed by case only before that was refused', async () => {
    im.writer.db.exec(`delete from user_keys; update users set user_id = 'BOB' where user_id = 'carol';
      drop table user_keys`);
    im.writer.db.exec(MIGRATIONS[6]!);
    expect(await im.store.account('BOB')).toMatchObject({ user_id: 'BOB' });
    await expect(im.users('Bob')).rejects.toMatchObject({ message: 'Bob looks like bob, which is taken' });
    await expect(im.users('ALICE')).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('A device', () => {
  const open = (refreshHash: string) =>
    im.ingest.execute('device.open', { userId: 'bob', deviceId: 'd1', name: 'phone', platform: 'ios', refreshHash });
  const refresh = (refreshHash: string, nextHash: string) =>
    im.ingest.execute('device.refresh', { userId: 'bob', deviceId: 'd1', refreshHash, nextHash });

  it('exchanges each refresh token once', async () => {
    await open('one');
    await refresh('one', 'two');
    await expect(refresh('one', 'three')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await refresh('two', 'three');
    await open('four');
    await expect(refresh('three', 'five')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await im.store.devices('bob')).toEqual([
      { device_id: 'd1', name: 'phone', platform: 'ios', last_seen_at: im.now, revoked: false },
    ]);
  });

  it('may do nothing any more when it is revoked, until it logs in again', async () => {
    expect(await open('one')).toEqual({ generation: 0 });
    expect(await im.store.isDeviceValid('bob', 'd1', 0)).toBe(true);
    await im.ingest.execute('device.revoke', { userId: 'bob', deviceId: 'd1' });
    expect(await im.store.isDeviceValid('bob', 'd1', 0)).toBe(false);
    expect(await im.store.devices('bob')).toMatchObject([{ revoked: true }]);
    await expect(refresh('one', 'two')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(im.send('bob', { toUserId: 'alice' }, 'x')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await open('one')).toEqual({ generation: 1 });
    await im.send('bob', { toUserId: 'alice' }, 'x');
    expect(await refresh('one', 'two')).toEqual({ generation: 1 });
    expect(await im.store.isDeviceValid('bob', 'd1', 1)).toBe(true);
    // What it got before it was revoked stays void.
    expect(await im.store.isDeviceValid('bob', 'd1', 0)).toBe(false);
    expect(await im.store.isDeviceValid('bob', 'd2', 0)).toBe(false);
  });
});

describe('A file', () => {
  const upload = (userId: string, sha256: string, storageKey = `key/${sha256}`) =>
    im.ingest.execute('file.create', {
      actor: actor(userId),
      sha256,
      size: 3,
      mime: 'text/plain',
      name: 'a.txt',
      storageKey,
    });
  const collect = () => im.ingest.execute('file.collect', { before: im.now });

  it('is the same one for the same bytes of the same user', async () => {
    const { fileId, isNew } = await upload('alice', 'aa');
    expect(isNew).toBe(true);
    expect(await upload('alice', 'aa', 'key/other')).toEqual({ fileId, isNew: false, storageKey: 'key/aa' });
    expect(await upload('bob', 'aa', 'key/third')).toMatchObject({ isNew: true, storageKey: 'key/aa' });
    expect(await im.store.storedKeys(['key/aa', 'key/other', 'key/third'])).toEqual(['key/aa']);
    expect(await im.store.file('alice', fileId)).toMatchObject({ sha256: 'aa', storageKey: 'key/aa', name: 'a.txt' });
  });

  it('may be seen by those who see a message that refers to it', async () => {
    const { fileId } = await upload('alice', 'aa');
    await expect(im.store.file('bob', fileId)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const content = { file_id: fileId, name: '预算.xlsx' };
    const sent = await im.send('alice', { toUserId: 'bob' }, '', { messageType: 5, content });
    expect(await im.store.file('bob', fileId)).toMatchObject({ file_id: fileId });
    expect(await im.search('bob', '预算')).toEqual([content]);
    await im.ingest.execute('message.recall', { ...im.by('alice'), roomId: sent.roomId, seq: sent.seq });
    await expect(im.store.file('bob', fileId)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('may be sent on by those who may see it', async () => {
    const { fileId } = await upload('alice', 'aa');
    const content = { file_id: fileId };
    const sendOn = () => im.send('bob', { toUserId: 'carol' }, '', { messageType: 5, content });
    await expect(sendOn()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await im.send('alice', { toUserId: 'bob' }, '', { messageType: 5, content });
    await sendOn();
    expect(await im.store.file('carol', fileId)).toMatchObject({ file_id: fileId });
  });

  it('is forgotten when it is old and no message refers to it, and its bytes when nobody has them', async () => {
    const { fileId } = await upload('alice', 'aa');
    await upload('alice', 'bb');
    await upload('bob', 'bb');
    const { roomId, seq } = await im.send('alice', { toUserId: 'bob' }, '', { content: { file_id: fileId } });
    im.now += 1;
    await upload('bob', 'bb');
    expect(await collect()).toEqual({ storageKeys: [] });
    im.now += 1;
    expect(await collect()).toEqual({ storageKeys: ['key/bb'] });
    await im.ingest.execute('message.recall', { ...im.by('alice'), roomId, seq });
    expect(await collect()).toEqual({ storageKeys: ['key/aa'] });
    await expect(im.store.file('alice', fileId)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

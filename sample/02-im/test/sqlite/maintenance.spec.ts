import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { SqliteReader } from '../../src/sqlite/sqlite-reader.js';
import { SqliteWriter } from '../../src/sqlite/sqlite-writer.js';
import { TemporaryStore } from './temporary-store.js';

let im: TemporaryStore;

beforeEach(async () => {
  im = await TemporaryStore.open();
  await im.users('alice', 'bob');
});

afterEach(() => im.remove());

describe('A backup', () => {
  it('is the whole database with an epoch of its own', async () => {
    const { roomId } = await im.send('alice', { toUserId: 'bob' }, 'x');
    const path = join(im.folder, 'backup.db');
    await im.store.backup(path);
    await im.send('alice', { toUserId: 'bob' }, 'later');
    const copy = new SqliteReader(path);
    expect(await copy.verify()).toEqual([]);
    expect(await copy.history('bob', roomId, { limit: 10 })).toHaveLength(1);
    const [here, there] = await Promise.all([im.store, copy].map((store) => store.inboxState('bob', 'd1')));
    expect(there!.epoch).not.toBe(here!.epoch);
    await copy.close();
    await expect(im.store.backup(path)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(access(`${path}.unfinished`)).rejects.toThrow();
  });
});

describe('The verification', () => {
  it.each([
    ['a message', `delete from messages where seq = 2`, 'The seqs of a room are 1 to its last one: r_'],
    ['a row of an inbox', `delete from inbox where seq = 2`, 'The rows of an inbox are its first to its head: 1'],
    [
      'a whole inbox’s beginning',
      `delete from inbox where uid = 2 and seq = 1`,
      'A member has each message of the room once in the inbox: r_',
    ],
    ['a word of the index', `delete from msg_fts where rowid = 1`, 'A message is in the index of search exactly if'],
    [
      'a count of what is unread',
      `update messages set badge = 7 where seq = 3`,
      'A badge counts the messages up to it',
    ],
    ['order in time', `update messages set created_at = 1 where seq = 3`, 'Timestamps of a room do not go back: 2:3'],
    ['a member', `delete from members where rid = 2 and uid = 1`, 'A room counts its members: r_'],
    ['a recall', `update messages set flags = 2 where seq = 1`, 'Nothing is left of a recalled message: 1'],
  ])('finds that %s is wrong', async (_what, damage, line) => {
    for (const text of ['one', 'two', 'three']) await im.send('alice', { toUserId: 'bob' }, text);
    expect(await im.store.verify()).toEqual([]);
    im.writer.db.exec(damage);
    expect(await im.store.verify()).toContainEqual(expect.stringContaining(line));
  });
});

describe('A database', () => {
  it('is opened again with all that it had, its epoch included', async () => {
    const { roomId } = await im.send('alice', { toUserId: 'bob' }, 'x');
    const before = await im.store.inboxState('bob', 'd1');
    const again = new SqliteWriter({ path: im.writer.db.name });
    expect(await im.store.inboxState('bob', 'd1')).toEqual(before);
    expect(await im.texts('bob', roomId)).toEqual(['x']);
    await again.close();
  });

  it('is not opened by a program that is older than it', () => {
    im.writer.db.pragma('user_version = 99');
    expect(() => new SqliteWriter({ path: im.writer.db.name })).toThrow('newer than this program');
  });
});

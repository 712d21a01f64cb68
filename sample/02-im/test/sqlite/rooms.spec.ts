import { Role } from '../../src/model/room.js';
import { MIGRATIONS } from '../../src/sqlite/schema.js';
import type { CommandInput } from '../../src/ports/ingest-queue.js';
import { TemporaryStore } from './temporary-store.js';

let im: TemporaryStore;

beforeEach(async () => {
  im = await TemporaryStore.open({ maxInboxMembers: 4 });
  await im.users('alice', 'bob', 'carol', 'dave', 'erin');
});

afterEach(async () => {
  expect(await im.store.verify()).toEqual([]);
  await im.remove();
});

const kick = (by: string, roomId: string, userId: string) =>
  im.ingest.execute('room.kick', { ...im.by(by), roomId, userId });
const invite = (by: string, roomId: string, ...userIds: string[]) =>
  im.ingest.execute('room.invite', { ...im.by(by), roomId, userIds });
const join = (by: string, roomId: string) => im.ingest.execute('room.join', { ...im.by(by), roomId });
const leave = (by: string, roomId: string) => im.ingest.execute('room.leave', { ...im.by(by), roomId });
const update = (by: string, change: Omit<CommandInput<'room.update'>, 'actor' | 'clientMsgId'>) =>
  im.ingest.execute('room.update', { ...im.by(by), ...change });
const channel = (by: string, ...memberIds: string[]) =>
  im.ingest.execute('room.create', { ...im.by(by), kind: 'channel', title: 'news', memberIds });
const kinds = async (userId: string) =>
  (await im.inbox(userId)).map((event) => (event.kind === 'room' ? event.change : event.kind));
const roles = async (userId: string, roomId: string) =>
  Object.fromEntries((await im.store.members(userId, roomId)).map(({ user_id, role }) => [user_id, role]));

describe('A group', () => {
  it('begins with a message that tells its members of it', async () => {
    const sent = await im.group('alice', 'bob', 'bob', 'alice');
    expect(sent).toMatchObject({ seq: 1, inboxSeq: 2 });
    expect(await kinds('bob')).toEqual(['joined', 'message']);
    expect(await im.store.room('bob', sent.roomId)).toMatchObject({
      kind: 'group',
      mode: 'inbox',
      member_count: 2,
      role: Role.Member,
      unread: 0,
      last_message: { message_type: 103, message_content: { action: 'create', title: 'group' } },
    });
    expect(await roles('bob', sent.roomId)).toEqual({ alice: Role.Owner, bob: Role.Member });
  });

  it('is made once by the same request', async () => {
    const input = { ...im.by('alice'), kind: 'group', title: 'x', memberIds: ['bob'] } as const;
    const first = await im.ingest.execute('room.create', input);
    expect(await im.ingest.execute('room.create', input)).toEqual({ ...first, dup: true, hints: [] });
    await expect(im.ingest.execute('room.create', { ...input, title: 'y' })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('shows those who are invited only what comes from then on', async () => {
    const { roomId } = await im.group('alice', 'bob');
    await im.send('alice', { roomId }, 'before');
    await invite('bob', roomId, 'carol', 'bob');
    await im.send('alice', { roomId }, 'after');
    expect(await im.texts('carol', roomId)).toEqual([{ action: 'invite', user_ids: ['carol'] }, 'after']);
    expect(await im.search('carol', 'before')).toEqual([]);
    expect(await im.store.room('carol', roomId)).toMatchObject({ visible_from: 3, unread: 1 });
    await expect(invite('bob', roomId, 'carol')).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(invite('bob', roomId, 'nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(invite('dave', roomId, 'dave')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('shows nothing any more to those who are kicked, and after their return what comes from then on', async () => {
    const { roomId } = await im.group('alice', 'bob');
    await im.send('alice', { roomId }, 'secret');
    const { hints } = await kick('alice', roomId, 'bob');
    expect(hints).toContainEqual({ removed: { userId: 'bob', roomId } });
    await im.send('alice', { roomId }, 'secret too');
    expect(await kinds('bob')).toEqual(['joined', 'message', 'message', 'message', 'left']);
    for (const read of [im.store.room('bob', roomId), im.texts('bob', roomId), im.store.members('bob', roomId)]) {
      await expect(read).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
    expect(await im.store.isMember('bob', roomId)).toBe(false);
    expect(await im.search('bob', 'secret')).toEqual([]);
    await expect(im.send('bob', { roomId }, 'x')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await invite('alice', roomId, 'bob');
    expect(await im.texts('bob', roomId)).toEqual([{ action: 'invite', user_ids: ['bob'] }]);
    expect(await im.search('bob', 'secret')).toEqual([]);
  });

  it('answers a message that came before its sender was kicked as the first time', async () => {
    const { roomId } = await im.group('alice', 'bob');
    const first = await im.send('bob', { roomId }, 'x', { clientMsgId: 'c' });
    await kick('alice', roomId, 'bob');
    expect(await im.send('bob', { roomId }, 'x', { clientMsgId: 'c' })).toEqual({ ...first, dup: true, hints: [] });
  });

  it('gives power only over those of lesser roles', async () => {
    const { roomId } = await im.group('alice', 'bob', 'carol', 'dave');
    for (const userId of ['bob', 'carol']) await update('alice', { roomId, member: { userId, role: Role.Admin } });
    await expect(kick('dave', roomId, 'bob')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(kick('bob', roomId, 'carol')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(kick('bob', roomId, 'alice')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(kick('bob', roomId, 'erin')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const promote = { roomId, member: { userId: 'dave', role: Role.Admin } };
    await expect(update('bob', promote)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await kick('bob', roomId, 'dave');
  });

  it('has one owner, also when that one leaves', async () => {
    const { roomId } = await im.group('alice', 'bob', 'carol');
    await update('alice', { roomId, member: { userId: 'bob', role: Role.Owner } });
    expect(await roles('carol', roomId)).toEqual({ alice: Role.Admin, bob: Role.Owner, carol: Role.Member });
    await leave('bob', roomId);
    expect(await roles('carol', roomId)).toEqual({ alice: Role.Owner, carol: Role.Member });
    expect(await im.texts('carol', roomId)).toEqual([
      { action: 'create', title: 'group' },
      { action: 'role', user_ids: ['bob'], role: Role.Owner },
      { action: 'role', user_ids: ['alice'], role: Role.Owner },
      { action: 'leave', user_ids: ['bob'] },
    ]);
    await leave('alice', roomId);
    await leave('carol', roomId);
  });

  it('keeps those silent who are muted, until the time is over', async () => {
    const { roomId } = await im.group('alice', 'bob');
    const muteUntil = im.now + 1_000;
    await update('alice', { roomId, member: { userId: 'bob', muteUntil } });
    await expect(im.send('bob', { roomId }, 'x')).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { mute_until: muteUntil },
    });
    im.now += 1_000;
    await im.send('bob', { roomId }, 'x');
  });

  it('lets those who are muted neither react nor pin, but recall what is theirs', async () => {
    const { roomId } = await im.group('alice', 'bob');
    const { seq } = await im.send('bob', { roomId }, 'x');
    await update('alice', { roomId, member: { userId: 'bob', muteUntil: im.now + 1_000 } });
    const refused = expect.objectContaining({
      code: 'FORBIDDEN',
      details: expect.objectContaining({ room_id: roomId }),
    });
    for (const remove of [false, true]) {
      const by = { ...im.by('bob'), roomId, seq, remove };
      await expect(im.ingest.execute('message.react', { ...by, emoji: '👍' })).rejects.toEqual(refused);
      await expect(im.ingest.execute('message.pin', by)).rejects.toEqual(refused);
    }
    await im.ingest.execute('message.recall', { ...im.by('bob'), roomId, seq });
    await leave('bob', roomId);
    await invite('alice', roomId, 'bob');
    await expect(im.send('bob', { roomId }, 'back')).rejects.toEqual(refused);
  });

  it('has the title that an admin gives it', async () => {
    const { roomId } = await im.group('alice', 'bob');
    await update('alice', { roomId, title: 'new' });
    expect(await im.store.room('bob', roomId)).toMatchObject({ title: 'new', version: 3 });
    await expect(update('bob', { roomId, title: 'x' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(update('alice', { roomId, title: ' ' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(update('alice', { roomId })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('takes no message to one of its members', async () => {
    const { roomId } = await im.group('alice', 'bob');
    await expect(im.send('bob', { roomId }, 'x', { type: 'unicast' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('A direct room', () => {
  it('has the two as its members for ever', async () => {
    const { roomId } = await im.send('alice', { toUserId: 'bob' }, 'x');
    for (const change of [leave('bob', roomId), kick('alice', roomId, 'bob'), invite('alice', roomId, 'carol')]) {
      await expect(change).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
  });
});

describe('Who shares a room with a user', () => {
  const peers = (userId: string, ...among: string[]) => im.store.peers(userId, among);

  it('is whoever is in one of theirs at present, and themselves', async () => {
    await im.send('alice', { toUserId: 'bob' }, 'x');
    const { roomId } = await im.group('carol', 'alice', 'dave');
    const all = ['alice', 'bob', 'carol', 'dave', 'erin', 'nobody'];
    expect(await peers('alice', ...all)).toEqual(['alice', 'bob', 'carol', 'dave']);
    expect(await peers('bob', ...all)).toEqual(['alice', 'bob']);
    expect(await peers('alice', 'dave')).toEqual(['dave']);
    await leave('dave', roomId);
    expect(await peers('alice', ...all)).toEqual(['alice', 'bob', 'carol']);
    expect(await peers('dave', ...all)).toEqual(['dave']);
    await expect(peers('nobody', 'alice')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('A channel', () => {
  it('is read by whoever joins, and written by its admins', async () => {
    const { roomId } = await channel('alice', 'bob');
    await join('carol', roomId);
    await im.send('alice', { roomId }, 'news');
    expect(await im.inbox('carol')).toMatchObject([{ change: 'joined' }, { seq: 2 }, { seq: 3 }]);
    await expect(im.send('carol', { roomId }, 'x')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(invite('carol', roomId, 'dave')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(join('carol', roomId)).rejects.toMatchObject({ code: 'CONFLICT' });
    await leave('carol', roomId);
    await expect(im.texts('carol', roomId)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('is not joined by those who were kicked, until they are invited again', async () => {
    const { roomId } = await channel('alice', 'bob');
    await kick('alice', roomId, 'bob');
    await expect(join('bob', roomId)).rejects.toMatchObject({ code: 'FORBIDDEN', details: { room_id: roomId } });
    await invite('alice', roomId, 'bob');
    await leave('bob', roomId);
    await join('bob', roomId);
    await kick('alice', roomId, 'bob');
    await expect(join('bob', roomId)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await join('carol', roomId);
  });

  it('knows who was kicked before kicks were kept', async () => {
    const { roomId } = await channel('alice', 'bob', 'carol');
    await kick('alice', roomId, 'bob');
    await leave('carol', roomId);
    im.writer.db.exec('alter table members drop column banned');
    im.writer.db.exec(MIGRATIONS[3]!);
    expect(im.writer.db.prepare('select uid from members where banned').all()).toEqual([{ uid: 2 }]);
  });

  it('is the only room that one joins', async () => {
    const { roomId } = await im.group('alice', 'bob');
    await expect(join('carol', roomId)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(join('carol', 'nowhere')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('A room that has become too large for inboxes', () => {
  it('says so in them as its last message there, and remains so', async () => {
    const { roomId } = await im.group('alice', 'bob', 'carol', 'dave');
    expect(await im.store.room('bob', roomId)).toMatchObject({ mode: 'inbox' });
    const { seq, hints } = await invite('alice', roomId, 'erin');
    expect(hints).toHaveLength(1 + 5 + 5);
    expect((await im.inbox('erin')).slice(1)).toMatchObject([
      { seq, message_content: { action: 'invite' } },
      { seq: seq + 1, message_type: 104, message_content: { mode: 'timeline' }, flags: ['silent'] },
    ]);
    const sent = await im.send('bob', { roomId }, 'to all');
    expect(sent).toMatchObject({ seq: seq + 2, inboxSeq: undefined });
    expect(sent.hints).toMatchObject([{ roomId, seq: seq + 2, message: { message_content: { text: 'to all' } } }]);
    expect(await im.inbox('erin')).toHaveLength(3);
    await leave('erin', roomId);
    await leave('dave', roomId);
    await im.send('bob', { roomId }, 'still');
    expect(await im.store.room('alice', roomId)).toMatchObject({ mode: 'timeline', unread: 2, member_count: 3 });
    expect((await im.inbox('erin')).at(-1)).toMatchObject({ kind: 'room', change: 'left' });
    expect(await im.search('carol', 'still')).toEqual(['still']);
  });
});

describe('A broadcast', () => {
  beforeEach(() =>
    im.ingest.execute('user.create', { userId: 'root', name: 'Root', passwordHash: '-', isAdmin: true }),
  );

  const broadcast = (by: string, text: string) =>
    im.ingest.execute('message.broadcast', { ...im.by(by), content: { text } });

  it('is one row that all users have, also those who come later', async () => {
    const { hints, roomId } = await broadcast('root', 'maintenance at ten');
    expect(hints).toMatchObject([{ roomId: 'system', seq: 1, message: { type: 'broadcast' } }]);
    await im.users('later');
    for (const userId of ['bob', 'later']) {
      expect(await im.texts(userId, roomId)).toEqual(['maintenance at ten']);
      expect((await im.store.rooms(userId)).rooms).toMatchObject([{ room_id: 'system', unread: 1, mode: 'timeline' }]);
    }
    expect(await im.store.room('root', roomId)).toMatchObject({ unread: 0, member_count: 7 });
  });

  it('is written by admins only, who recall it at any time', async () => {
    await expect(broadcast('bob', 'x')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const { seq, roomId } = await broadcast('root', 'x');
    im.now += 3_600_000;
    await expect(im.send('root', { roomId }, 'x')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(leave('bob', roomId)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await im.ingest.execute('message.recall', { ...im.by('root'), roomId, seq });
    expect(await im.texts('bob', roomId)).toEqual([null, {}]);
  });

  it('is no way for others to tell everybody something by reacting to it', async () => {
    const { seq, roomId } = await broadcast('root', 'x');
    const react = (userId: string) =>
      im.ingest.execute('message.react', { ...im.by(userId), roomId, seq, emoji: 'buy at example.com', remove: false });
    await expect(react('bob')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await react('root');
  });
});

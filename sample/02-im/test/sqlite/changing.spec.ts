import { MIGRATIONS } from '../../src/sqlite/schema.js';
import { TemporaryStore, textOf } from './temporary-store.js';

const MINUTE = 60_000;

let im: TemporaryStore;
let roomId: string;

/** A group of alice, who owns it, bob and carol, with one message of bob's: number 2. */
beforeEach(async () => {
  im = await TemporaryStore.open();
  await im.users('alice', 'bob', 'carol', 'dave');
  ({ roomId } = await im.group('alice', 'bob', 'carol'));
  await im.send('bob', { roomId }, '北京 secret', { mentions: ['carol'] });
});

afterEach(async () => {
  expect(await im.store.verify()).toEqual([]);
  await im.remove();
});

const recall = (userId: string, seq: number) => im.ingest.execute('message.recall', { ...im.by(userId), roomId, seq });

const edit = (userId: string, expectedVersion: number, text: string, seq = 2) =>
  im.ingest.execute('message.edit', { ...im.by(userId), roomId, seq, expectedVersion, content: { text } });

const react = (userId: string, emoji: string, remove = false) =>
  im.ingest.execute('message.react', { ...im.by(userId), roomId, seq: 2, emoji, remove });

const pin = (userId: string, remove = false) =>
  im.ingest.execute('message.pin', { ...im.by(userId), roomId, seq: 2, remove });

const message = async (seq: number) => (await im.store.history('carol', roomId, { after: seq - 1, limit: 1 }))[0]!;

/** `{ "a": [[[…]]] }`. */
const nested = (levels: number) => JSON.parse(`{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`) as object;

describe('A content that is nested deeper than SQLite reads JSON', () => {
  it.each([101, 1_200])('(%d levels) is refused, and does not harm what is committed with it', async (levels) => {
    const content = nested(levels) as Record<string, unknown>;
    const edited = im.ingest.execute('message.edit', { ...im.by('bob'), roomId, seq: 2, expectedVersion: 1, content });
    const sent = im.send('carol', { roomId }, '', { content });
    const other = im.send('carol', { roomId }, 'of somebody else');
    await expect(edited).rejects.toMatchObject({ code: 'BAD_REQUEST', retryable: false });
    await expect(sent).rejects.toMatchObject({ code: 'BAD_REQUEST', retryable: false });
    await expect(other).resolves.toMatchObject({ seq: 3 });
  });

  it('is taken up to 100 levels', async () => {
    const content = nested(100) as Record<string, unknown>;
    await im.ingest.execute('message.edit', { ...im.by('bob'), roomId, seq: 2, expectedVersion: 1, content });
    expect(await message(2)).toMatchObject({ message_content: content });
  });
});

describe('An edit of a message that came before a member did', () => {
  const invite = () => im.ingest.execute('room.invite', { ...im.by('alice'), roomId, userIds: ['dave'] });

  it('does not show that member what the message holds', async () => {
    await invite();
    const { seq, hints } = await edit('bob', 1, 'for old members only');
    const hidden = { seq, message_type: 101, target_seq: 2, message_content: null };
    expect((await im.store.history('dave', roomId, { limit: 1 }))[0]).toMatchObject(hidden);
    expect((await im.inbox('dave')).at(-1)).toMatchObject(hidden);
    const eventOf = (userId: string) => hints.find((hint) => 'event' in hint && hint.userId === userId);
    expect(eventOf('dave')).toMatchObject({ event: hidden });
    // The first one is told on the topic of the room, too.
    expect(hints[0]).toMatchObject({ event: hidden });
    const shown = { message_content: { message_content: { text: 'for old members only' }, version: 2 } };
    expect(await message(seq)).toMatchObject(shown);
    expect((await im.inbox('carol')).at(-1)).toMatchObject(shown);
    expect(eventOf('carol')).toMatchObject({ event: shown });
  });

  it('does not tell it on the topic of a room in timeline mode', async () => {
    im.writer.db.prepare('update rooms set timeline_from = last_seq + 1 where room_id = ?').run(roomId);
    expect((await edit('bob', 1, 'seen by all')).hints).toMatchObject([
      { message: { message_content: { message_content: { text: 'seen by all' } } } },
    ]);
    await invite();
    const { hints } = await edit('bob', 2, 'for old members only');
    expect(hints).toMatchObject([{ message: { target_seq: 2, message_content: null } }]);
  });
});

describe('Who had not synced before they left', () => {
  const kick = (userId: string) => im.ingest.execute('room.kick', { ...im.by('alice'), roomId, userId });
  const eventsOf = async (userId: string, match: object) =>
    expect(await im.inbox(userId)).toContainEqual(expect.objectContaining(match));

  it('sees messages in the version of that time, and the reactions of that time', async () => {
    await edit('bob', 1, 'second');
    await react('alice', '👍');
    const { seq: left } = await kick('carol');
    await edit('bob', 2, 'third');
    await react('bob', '🎉');
    await react('bob', '👍');
    await eventsOf('carol', {
      seq: 2,
      version: 2,
      message_content: { text: 'second' },
      flags: ['edited'],
      reactions: { '👍': ['alice'] },
    });
    await eventsOf('carol', {
      message_type: 101,
      message_content: { message_content: { text: 'second' }, version: 2 },
    });
    await eventsOf('carol', { seq: left });
    expect(JSON.stringify(await im.inbox('carol'))).not.toContain('third');
    await eventsOf('alice', { seq: 2, version: 3, message_content: { text: 'third' } });
  });

  it('sees the first version with its mentions and without a sign that it was edited later', async () => {
    await kick('carol');
    await edit('bob', 1, 'second');
    await eventsOf('carol', {
      seq: 2,
      version: 1,
      message_content: { text: '北京 secret' },
      mentions: ['carol'],
      flags: [],
    });
  });

  it('sees nothing of what has been recalled since', async () => {
    await edit('bob', 1, 'second');
    await kick('carol');
    await edit('bob', 2, 'third');
    await recall('bob', 2);
    const text = JSON.stringify(await im.inbox('carol'));
    for (const content of ['secret', 'second', 'third']) expect(text).not.toContain(content);
  });

  it('does not see what changed while they were out, though they have come back', async () => {
    await kick('carol');
    await edit('bob', 1, 'second');
    await im.ingest.execute('room.invite', { ...im.by('alice'), roomId, userIds: ['carol'] });
    const { seq } = await im.send('bob', { roomId }, 'welcome');
    await kick('carol');
    await edit('bob', 2, 'third');
    await edit('bob', 1, 'welcome again', seq);
    await eventsOf('carol', { seq: 2, version: 1, message_content: { text: '北京 secret' } });
    await eventsOf('carol', { seq, version: 1, message_content: { text: 'welcome' } });
  });

  it('sees no more than that in a database that is older than the versions’ places', async () => {
    await edit('bob', 1, 'second');
    await react('alice', '👍');
    await kick('carol');
    await edit('bob', 2, 'third');
    await react('bob', '🎉');
    im.writer.db.exec(`
      drop table departures;
      alter table message_versions drop column mentions;
      alter table message_versions drop column replaced_by;
      alter table reactions drop column by_seq`);
    im.writer.db.exec(MIGRATIONS[2]!);
    await eventsOf('carol', {
      seq: 2,
      version: 2,
      message_content: { text: 'second' },
      reactions: { '👍': ['alice'] },
    });
  });
});

describe('A message that is recalled', () => {
  it('is a stub in the room, in inboxes that have not been read, and nowhere in the index', async () => {
    await edit('bob', 1, '北京 other secret');
    await react('carol', '👍');
    await pin('alice');
    const { seq } = await recall('bob', 2);
    const stub = { seq: 2, message_content: null, flags: ['recalled', 'edited'] };
    expect(await message(2)).toMatchObject(stub);
    expect(await message(2)).not.toHaveProperty('reactions');
    expect(await message(2)).not.toHaveProperty('mentions');
    expect(await message(seq)).toMatchObject({ message_type: 100, target_seq: 2, flags: ['silent'] });
    const events = await im.inbox('carol');
    expect(events).toContainEqual(expect.objectContaining(stub));
    expect(JSON.stringify(events)).not.toContain('secret');
    expect(await im.search('carol', '北京')).toEqual([]);
    expect(await im.store.room('carol', roomId)).toMatchObject({ pins: [], mentioned: false });
  });

  it('is its sender’s, of the last two minutes', async () => {
    im.now += 2 * MINUTE + 1;
    await expect(recall('bob', 2)).rejects.toMatchObject({ code: 'GONE' });
    await expect(recall('carol', 2)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    im.now -= 1;
    await recall('bob', 2);
  });

  it('may be recalled by admins at any time', async () => {
    im.now += 1_000 * MINUTE;
    await recall('alice', 2);
    expect(await message(2)).toMatchObject({ flags: ['recalled'] });
  });

  it('is not changed any more', async () => {
    await recall('bob', 2);
    for (const change of [recall('bob', 2), edit('bob', 1, 'x'), react('carol', '👍'), pin('alice')]) {
      await expect(change).rejects.toMatchObject({ code: 'GONE' });
    }
  });

  it('still has its id', async () => {
    const sent = await im.send('bob', { roomId }, 'x', { clientMsgId: 'kept' });
    await recall('bob', sent.seq);
    expect(await im.send('bob', { roomId }, 'x', { clientMsgId: 'kept' })).toMatchObject({ seq: sent.seq, dup: true });
  });

  it('is none of the server’s own', async () => {
    await expect(recall('alice', 1)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(recall('alice', 99)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('A message that is edited', () => {
  it('has its new content and version everywhere, and is found by the new one only', async () => {
    const { seq } = await edit('bob', 1, '東京 again');
    expect(await message(2)).toMatchObject({ message_content: { text: '東京 again' }, version: 2, flags: ['edited'] });
    expect(await message(seq)).toMatchObject({
      message_type: 101,
      target_seq: 2,
      message_content: { message_content: { text: '東京 again' }, version: 2 },
    });
    expect(await im.search('carol', '北京')).toEqual([]);
    expect(await im.search('carol', '東京')).toEqual(['東京 again']);
    expect(await im.store.room('carol', roomId)).toMatchObject({ mentioned: false, unread: 1 });
  });

  it('is edited from the version that one has seen', async () => {
    await edit('bob', 1, 'x');
    await expect(edit('bob', 1, 'y')).rejects.toMatchObject({ code: 'CONFLICT', details: { seq: 2, version: 2 } });
    await edit('bob', 2, 'y');
    expect(textOf(await message(2))).toBe('y');
  });

  it('is its sender’s alone', async () => {
    await expect(edit('alice', 1, 'x')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('A reaction', () => {
  it('is there once, and is taken back', async () => {
    await react('carol', '👍');
    await react('carol', '👍');
    im.now++;
    await react('alice', '👍');
    await react('alice', '🎉');
    expect(await message(2)).toMatchObject({ reactions: { '👍': ['carol', 'alice'], '🎉': ['alice'] } });
    await react('carol', '👍', true);
    expect(await message(2)).toMatchObject({ reactions: { '👍': ['alice'], '🎉': ['alice'] } });
    expect(await message(3)).toMatchObject({ message_type: 105, target_seq: 2, message_content: { emoji: '👍' } });
  });

  it('is one of twenty of a user’s at most', async () => {
    for (let index = 0; index < 20; index++) await react('carol', `e${index}`);
    await expect(react('carol', 'e20')).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await react('carol', 'e0');
  });
});

describe('A pin', () => {
  it('is among those of the room until it is taken back', async () => {
    await pin('carol');
    await pin('alice');
    expect(await im.store.room('bob', roomId)).toMatchObject({ pins: [2] });
    await pin('alice', true);
    expect(await im.store.room('bob', roomId)).toMatchObject({ pins: [] });
  });
});

describe('What a user hides', () => {
  const hide = (lo: number, hi: number) =>
    im.ingest.execute('message.hide', { actor: im.by('carol').actor, roomId, lo, hi });

  it('is in their history and search no more, and in those of others still', async () => {
    await im.send('bob', { roomId }, '北京 two');
    const { hints } = await hide(2, 2);
    expect(hints).toMatchObject([{ userId: 'carol', event: { kind: 'hide', room_id: roomId, lo: 2, hi: 2 } }]);
    expect(await im.texts('carol', roomId)).toEqual([{ action: 'create', title: 'group' }, '北京 two']);
    expect(await im.search('carol', '北京')).toEqual(['北京 two']);
    expect(await im.search('bob', '北京')).toEqual(['北京 two', '北京 secret']);
    expect((await im.inbox('carol')).at(-1)).toMatchObject({ kind: 'hide', lo: 2, hi: 2 });
    expect(await im.inbox('bob')).toHaveLength(4);
  });

  it('is one range where ranges meet, and no event when all of it is hidden already', async () => {
    for (let index = 0; index < 8; index++) await im.send('bob', { roomId }, `${index}`);
    for (const [lo, hi] of [
      [2, 3],
      [7, 8],
      [4, 4],
      [5, 6],
    ] as const)
      await hide(lo, hi);
    expect((await hide(3, 7)).hints).toEqual([]);
    expect(im.writer.db.prepare('select lo, hi from hides').all()).toEqual([{ lo: 2, hi: 8 }]);
    expect(await im.texts('carol', roomId)).toHaveLength(3);
  });

  it('is not beyond the end of the room', async () => {
    await expect(hide(9, 12)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await hide(1, 1_000);
    await im.send('bob', { roomId }, 'later');
    expect(await im.texts('carol', roomId)).toEqual(['later']);
  });
});

it('Who is not a member changes nothing', async () => {
  for (const change of [recall('dave', 2), edit('dave', 1, 'x'), react('dave', '👍'), pin('dave')]) {
    await expect(change).rejects.toMatchObject({ code: 'FORBIDDEN' });
  }
});

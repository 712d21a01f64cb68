import { MIGRATIONS } from '../../src/sqlite/schema.js';
import { searchExpression, tokenize } from '../../src/sqlite/tokenizer.js';
import { TemporaryStore } from './temporary-store.js';

describe('The tokeniser', () => {
  it.each([
    ['Hello, World 42', ['hello', 'world', '42']],
    ['北京', ['北京', '京']],
    ['明天去', ['明天', '天去', '去']],
    ['京', ['京']],
    ['用iPhone拍', ['用', 'iphone', '拍']],
    ['検索エンジン', ['検索', '索エ', 'エン', 'ンジ', 'ジン', 'ン']],
    ['안녕 하세요', ['안녕', '녕', '하세', '세요', '요']],
    ['Ｆｕｌｌ ｱ', ['full', 'ア']],
    ['😀 — ', []],
  ])('makes of %j %j', (text, tokens) => {
    expect(tokenize(text)).toEqual(tokens);
  });

  it.each([
    ['北京', '"北京"'],
    ['京', '"京" *'],
    ['去北京', '"去北 北京"'],
    ['Big deal', '"big" AND "deal"'],
    ['dep*', '"dep" *'],
    ['用iPhone', '"用 iphone"'],
    ['a"b OR c', '"a b" AND "or" AND "c"'],
  ])('looks for %j with %j', (query, expression) => {
    expect(searchExpression(query)).toBe(expression);
  });

  it('has nothing to look for in what is no word', () => {
    expect(searchExpression(' "*" 😀 ')).toBeUndefined();
  });
});

describe('Search', () => {
  let im: TemporaryStore;

  beforeEach(async () => {
    im = await TemporaryStore.open();
    await im.users('alice', 'bob', 'carol');
  });

  afterEach(async () => {
    expect(await im.store.verify()).toEqual([]);
    await im.remove();
  });

  it.each([
    ['明天去北京出差', '北京'],
    ['明天去北京出差', '差'],
    ['明天去北京出差', '去北京'],
    ['Q3预算表', '预算'],
    ['Q3预算表', 'q3预算'],
    ['全文検索エンジン', '検索'],
    ['안녕하세요', '안녕'],
    ['Crème brûlée', 'creme'],
    ['deployment failed', 'dep*'],
    ['deployment failed', 'FAILED deployment'],
  ])('finds %j by %j', async (text, query) => {
    await im.send('alice', { toUserId: 'bob' }, text);
    await im.send('alice', { toUserId: 'bob' }, 'something else 别的东西');
    expect(await im.search('bob', query)).toEqual([text]);
  });

  it.each(['京北', '天北', 'ment', 'dep', '', '" OR *', 'tokens:明天'])('does not find it by %j', async (query) => {
    await im.send('alice', { toUserId: 'bob' }, '明天去北京出差 deployment');
    expect(await im.search('bob', query)).toEqual([]);
  });

  it('finds the newest first, page by page, in all rooms of the user or in one', async () => {
    const { roomId } = await im.group('alice', 'bob');
    for (let index = 0; index < 5; index++) {
      await im.send('alice', { roomId }, `word ${index}`);
      await im.send('alice', { toUserId: 'carol' }, `word not for bob ${index}`);
      await im.send('bob', { toUserId: 'alice' }, `word direct ${index}`);
    }
    const first = await im.store.search({ userId: 'bob', q: 'word', roomId, limit: 3 });
    expect(first).toMatchObject({ more: true, messages: [{ seq: 6 }, { seq: 5 }, { seq: 4 }] });
    const before = first.messages.at(-1)!.message_id;
    const second = await im.store.search({ userId: 'bob', q: 'word', roomId, before, limit: 3 });
    expect(second).toMatchObject({ more: false, messages: [{ seq: 3 }, { seq: 2 }] });
    expect(await im.search('bob', 'word')).toHaveLength(10);
    const own = await im.store.search({ userId: 'bob', q: 'word', fromUserId: 'bob', limit: 50 });
    expect(own.messages).toHaveLength(5);
    const nobody = await im.store.search({ userId: 'bob', q: 'word', fromUserId: 'nobody', limit: 50 });
    expect(nobody.messages).toEqual([]);
    const files = await im.store.search({ userId: 'bob', q: 'word', messageType: 5, limit: 50 });
    expect(files.messages).toEqual([]);
    await expect(im.search('carol', 'word', roomId)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('has full pages of one sender, or of one type, however many others come between', async () => {
    const { roomId } = await im.group('alice', 'bob', 'carol');
    for (let index = 0; index < 40; index++) {
      await im.send('alice', { roomId }, `word ${index}`);
      if (index % 10 === 0) await im.send('bob', { roomId }, `word of bob ${index}`);
      if (index % 10 === 5) {
        await im.send('carol', { roomId }, '', { messageType: 5, content: { name: `word ${index}.pdf` } });
      }
    }
    const pages = async (query: object) => {
      const found: unknown[][] = [];
      for (let before: string | undefined, more = true; more;) {
        const page = await im.store.search({ userId: 'carol', q: 'word', limit: 3, ...query, before });
        found.push(page.messages.map(({ message_content }) => message_content!['text'] ?? message_content!['name']));
        before = page.messages.at(-1)?.message_id;
        ({ more } = page);
      }
      return found;
    };
    const bobs = [30, 20, 10, 0].map((index) => `word of bob ${index}`);
    const files = [35, 25, 15, 5].map((index) => `word ${index}.pdf`);
    expect(await pages({ fromUserId: 'bob' })).toEqual([bobs.slice(0, 3), bobs.slice(3)]);
    expect(await pages({ fromUserId: 'bob', roomId })).toEqual([bobs.slice(0, 3), bobs.slice(3)]);
    expect(await pages({ messageType: 5 })).toEqual([files.slice(0, 3), files.slice(3)]);
    expect(await pages({ messageType: 5, fromUserId: 'bob' })).toEqual([[]]);
    await im.ingest.execute('message.edit', {
      ...im.by('bob'),
      roomId,
      seq: 3,
      expectedVersion: 1,
      content: { text: 'word, edited' },
    });
    expect((await pages({ fromUserId: 'bob' }))[1]).toEqual(['word, edited']);
  });

  it('finds a sender and a type in a database that had no words of them', async () => {
    await im.send('alice', { toUserId: 'bob' }, '北京 one');
    await im.send('bob', { toUserId: 'alice' }, '北京 two');
    im.writer.db.exec(`drop table msg_fts`);
    im.writer.db.exec(MIGRATIONS[0]!.match(/create virtual table msg_fts[^;]*;/)![0]);
    im.writer.db.exec(MIGRATIONS[7]!);
    expect(await im.search('bob', '北京')).toEqual(['北京 two', '北京 one']);
    const { messages } = await im.store.search({ userId: 'bob', q: '北京', fromUserId: 'alice', limit: 9 });
    expect(messages).toHaveLength(1);
  });

  it('does not find what is encrypted', async () => {
    const content = { alg: 'x', ciphertext: 'secret', text: 'secret' };
    await im.send('alice', { toUserId: 'bob' }, '', { messageType: 60, content });
    expect(await im.search('bob', 'secret')).toEqual([]);
  });

  it('finds the newest of more rooms than one expression takes', async () => {
    const { ingest } = im;
    const rooms = await Promise.all(Array.from({ length: 520 }, () => im.group('alice', 'bob')));
    for (const { roomId } of [rooms[519]!, rooms[3]!, rooms[510]!])
      await im.send('alice', { roomId }, `word ${roomId}`);
    expect(await im.search('bob', 'word')).toEqual([510, 3, 519].map((index) => `word ${rooms[index]!.roomId}`));
    expect(ingest.depth).toBe(0);
  });
});

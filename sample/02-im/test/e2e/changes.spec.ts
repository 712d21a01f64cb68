import { ImClient } from '../support/im-client.js';
import { ImServer } from '../support/im-server.js';

describe('What is said', () => {
  let server: ImServer;
  let alice: ImClient;
  let bob: ImClient;
  let roomId: string;

  beforeAll(async () => {
    server = await ImServer.start();
  }, 30_000);

  beforeEach(async () => {
    alice = await ImClient.login(server, 'alice');
    bob = await ImClient.login(server, 'bob');
    ({ roomId } = await alice.createRoom('changes', ['bob']));
  });

  afterEach(() => {
    ImClient.disconnectAll();
    expect(server.complaints).toEqual([]);
  });

  afterAll(() => server.remove());

  const history = async (range: object = {}) =>
    (await bob.ask('/app/im.history', { room_id: roomId, ...range })).messages;
  const found = async (q: string) => (await bob.ask('/app/im.search', { q, room_id: roomId })).messages;

  it('can be recalled: nobody reads it or finds it any more, devices that had not seen it included', async () => {
    const { head } = await bob.openInbox({ since: 'latest' });
    await bob.raw.receipt('UNSUBSCRIBE\nid:inbox\n\n\0');
    const { seq } = await alice.say(roomId, '明天去北京出差');
    expect(await found('北京')).toHaveLength(1);
    await expect(bob.timeline('/app/im.recall', { room_id: roomId, seq })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await alice.timeline('/app/im.recall', { room_id: roomId, seq });
    expect(await found('北京')).toEqual([]);
    expect((await history()).find((message: any) => message.seq === seq)).toMatchObject({
      message_content: null,
      flags: expect.arrayContaining(['recalled']),
    });
    await bob.openInbox({ since: head });
    expect(await bob.nextEvent()).toMatchObject({ seq, message_content: null });
    expect(await bob.nextEvent()).toMatchObject({ message_type: 100, target_seq: seq });
  });

  it('is shown as it was to a device that comes back after its user was kicked', async () => {
    const { head } = await bob.openInbox({ since: 'latest' });
    await bob.raw.receipt('UNSUBSCRIBE\nid:inbox\n\n\0');
    const { seq } = await alice.say(roomId, 'for all of us');
    await alice.timeline('/app/im.room.kick', { room_id: roomId, user_id: 'bob' });
    const edit = { room_id: roomId, seq, expected_version: 1, message_content: { text: 'not for bob' } };
    await alice.timeline('/app/im.edit', edit);
    await alice.timeline('/app/im.react', { room_id: roomId, seq, emoji: '👋' });
    await bob.openInbox({ since: head });
    const event = await bob.nextEvent();
    expect(event).toMatchObject({ seq, version: 1, message_content: { text: 'for all of us' }, flags: [] });
    expect(event).not.toHaveProperty('reactions');
    expect(await bob.nextEvent()).toMatchObject({ message_content: { action: 'kick' } });
    expect(await bob.nextEvent()).toMatchObject({ kind: 'room', change: 'left' });
  });

  it('can be edited, if nobody has done so in the meantime', async () => {
    const { seq } = await alice.say(roomId, '预算 one');
    const edit = { room_id: roomId, seq, expected_version: 1, message_content: { text: '計画 two' } };
    await alice.timeline('/app/im.edit', edit);
    await expect(alice.timeline('/app/im.edit', edit)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await found('预算')).toEqual([]);
    expect(await found('計画')).toMatchObject([{ seq, version: 2, message_content: { text: '計画 two' } }]);
  });

  it('has reactions, each once, and can be answered and pinned', async () => {
    const { seq } = await alice.say(roomId, 'lunch?');
    await bob.timeline('/app/im.react', { room_id: roomId, seq, emoji: '👍' });
    await bob.timeline('/app/im.react', { room_id: roomId, seq, emoji: '👍' });
    const answer = await bob.say(roomId, '@alice yes', { reply_to: seq, mentions: ['alice'] });
    await alice.timeline('/app/im.pin', { room_id: roomId, seq });
    const messages = await history();
    expect(messages.find((message: any) => message.seq === seq)).toMatchObject({ reactions: { '👍': ['bob'] } });
    expect(messages.find((message: any) => message.seq === answer.seq)).toMatchObject({ reply_to: seq });
    const { room } = await alice.ask('/app/im.room', { room_id: roomId });
    expect(room).toMatchObject({ mentioned: true, pins: [seq], unread: 1 });
  });

  it('is in a room that each may pin in their own list', async () => {
    await bob.command('/app/im.room.pin', { room_id: roomId });
    expect((await bob.ask('/app/im.room', { room_id: roomId })).room.pinned).toBe(true);
    expect((await alice.ask('/app/im.room', { room_id: roomId })).room.pinned).toBe(false);
    await bob.command('/app/im.room.pin', { room_id: roomId, remove: true });
    expect((await bob.ask('/app/im.room', { room_id: roomId })).room.pinned).toBe(false);
  });

  it('is in a room of which each may want no notifications for a time, on all of their devices', async () => {
    const phone = await ImClient.login(server, 'bob', 'phone');
    await phone.openInbox({ since: 'latest' });
    const until = Date.now() + 3_600_000;
    const mutedUntil = async (who: ImClient) => (await who.ask('/app/im.room', { room_id: roomId })).room.muted_until;
    await bob.command('/app/im.mute', { client_msg_id: 'any', room_id: roomId, until });
    expect(await phone.nextEvent()).toMatchObject({ kind: 'room', room_id: roomId, change: 'muted' });
    const { rooms } = await phone.ask('/app/im.rooms');
    expect(rooms).toContainEqual(expect.objectContaining({ room_id: roomId, muted_until: until }));
    expect([await mutedUntil(bob), await mutedUntil(alice)]).toEqual([until, undefined]);
    await bob.command('/app/im.mute', { room_id: roomId, until: 0 });
    expect(await mutedUntil(bob)).toBeUndefined();
    const mute = (body: object) => bob.command('/app/im.mute', { room_id: roomId, ...body });
    for (const wrong of [{}, { until: -1 }, { until: 'tomorrow' }, { until: 1e300 }]) {
      await expect(mute(wrong)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
  });

  it('is kept for as many days as the owner of the room says', async () => {
    await expect(bob.timeline('/app/im.room.update', { room_id: roomId, retention_days: 30 })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await alice.timeline('/app/im.room.update', { room_id: roomId, retention_days: 30 });
    expect((await bob.ask('/app/im.room', { room_id: roomId })).room.retention_days).toBe(30);
    expect((await history()).at(-1)).toMatchObject({
      message_type: 103,
      message_content: { action: 'retention', retention_days: 30 },
    });
  });

  it('can be hidden by each for themselves', async () => {
    const { seq } = await alice.say(roomId, 'only for some');
    await bob.command('/app/im.hide', { room_id: roomId, lo: seq, hi: seq });
    expect((await history()).map((message: any) => message.seq)).not.toContain(seq);
    const { messages } = await alice.ask('/app/im.history', { room_id: roomId });
    expect(messages.map((message: any) => message.seq)).toContain(seq);
  });

  it('is read page by page in both directions', async () => {
    const sent = [];
    for (let n = 0; n < 30; n++) sent.push(await alice.say(roomId, `${n}`));
    const last = sent.at(-1)!.seq;
    const seqs = async (range: object) => (await history(range)).map((message: any) => message.seq);
    expect(await seqs({ before: last, limit: 5 })).toEqual([5, 4, 3, 2, 1].map((back) => last - back));
    expect(await seqs({ after: last - 3, limit: 2 })).toEqual([last - 2, last - 1]);
    await expect(history({ limit: 201 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('is found by words of two characters in Chinese, Japanese and Korean, in one’s own rooms only', async () => {
    await alice.say(roomId, '我们的预算不够，検索してください，안녕하세요');
    for (const word of ['预算', '検索', '안녕']) expect(await found(word)).toHaveLength(1);
    const ming = await ImClient.login(server, '小明');
    expect((await ming.ask('/app/im.search', { q: '预算' })).messages).toEqual([]);
    await expect(ming.ask('/app/im.search', { q: '预算', room_id: roomId })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it.each<[string, object]>([
    ['no client_msg_id', { client_msg_id: undefined }],
    ['a client_msg_id with blanks', { client_msg_id: 'a b' }],
    ['no room', { room_id: undefined }],
    ['both a room and a user', { to_user_id: 'bob' }],
    ['a room that is a number', { room_id: 7 }],
    ['content that is text', { message_content: 'hello' }],
    ['content of more than 32 KiB', { message_content: { text: 'x'.repeat(33_000) } }],
    ['a type of the server’s own', { message_type: 100 }],
    ['51 mentions', { mentions: Array.from({ length: 51 }, (_, n) => `user-${n}`) }],
    ['a type that is none', { type: 'anycast' }],
  ])('must not have %s', async (_, wrong) => {
    const message = { message_content: { text: 'x' }, room_id: roomId, ...wrong };
    await expect(alice.send(message)).rejects.toMatchObject({ code: 'BAD_REQUEST', retryable: false });
  });

  it.each([101, 3_000, 40_000])('must not have content of %d levels', async (levels) => {
    const body = { client_msg_id: 'deep', room_id: roomId, type: 'multicast', message_type: 50, message_content: {} };
    const content = `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
    const json = JSON.stringify(body).replace('{}', content);
    for (const destination of ['/app/im.send', '/app/im.edit', '/app/im.sync', '/app/im.nothing']) {
      const headers = `destination:${destination}\ncontent-type:application/json\nreceipt:deep`;
      alice.raw.write(`SEND\n${headers}\n\n${json}\0`);
      const error = await alice.nextFrame('errors');
      expect(error.header('failed-receipt')).toBe('deep');
      expect(JSON.parse(error.text)).toMatchObject({ retryable: false, client_msg_id: 'deep' });
      if (destination === '/app/im.send') expect(JSON.parse(error.text).code).toBe('BAD_REQUEST');
    }
    await alice.say(roomId, 'the connection stays');
  });

  it('of more levels than that is refused over HTTP, too', async () => {
    const body = `{"user_id":"deep","name":"Deep","password":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(`${server.url}/api/register`, { method: 'POST', headers, body })).status).toBe(400);
  });

  it('must be JSON', async () => {
    alice.raw.write('SEND\ndestination:/app/im.send\ncontent-type:application/json\nreceipt:broken\n\n{"room_id":\0');
    const error = await alice.nextFrame('errors');
    expect(error.header('failed-receipt')).toBe('broken');
    expect(JSON.parse(error.text)).toMatchObject({ code: 'BAD_REQUEST', retryable: false });
  });
});

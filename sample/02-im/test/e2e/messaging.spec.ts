import { randomUUID } from 'node:crypto';
import { ImClient } from '../support/im-client.js';
import { ImServer } from '../support/im-server.js';

describe('Over real sockets', () => {
  let server: ImServer;

  beforeAll(async () => {
    server = await ImServer.start({ IM_PRESENCE_GRACE: '50', IM_ADMINS: '小明' });
  }, 30_000);

  afterAll(() => server.remove());

  afterEach(() => {
    ImClient.disconnectAll();
    expect(server.complaints).toEqual([]);
  });

  it('a message has its RECEIPT when it is committed, and is in both inboxes', async () => {
    const alice = await ImClient.login(server, 'alice');
    const bob = await ImClient.login(server, 'bob');
    const state = await bob.openInbox({ since: 'latest' });
    expect(state).toMatchObject({ kind: 'state', mode: 'resume', since: state.head });
    const sent = await alice.send({ to_user_id: 'bob', type: 'unicast', message_content: { text: '你好, Bob' } });
    expect(sent).toMatchObject({ seq: expect.any(Number), inboxSeq: expect.any(Number), dup: false });
    // The room is new to bob; then there is the message.
    let event = await bob.nextEvent();
    while (event.kind !== 'message') event = await bob.nextEvent();
    expect(event).toMatchObject({
      room_id: sent.roomId,
      seq: sent.seq,
      message_id: sent.messageId,
      from_user_info: { user_id: 'alice' },
      message_content: { text: '你好, Bob' },
    });
    const { messages } = await bob.ask('/app/im.history', { room_id: sent.roomId });
    expect(messages.at(-1)).toMatchObject({ seq: sent.seq, message_content: { text: '你好, Bob' } });
  });

  it('the same message sent again, from another device too, is the same message', async () => {
    const first = await ImClient.login(server, 'alice', 'phone');
    const second = await ImClient.login(server, 'alice', 'desk');
    const { roomId } = await first.createRoom('again', ['bob']);
    const message = { client_msg_id: randomUUID(), room_id: roomId, message_content: { text: 'once' } };
    const sent = await first.send(message);
    const again = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? first : second).send(message)));
    for (const one of again) expect(one).toEqual({ ...sent, dup: true });
    await expect(second.send({ ...message, message_content: { text: 'twice' } })).rejects.toMatchObject({
      code: 'CONFLICT',
      retryable: false,
      client_msg_id: message.client_msg_id,
      room_id: roomId,
      seq: sent.seq,
    });
  });

  it('the other devices of the sender get it, the sending one does not', async () => {
    const phone = await ImClient.login(server, 'alice', 'phone');
    const desk = await ImClient.login(server, 'alice', 'desk');
    const { roomId } = await phone.createRoom('devices', []);
    await phone.openInbox({ since: 'latest' });
    await desk.openInbox({ since: 'latest' });
    const sent = await phone.say(roomId, 'from the phone');
    expect(await desk.nextEvent()).toMatchObject({ inbox_seq: sent.inboxSeq, seq: sent.seq });
    const back = await desk.say(roomId, 'from the desk');
    expect(await phone.nextEvent()).toMatchObject({ inbox_seq: back.inboxSeq, seq: back.seq });
  });

  it('what is sent without a receipt comes in the inbox of the sending session, too, for nothing else tells where it is', async () => {
    const alice = await ImClient.login(server, 'alice');
    const { roomId } = await alice.createRoom('no receipts', []);
    await alice.openInbox({ since: 'latest' });
    const message = (text: string) => {
      const body = { client_msg_id: randomUUID(), room_id: roomId, type: 'multicast', message_type: 1 };
      return { ...body, message_content: { text } };
    };
    const [plain, inTransaction] = [message('without'), message('in a transaction')];
    alice.write('/app/im.send', plain);
    const first = await alice.nextEvent();
    expect(first).toMatchObject({ ...plain, seq: expect.any(Number), inbox_seq: expect.any(Number) });
    const sent = await alice.say(roomId, 'with');
    alice.raw.write('BEGIN\ntransaction:t\n\n\0');
    alice.write('/app/im.send', inTransaction, { transaction: 't', receipt: 'early' });
    expect((await alice.raw.next('RECEIPT')).header('seq')).toBeUndefined();
    await alice.raw.receipt('COMMIT\ntransaction:t\n\n\0');
    expect(sent).toMatchObject({ seq: first.seq + 1, inboxSeq: first.inbox_seq + 1 });
    // What had its RECEIPT is left out, once.
    expect(await alice.nextEvent()).toMatchObject({
      ...inTransaction,
      seq: first.seq + 2,
      inbox_seq: first.inbox_seq + 2,
    });
    await alice.ask('/app/im.rooms');
    expect(alice.raw.take('MESSAGE').filter((frame) => frame.header('subscription') === 'inbox')).toEqual([]);
  });

  it('a device that comes back gets what it has missed, in order and without a gap', async () => {
    const alice = await ImClient.login(server, 'alice');
    const bob = await ImClient.login(server, 'bob', 'tablet');
    const { roomId } = await alice.createRoom('missed', ['bob']);
    const { head } = await bob.openInbox({ since: 'latest' });
    bob.raw.terminate();
    const sent = await Promise.all(Array.from({ length: 500 }, (_, n) => alice.say(roomId, `${n}`)));
    expect(sent.map(({ seq }) => seq)).toEqual(sent.map((_, n) => sent[0]!.seq + n));
    const back = await ImClient.login(server, 'bob', 'tablet');
    await back.openInbox({ since: head, window: 32 });
    for (let n = 0; n < 500; n++) {
      const event = await back.nextEvent();
      expect([event.inbox_seq, event.message_content.text]).toEqual([head + 1 + n, `${n}`]);
    }
  });

  it('who is not a member hears nothing, and is told so', async () => {
    const alice = await ImClient.login(server, 'alice');
    const ming = await ImClient.login(server, '小明');
    const { roomId } = await alice.createRoom('private', ['bob']);
    const forbidden = expect.objectContaining({ code: 'FORBIDDEN' });
    await expect(ming.say(roomId, 'let me in')).rejects.toEqual(forbidden);
    await expect(ming.ask('/app/im.history', { room_id: roomId })).rejects.toEqual(forbidden);
    await expect(ming.ask('/app/im.room', { room_id: roomId })).rejects.toEqual(forbidden);
    ming.raw.write(`SUBSCRIBE\nid:spy\ndestination:/topic/im.room.${roomId}\n\n\0`);
    expect(JSON.parse((await ming.nextFrame('errors')).text)).toMatchObject({ code: 'FORBIDDEN' });
    ming.raw.write('SUBSCRIBE\nid:spy2\ndestination:/topic/im.room.*\n\n\0');
    await ming.nextFrame('errors');
    await alice.say(roomId, 'secret');
    await ming.ask('/app/im.rooms');
    expect(ming.raw.take('MESSAGE')).toEqual([]);
  });

  it('a member who is kicked hears nothing from then on', async () => {
    const alice = await ImClient.login(server, 'alice');
    const bob = await ImClient.login(server, 'bob');
    const { roomId } = await alice.createRoom('kicked', ['bob']);
    await bob.raw.subscribe('room', `/topic/im.room.${roomId}`);
    await alice.say(roomId, 'before');
    expect(JSON.parse((await bob.nextFrame('room')).text).message_content).toEqual({ text: 'before' });
    await alice.timeline('/app/im.room.kick', { room_id: roomId, user_id: 'bob' });
    await alice.say(roomId, 'after');
    await expect(bob.say(roomId, 'but')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const texts = bob.raw.take('MESSAGE').filter((frame) => frame.header('subscription') === 'room');
    expect(texts.map(({ text }) => JSON.parse(text).message_content)).not.toContainEqual({ text: 'after' });
  });

  it('who is kicked from a channel does not join it again, and who is muted does not react', async () => {
    const alice = await ImClient.login(server, 'alice');
    const bob = await ImClient.login(server, 'bob');
    const { roomId } = await alice.createRoom('channel', ['bob'], 'channel');
    const { seq } = await alice.say(roomId, 'news');
    const reaction = { room_id: roomId, seq, emoji: '👎' };
    const member = { user_id: 'bob', mute_until: Date.now() + 60_000 };
    await bob.timeline('/app/im.react', reaction);
    await alice.timeline('/app/im.room.update', { room_id: roomId, member });
    await expect(bob.timeline('/app/im.react', reaction)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await alice.timeline('/app/im.room.kick', { room_id: roomId, user_id: 'bob' });
    const join = () => bob.timeline('/app/im.room.join', { room_id: roomId });
    await expect(join()).rejects.toMatchObject({ code: 'FORBIDDEN', retryable: false });
    await alice.timeline('/app/im.room.invite', { room_id: roomId, user_ids: ['bob'] });
    await bob.timeline('/app/im.room.leave', { room_id: roomId });
    await join();
  });

  it('what is read on one device is read on the others, and the sender is told', async () => {
    const alice = await ImClient.login(server, 'alice');
    const phone = await ImClient.login(server, 'bob', 'phone');
    const desk = await ImClient.login(server, 'bob', 'desk');
    const { roomId } = await alice.createRoom('read', ['bob']);
    await desk.openInbox({ since: 'latest' });
    const { seq } = await alice.say(roomId, 'read me');
    expect(await desk.nextEvent()).toMatchObject({ kind: 'message', seq });
    expect(await alice.nextLive('receipt')).toMatchObject({ room_id: roomId, user_id: 'bob', recv_seq: seq });
    await phone.command('/app/im.read', { room_id: roomId, seq });
    expect(await desk.nextEvent()).toMatchObject({ kind: 'read', room_id: roomId, read_seq: seq, unread: 0 });
    expect(await alice.nextLive('receipt')).toMatchObject({ user_id: 'bob', read_seq: seq });
    const { rooms } = await desk.ask('/app/im.rooms');
    expect(rooms.find((room: any) => room.room_id === roomId)).toMatchObject({ unread: 0, read_seq: seq });
  });

  it('what an admin says to everybody reaches all who are there, and those who come later once', async () => {
    const admin = await ImClient.login(server, '小明');
    const alice = await ImClient.login(server, 'alice');
    await alice.raw.subscribe('all', '/topic/im.broadcast');
    const message = { message_content: { text: '今晚维护' } };
    await expect(alice.timeline('/app/im.broadcast', message)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const { roomId, seq } = await admin.timeline('/app/im.broadcast', message);
    expect(JSON.parse((await alice.nextFrame('all')).text)).toMatchObject({ ...message, type: 'broadcast', seq });
    const carol = { user_id: 'carol', name: 'Carol', password: 'demo' };
    await server.json('POST', '/api/register', { body: carol });
    const late = await ImClient.login(server, 'carol');
    const { rooms } = await late.ask('/app/im.sync', { rooms: { [roomId]: 0 } });
    expect(rooms[0].messages).toMatchObject([message]);
    expect((await late.ask('/app/im.rooms')).rooms).toMatchObject([{ room_id: roomId, last_message: message }]);
  });

  it('a command that nobody carries out has no RECEIPT', async () => {
    const alice = await ImClient.login(server, 'alice');
    for (const destination of ['/app/im.sned', '/app/im.inbox', '/app/im/send']) {
      await expect(alice.command(destination, {})).rejects.toMatchObject({ code: 'NOT_FOUND', retryable: false });
    }
  });

  it('a sync has no more than 500 messages, however many rooms it asks for', async () => {
    const alice = await ImClient.login(server, 'alice');
    const rooms = await Promise.all(Array.from({ length: 6 }, (_, n) => alice.createRoom(`sync ${n}`, [])));
    const texts = Array.from({ length: 99 }, (_, n) => `${n}`);
    await Promise.all(rooms.map(({ roomId }) => Promise.all(texts.map((text) => alice.say(roomId, text)))));
    const answer = await alice.ask('/app/im.sync', {
      rooms: Object.fromEntries(rooms.map(({ roomId }) => [roomId, 0])),
    });
    const counts = answer.rooms.map(({ messages, has_more }: any) => [messages.length, has_more]);
    expect(counts).toEqual([...Array.from({ length: 5 }, () => [100, true]), [0, true]]);
  });

  it('typing and presence are told to those who are there, and kept nowhere', async () => {
    const alice = await ImClient.login(server, 'alice');
    const bob = await ImClient.login(server, 'bob');
    const { roomId } = await alice.createRoom('typing', ['bob', '小明']);
    await alice.command('/app/im.typing', { room_id: roomId, state: true });
    expect(await bob.nextLive('typing')).toEqual({ kind: 'typing', room_id: roomId, user_id: 'alice', state: true });
    await alice.command('/app/im.presence', { watch: ['小明'] });
    await alice.nextLive('presence');
    const ming = await ImClient.login(server, '小明', 'new');
    ming.raw.terminate();
    let presence = await alice.nextLive('presence');
    while (presence.online) presence = await alice.nextLive('presence');
    expect(presence).toMatchObject({ user_id: '小明', online: false, last_seen_at: expect.any(Number) });
  });

  it('presence is told only to those who share a room, for as long as they do', async () => {
    for (const user_id of ['dora', 'emil']) {
      await server.json('POST', '/api/register', { body: { user_id, name: user_id, password: 'demo' } });
    }
    const dora = await ImClient.login(server, 'dora');
    /** What dora has been told by now: she is told of herself last. */
    const told = async (): Promise<string[]> => {
      await dora.command('/app/im.presence', { watch: ['emil', 'nobody', 'dora'] });
      const others: string[] = [];
      for (;;) {
        const { user_id, online } = await dora.nextLive('presence');
        if (user_id === 'dora') return others;
        others.push(`${user_id} ${online ? 'online' : 'offline'}`);
      }
    };
    expect(await told()).toEqual([]);
    const emil = await ImClient.login(server, 'emil');
    expect(await told()).toEqual([]);
    const { roomId } = await emil.createRoom('common', ['dora']);
    expect(await told()).toEqual(['emil online']);
    await emil.timeline('/app/im.room.leave', { room_id: roomId });
    const bob = await ImClient.login(server, 'bob');
    await bob.createRoom('other', ['emil']);
    await bob.command('/app/im.presence', { watch: ['emil'] });
    expect(await bob.nextLive('presence')).toMatchObject({ user_id: 'emil', online: true });
    emil.raw.terminate();
    expect(await bob.nextLive('presence')).toMatchObject({ user_id: 'emil', online: false });
    expect(await told()).toEqual([]);
  });
});

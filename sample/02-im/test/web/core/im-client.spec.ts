import { MessageType } from '../../../src/model/message.js';
import { ImClient } from '../../../web/src/core/im-client.js';
import type { Timeline } from '../../../web/src/core/timeline.js';
import { ImServer } from '../../support/im-server.js';
import { MemoryDevice, nodePorts } from '../support/node-ports.js';
import { until } from '../support/until.js';

let server: ImServer;
const clients: ImClient[] = [];

beforeAll(async () => {
  server = await ImServer.start();
}, 120_000);
afterAll(() => server.remove());
afterEach(() => {
  for (const client of clients.splice(0)) client.stop();
});

async function signIn(userId: string, device = new MemoryDevice()): Promise<ImClient> {
  const client = open(device);
  await client.login(userId, 'demo');
  await loaded(client);
  return client;
}

/** As a page does: with whoever is signed in on the device. */
function open(device: MemoryDevice): ImClient {
  const client = new ImClient(nodePorts(server.url, device));
  clients.push(client);
  client.start();
  return client;
}

const loaded = (client: ImClient) => until(client.state, (state) => state.loaded, 'the list of rooms is there');

/** A group of its own for each test, open at both. */
async function group(title: string, ...others: ImClient[]): Promise<string> {
  const [first, ...rest] = others;
  const roomId = await first.account.rooms.create('group', title, rest.map(userId));
  for (const other of rest) {
    await until(other.state, ({ rooms }) => rooms.has(roomId), 'the room is there');
    other.account.openRoom(roomId);
  }
  for (const client of others) await timelineOf(client, roomId, () => true);
  return roomId;
}

const userId = (client: ImClient) => client.state.get().user!.user_id;

function timelineOf(client: ImClient, roomId: string, holds: (timeline: Timeline) => boolean): Promise<Timeline> {
  return until(
    client.state,
    ({ timelines }) => {
      const timeline = timelines.get(roomId);
      return timeline && holds(timeline) && timeline;
    },
    holds.toString(),
  );
}

const textsOf = ({ messages }: Timeline) =>
  messages
    .filter(({ message_type }) => message_type === MessageType.Text)
    .map((message) => message.message_content?.text);

const sent = (client: ImClient) => until(client.state, ({ outbox }) => outbox.length === 0, 'everything is sent');

it('shows the same to the sender and to another device of theirs as to the other', async () => {
  const [phone, desk, xiaoming] = [await signIn('alice'), await signIn('alice'), await signIn('小明')];
  const roomId = await group('Devices', phone, xiaoming);
  await until(desk.state, ({ rooms }) => rooms.has(roomId), 'the room is there');
  desk.account.openRoom(roomId);
  await timelineOf(desk, roomId, () => true);
  for (const text of ['one', 'two', 'three']) phone.account.messages.send(roomId, { text });
  xiaoming.account.messages.send(roomId, { text: '四' });
  for (const client of [phone, desk, xiaoming]) {
    const timeline = await timelineOf(client, roomId, (shown) => textsOf(shown).length === 4);
    expect(textsOf(timeline).toSorted()).toEqual(['one', 'three', 'two', '四']);
    expect(timeline.messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  }
});

it('makes a direct room with its first message, and both have it', async () => {
  const [alice, bob] = [await signIn('alice'), await signIn('bob')];
  const unmade = alice.account.openDirect({ user_id: 'bob', name: 'Bob' });
  alice.account.messages.send(unmade, { text: 'hello' });
  alice.account.messages.send(unmade, { text: 'are you there?' });
  await sent(alice);
  const roomId = await until(alice.state, ({ openRoom }) => openRoom !== unmade && openRoom, 'the room is made');
  expect([...alice.state.get().rooms.keys()]).not.toContain(unmade);
  const room = await until(bob.state, ({ rooms }) => {
    const shown = rooms.get(roomId);
    return shown?.unread === 2 && shown;
  });
  expect(room).toMatchObject({ kind: 'dm', title: 'Alice', unread: 2 });
  expect(textsOf(await timelineOf(alice, roomId, (shown) => textsOf(shown).length === 2))).toEqual([
    'hello',
    'are you there?',
  ]);
});

it('delivers exactly once, in order, what was written while the server was gone', async () => {
  const [alice, xiaoming] = [await signIn('alice'), await signIn('小明')];
  const roomId = await group('Restart', alice, xiaoming);
  alice.account.messages.send(roomId, { text: 'before' });
  await sent(alice);
  await server.kill();
  await until(alice.state, ({ connection }) => connection.status === 'waiting' && connection.again);
  for (const text of ['meanwhile 1', 'meanwhile 2', 'meanwhile 3']) alice.account.messages.send(roomId, { text });
  await server.startAgain();
  await sent(alice);
  for (const client of [alice, xiaoming]) {
    const timeline = await timelineOf(client, roomId, (shown) => textsOf(shown).length >= 4);
    expect(textsOf(timeline)).toEqual(['before', 'meanwhile 1', 'meanwhile 2', 'meanwhile 3']);
  }
}, 60_000);

it('sends in a new page what the old one had not sent, and goes on where it was in the inbox', async () => {
  const device = new MemoryDevice();
  const [page, xiaoming] = [await signIn('alice', device), await signIn('小明')];
  const roomId = await group('Reload', page, xiaoming);
  await server.kill();
  await until(page.state, ({ connection }) => connection.status === 'waiting');
  page.account.messages.send(roomId, { text: 'unsent' });
  expect(device.unsent).toBe(1);
  page.stop();
  await server.startAgain();
  const reloaded = open(device);
  await loaded(reloaded);
  await sent(reloaded);
  expect(device.unsent).toBe(0);
  expect(textsOf(await timelineOf(xiaoming, roomId, (shown) => textsOf(shown).length > 0))).toEqual(['unsent']);
}, 60_000);

it('scrolls back through the whole room, and jumps to what was searched for', async () => {
  const [alice, xiaoming] = [await signIn('alice'), await signIn('小明')];
  const roomId = await group('History', alice, xiaoming);
  alice.account.messages.send(roomId, { text: '明天去北京出差' });
  for (let line = 1; line <= 130; line++) alice.account.messages.send(roomId, { text: `line ${line}` });
  await sent(alice);
  const reader = await signIn('小明');
  reader.account.openRoom(roomId);
  await timelineOf(reader, roomId, ({ last }) => last === 132);
  const { messages } = await reader.account.search({ q: '北京', room_id: roomId });
  expect(messages).toMatchObject([{ seq: 2, message_content: { text: '明天去北京出差' } }]);
  await reader.account.history.older(roomId);
  await reader.account.history.older(roomId);
  const all = await timelineOf(reader, roomId, ({ atStart }) => atStart);
  expect(all.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 132 }, (_, index) => index + 1));
  const jumper = await signIn('小明');
  jumper.account.openRoom(roomId);
  await timelineOf(jumper, roomId, () => true);
  await jumper.account.history.around(roomId, 2);
  expect(await timelineOf(jumper, roomId, ({ first }) => first === 1)).toMatchObject({ last: 52, atEnd: false });
  alice.account.messages.send(roomId, { text: 'far below' });
  await until(jumper.state, ({ rooms }) => rooms.get(roomId)?.last_seq === 133);
  await jumper.account.history.newer(roomId);
  await jumper.account.history.newer(roomId);
  const again = await timelineOf(jumper, roomId, ({ atEnd }) => atEnd);
  expect(again.messages.at(-1)).toMatchObject({ seq: 133 });
}, 60_000);

it('edits, reacts, pins, recalls and hides, for everybody who may see it', async () => {
  const [alice, xiaoming] = [await signIn('alice'), await signIn('小明')];
  const roomId = await group('Changes', alice, xiaoming);
  alice.account.messages.send(roomId, { text: 'frist' });
  alice.account.messages.send(roomId, { text: 'second' });
  await sent(alice);
  const shown = await timelineOf(alice, roomId, ({ last }) => last === 3);
  const [first, second] = shown.messages.slice(1);
  alice.account.messages.edit(first, 'first');
  const edited = await timelineOf(xiaoming, roomId, (timeline) => textsOf(timeline)[0] === 'first');
  xiaoming.account.messages.react(edited.messages[1], '👍', false);
  await timelineOf(alice, roomId, ({ messages }) => messages[1].reactions?.['👍']?.[0] === '小明');
  alice.account.messages.pin(first, false);
  await until(xiaoming.state, ({ rooms }) => rooms.get(roomId)?.pins[0] === 2);
  alice.account.messages.recall(second);
  await timelineOf(xiaoming, roomId, ({ messages }) => messages[2].message_content === null);
  await xiaoming.account.messages.hide(edited.messages[1]);
  expect(textsOf(await timelineOf(xiaoming, roomId, ({ messages }) => messages.every(({ seq }) => seq !== 2)))).toEqual(
    [undefined],
  );
  expect(textsOf(alice.state.get().timelines.get(roomId)!)).toEqual(['first', undefined]);
});

it('tells how far a message has come, and counts what is unread', async () => {
  const [alice, xiaoming, phone] = [await signIn('alice'), await signIn('小明'), await signIn('小明')];
  const roomId = await alice.account.rooms.create('group', 'Ticks', ['小明']);
  for (const client of [xiaoming, phone]) await until(client.state, ({ rooms }) => rooms.has(roomId));
  alice.account.messages.send(roomId, { text: 'one' });
  alice.account.messages.send(roomId, { text: 'two' });
  const progress = (client: ImClient) =>
    client.state
      .get()
      .members.get(roomId)
      ?.find(({ user_id }) => user_id === '小明');
  await until(alice.state, () => progress(alice)?.recv_seq === 3, 'both are delivered');
  for (const client of [xiaoming, phone]) await until(client.state, ({ rooms }) => rooms.get(roomId)?.unread === 2);
  xiaoming.account.markRead(roomId, 3);
  await until(alice.state, () => progress(alice)?.read_seq === 3, 'both are read');
  await until(phone.state, ({ rooms }) => rooms.get(roomId)?.unread === 0);
});

it('tells who types and who is there', async () => {
  const [alice, xiaoming] = [await signIn('alice'), await signIn('小明')];
  const roomId = await group('Typing', alice, xiaoming);
  await until(alice.state, ({ presence }) => presence.get('小明')?.online);
  xiaoming.account.typing(roomId);
  await until(alice.state, ({ typing }) => typing.get(roomId)?.[0] === '小明');
  xiaoming.account.messages.send(roomId, { text: 'done' });
  await until(alice.state, ({ typing }) => !typing.has(roomId));
});

it('is told whether somebody is there to whom it has just written for the first time', async () => {
  const alice = await signIn('alice');
  await alice.session.register('newcomer', 'Newcomer', 'demo');
  await signIn('newcomer');
  const unmade = alice.account.openDirect({ user_id: 'newcomer', name: 'Newcomer' });
  alice.account.messages.send(unmade, { text: 'welcome' });
  await until(alice.state, ({ presence }) => presence.get('newcomer')?.online);
});

it('follows a room that is too large for inboxes', async () => {
  const [alice, xiaoming] = [await signIn('alice'), await signIn('小明')];
  const crowd = Array.from({ length: 200 }, (_, index) => `guest${index}`);
  for (const guest of crowd) await alice.session.register(guest, guest, 'secret');
  const roomId = await alice.account.rooms.create('group', 'Crowd', ['小明', ...crowd]);
  await until(xiaoming.state, ({ rooms }) => rooms.get(roomId)?.mode === 'timeline');
  xiaoming.account.openRoom(roomId);
  await timelineOf(xiaoming, roomId, () => true);
  alice.account.messages.send(roomId, { text: 'hello, everybody' });
  expect(textsOf(await timelineOf(xiaoming, roomId, (shown) => textsOf(shown).length === 1))).toEqual([
    'hello, everybody',
  ]);
  await server.kill();
  await until(xiaoming.state, ({ connection }) => connection.status === 'waiting');
  alice.account.messages.send(roomId, { text: 'and again' });
  await server.startAgain();
  expect(textsOf(await timelineOf(xiaoming, roomId, (shown) => textsOf(shown).length === 2))).toEqual([
    'hello, everybody',
    'and again',
  ]);
}, 60_000);

it('says why a message was refused, and keeps it', async () => {
  const [alice, xiaoming] = [await signIn('alice'), await signIn('小明')];
  const roomId = await group('Refused', alice, xiaoming);
  const { rooms } = xiaoming.state.get();
  await alice.account.rooms.kick(roomId, '小明');
  await until(xiaoming.state, (state) => !state.rooms.has(roomId));
  xiaoming.state.patch({ rooms });
  xiaoming.account.messages.send(roomId, { text: 'too late' });
  const [item] = await until(xiaoming.state, ({ outbox }) => outbox[0]?.status === 'failed' && outbox);
  expect(item.error).toBeTruthy();
});

it('ends the session of a device that was revoked', async () => {
  const [lost, kept] = [await signIn('bob'), await signIn('bob')];
  await kept.session.revoke(lost.session.deviceId);
  await until(lost.state, ({ signedOut }) => signedOut === 'revoked');
  expect((await kept.session.devices()).map(({ device_id }) => device_id)).not.toContain(lost.session.deviceId);
});

it('uploads a file and gets a link to it', async () => {
  const [alice, xiaoming] = [await signIn('alice'), await signIn('小明')];
  const roomId = await group('Files', alice, xiaoming);
  const blob = new Blob(['hello']);
  alice.account.messages.sendFile(roomId, MessageType.File, { blob, name: '问候.txt' });
  const { messages } = await timelineOf(xiaoming, roomId, ({ last }) => last === 2);
  const { file_id, name, size } = messages[1].message_content as { file_id: string; name: string; size: number };
  expect({ name, size }).toEqual({ name: '问候.txt', size: 5 });
  const url = await xiaoming.account.attachments.url(file_id);
  expect(await (await fetch(new URL(url, server.url))).text()).toBe('hello');
});

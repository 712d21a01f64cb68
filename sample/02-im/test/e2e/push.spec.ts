import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ImClient } from '../support/im-client.js';
import { ImServer, type Credentials } from '../support/im-server.js';
import { eventually, PushService, type PushDevice } from '../support/push-service.js';

const SETTINGS = { IM_PUSH_LOOPBACK: '1', IM_PUSH_DELAY: '400', IM_PUSH_BACKOFF: '50' };

let server: ImServer;
let service: PushService;

beforeAll(async () => {
  service = await PushService.start();
  server = await ImServer.start(SETTINGS);
}, 30_000);

afterEach(() => {
  ImClient.disconnectAll();
  expect(server.complaints).toEqual([]);
  expect(service.complaints).toEqual([]);
});

afterAll(async () => {
  await service.stop();
  await server.remove();
});

let people = 0;

/** Somebody new, so that no test has to know of another one. */
async function newcomer(name = 'someone'): Promise<string> {
  const userId = `${name}-${++people}`;
  await server.json('POST', '/api/register', { body: { user_id: userId, name: userId, password: 'demo' } });
  return userId;
}

/** A device of the user, subscribed, which is not connected. */
async function subscribed(userId: string, deviceId = 'd1'): Promise<PushDevice & { credentials: Credentials }> {
  const credentials = await server.login(userId, deviceId);
  const device = service.device();
  await server.json('PUT', '/api/push/subscription', { body: device.subscription, token: credentials.token });
  return Object.assign(device, { credentials });
}

async function metric(name: string): Promise<number> {
  const text = await (await server.request('GET', '/metrics')).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)![1]);
}

async function nothingWaits(): Promise<void> {
  await eventually(
    async () => (await metric('im_push_outbox')) + (await metric('im_pushes_waiting')),
    (waiting) => waiting === 0,
  );
}

function tell(from: ImClient, toUserId: string, text: string) {
  return from.send({ to_user_id: toUserId, type: 'unicast', message_content: { text } });
}

describe('A device that is not connected', () => {
  it('is told of a message by a push that only it can read: which one, and how much is unread', async () => {
    const bob = await newcomer();
    const device = await subscribed(bob);
    const alice = await ImClient.login(server, 'alice');
    const { roomId, seq, messageId } = await tell(alice, bob, 'the secret');
    const { payload, headers } = await device.next();
    expect(payload).toEqual({ room_id: roomId, message_id: messageId, seq, badge: 1, mentioned: false });
    expect(headers).toMatchObject({ urgency: 'high', topic: expect.stringMatching(/^[\w-]{32}$/) });
    expect(Number(headers.ttl)).toBeGreaterThan(86_000);
    expect(Number(headers.ttl)).toBeLessThanOrEqual(86_400);
  });

  it('is told once of several messages of a room, of the newest, and again of what comes later', async () => {
    const bob = await newcomer();
    const device = await subscribed(bob);
    const alice = await ImClient.login(server, 'alice');
    const { roomId } = await alice.createRoom('many', [bob]);
    for (const text of ['one', 'two']) await alice.say(roomId, text);
    const newest = await alice.say(roomId, 'three');
    const first = await device.next();
    expect(first.payload).toMatchObject({ seq: newest.seq, badge: 3 });
    await nothingWaits();
    const later = await alice.say(roomId, 'four', { mentions: [bob] });
    const second = await device.next();
    expect(second.payload).toMatchObject({ seq: later.seq, badge: 4, mentioned: true });
    expect(second.headers.topic).toBe(first.headers.topic);
    expect([first.headers.urgency, second.headers.urgency]).toEqual(['normal', 'high']);
    expect(device.requests).toBe(2);
  });

  it('is told nothing of what another device of its user has acknowledged', async () => {
    const bob = await newcomer();
    const phone = await subscribed(bob, 'phone');
    const desk = await ImClient.login(server, bob, 'desk');
    await desk.openInbox();
    const alice = await ImClient.login(server, 'alice');
    await tell(alice, bob, 'seen at the desk');
    await desk.nextEvent();
    await nothingWaits();
    expect(phone.requests).toBe(0);
    desk.raw.terminate();
    const { roomId } = await alice.createRoom('later', [bob]);
    await alice.say(roomId, 'seen by nobody');
    expect((await phone.next()).payload).toMatchObject({ room_id: roomId });
    expect(phone.requests).toBe(1);
  });

  it('is told when its user is connected, but takes nothing', async () => {
    const bob = await newcomer();
    const phone = await subscribed(bob, 'phone');
    const desk = await ImClient.login(server, bob, 'desk');
    await desk.openInbox();
    const alice = await ImClient.login(server, 'alice');
    const { seq } = await tell(alice, bob, 'are you there?');
    expect(JSON.parse((await desk.nextFrame('inbox')).text)).toMatchObject({ seq });
    expect((await phone.next()).payload).toMatchObject({ seq });
  });

  it('is told like each other one of its user', async () => {
    const bob = await newcomer();
    const devices = await Promise.all([subscribed(bob, 'phone'), subscribed(bob, 'tablet')]);
    const alice = await ImClient.login(server, 'alice');
    const { seq } = await tell(alice, bob, 'to both');
    const pushes = await Promise.all(devices.map((device) => device.next()));
    expect(pushes.map(({ payload }) => payload.seq)).toEqual([seq, seq]);
    expect(new Set(pushes.map(({ headers }) => headers.topic)).size).toBe(2);
    await nothingWaits();
    expect(devices.map(({ requests }) => requests)).toEqual([1, 1]);
  });

  it('is told nothing any more when it was logged out, nor when it wants to hear nothing', async () => {
    const bob = await newcomer();
    const [gone, silent, there] = [await subscribed(bob, 'a'), await subscribed(bob, 'b'), await subscribed(bob, 'c')];
    await server.json('POST', '/api/logout', { token: gone.credentials.token });
    await server.json('DELETE', '/api/push/subscription', { token: silent.credentials.token });
    const alice = await ImClient.login(server, 'alice');
    await tell(alice, bob, 'who hears me?');
    await there.next();
    await nothingWaits();
    expect([gone.requests, silent.requests, there.requests]).toEqual([0, 0, 1]);
  });

  it('hears nothing of a room of which its user wants no notifications', async () => {
    const bob = await newcomer();
    const device = await subscribed(bob);
    const [alice, desk] = [await ImClient.login(server, 'alice'), await ImClient.login(server, bob, 'desk')];
    const { roomId } = await alice.createRoom('too much', [bob]);
    await desk.command('/app/im.mute', { room_id: roomId, until: Date.now() + 3_600_000 });
    await alice.say(roomId, 'not now');
    await nothingWaits();
    expect(device.requests).toBe(0);
    await desk.command('/app/im.mute', { room_id: roomId, until: 0 });
    const { seq } = await alice.say(roomId, 'but now');
    expect((await device.next()).payload).toMatchObject({ room_id: roomId, seq, badge: 2 });
    expect(device.requests).toBe(1);
  });

  it('hears nothing of a user who used it before', async () => {
    const [bob, carol] = [await newcomer(), await newcomer()];
    const device = await subscribed(bob);
    const { token } = await server.login(carol);
    await server.json('PUT', '/api/push/subscription', { body: device.subscription, token });
    const alice = await ImClient.login(server, 'alice');
    await tell(alice, bob, 'for bob');
    await nothingWaits();
    const { seq } = await tell(alice, carol, 'for carol');
    expect((await device.next()).payload).toMatchObject({ seq, badge: 1 });
    expect(device.requests).toBe(1);
  });
});

describe('A push service', () => {
  it('that knows no such subscription any more is not asked again', async () => {
    const bob = await newcomer();
    const [phone, tablet] = [await subscribed(bob, 'phone'), await subscribed(bob, 'tablet')];
    phone.answers.push({ status: 410 });
    const alice = await ImClient.login(server, 'alice');
    const before = await metric('im_pushes_gone_total');
    await tell(alice, bob, 'one');
    await Promise.all([phone.next(), tablet.next()]);
    await nothingWaits();
    await tell(alice, bob, 'two');
    await tablet.next();
    await nothingWaits();
    expect([phone.requests, tablet.requests]).toEqual([1, 2]);
    expect(await metric('im_pushes_gone_total')).toBe(before + 1);
  });

  it('that is busy is asked again after the time that it has named', async () => {
    const bob = await newcomer();
    const device = await subscribed(bob);
    device.answers.push({ status: 503, headers: { 'Retry-After': '1' } }, { status: 429 });
    const alice = await ImClient.login(server, 'alice');
    await tell(alice, bob, 'be patient');
    const [first, second, third] = [await device.next(), await device.next(), await device.next()];
    expect(second.at - first.at).toBeGreaterThanOrEqual(1_000);
    expect(third.payload).toEqual(first.payload);
    await nothingWaits();
    expect(device.requests).toBe(3);
  });

  it('that is down gets what there was when it is up again', async () => {
    const bob = await newcomer();
    const device = await subscribed(bob);
    const alice = await ImClient.login(server, 'alice');
    await service.stop();
    const { seq } = await tell(alice, bob, 'while it was down');
    const before = await metric('im_pushes_retried_total');
    await eventually(
      () => metric('im_pushes_retried_total'),
      (retried) => retried > before,
    );
    await service.startAgain();
    expect((await device.next()).payload).toMatchObject({ seq });
  });

  it('that refuses for good is asked once', async () => {
    const bob = await newcomer();
    const device = await subscribed(bob);
    device.answers.push({ status: 403 });
    const alice = await ImClient.login(server, 'alice');
    await tell(alice, bob, 'not wanted');
    await device.next();
    await nothingWaits();
    expect(device.requests).toBe(1);
  });
});

describe('A server that is killed', () => {
  it('between the commit and the push sends the push after its start', async () => {
    const bob = await newcomer();
    const device = await subscribed(bob);
    await server.kill();
    await server.startAgain({ IM_PUSH_DELAY: '3600000' });
    const alice = await ImClient.login(server, 'alice');
    const { seq } = await tell(alice, bob, 'committed');
    await server.kill();
    expect(device.requests).toBe(0);
    await server.startAgain();
    expect((await device.next()).payload).toMatchObject({ seq });
    await nothingWaits();
    expect(device.requests).toBe(1);
  }, 40_000);

  it('between two attempts makes the next one after its start', async () => {
    const bob = await newcomer();
    const device = await subscribed(bob);
    await server.kill();
    await server.startAgain({ IM_PUSH_BACKOFF: '400' });
    device.answers.push({ status: 500 });
    const alice = await ImClient.login(server, 'alice');
    const { seq } = await tell(alice, bob, 'try again');
    await device.next();
    await eventually(
      () => metric('im_pushes_retried_total'),
      (retried) => retried === 1,
    );
    await server.kill();
    await server.startAgain();
    expect((await device.next()).payload).toMatchObject({ seq });
  }, 40_000);
});

describe('Who subscribes', () => {
  it('needs a token, and gets the same key after each start', async () => {
    expect((await server.request('GET', '/api/push/key')).status).toBe(401);
    const { token } = await server.login('alice');
    const key = await server.json('GET', '/api/push/key', { token });
    expect(Buffer.from(key.public_key, 'base64url')).toHaveLength(65);
    await server.kill();
    await server.startAgain();
    expect(await server.json('GET', '/api/push/key', { token })).toEqual(key);
    const { mode } = await stat(join(server.dataFolder, 'vapid.json'));
    expect(mode & 0o777).toBe(0o600);
  }, 30_000);

  it('is told what is wrong with the subscription', async () => {
    const { token } = await server.login('alice');
    const { endpoint, keys } = service.device().subscription;
    const put = async (body: object) => {
      const response = await server.request('PUT', '/api/push/subscription', { body, token });
      return { status: response.status, text: await response.text() };
    };
    const wrong: [body: object, text: string][] = [
      [{ endpoint }, 'keys should not be null'],
      [{ endpoint, keys: { ...keys, auth: 'short' } }, 'auth must be 16 bytes'],
      [{ endpoint, keys: { ...keys, p256dh: keys.auth } }, 'p256dh must be a public key of P-256'],
      [{ endpoint, keys: { ...keys, p256dh: Buffer.alloc(65, 4).toString('base64url') } }, 'p256dh must be'],
      [{ endpoint: `https://push.example/${'x'.repeat(2_048)}`, keys }, 'endpoint must be shorter'],
      [{ endpoint: 'ftp://push.example/1', keys }, 'must be an https: URL'],
      [{ endpoint: 'https://10.1.2.3/1', keys }, 'not on the Internet'],
      [{ endpoint: 'https://169.254.169.254/latest/meta-data', keys }, 'not on the Internet'],
    ];
    for (const [body, text] of wrong)
      expect(await put(body)).toMatchObject({ status: 400, text: expect.stringContaining(text) });
  });
});

describe('With previews', () => {
  it('a push says who wrote what, but nothing of what is encrypted', async () => {
    await server.kill();
    await server.startAgain({ IM_PUSH_PREVIEW: '1' });
    const bob = await newcomer();
    const device = await subscribed(bob);
    const alice = await ImClient.login(server, 'alice');
    const { roomId } = await alice.createRoom('Plans', [bob]);
    await alice.say(roomId, '明天'.repeat(100));
    const preview = { from: 'Alice', title: 'Plans', text: `${'明天'.repeat(60)}…` };
    expect((await device.next()).payload).toMatchObject({ preview });
    await nothingWaits();
    await alice.say(roomId, '', { message_type: 60, message_content: { text: 'a ciphertext' } });
    const { payload } = await device.next();
    expect(payload).toMatchObject({ badge: 2 });
    expect(payload).not.toHaveProperty('preview');
  }, 30_000);
});

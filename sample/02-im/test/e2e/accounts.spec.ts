import { RawStompClient } from '../../../../test/utils/raw-stomp-client.js';
import { ImClient } from '../support/im-client.js';
import { ImServer, type Credentials } from '../support/im-server.js';

async function connect(server: ImServer, { token, deviceId }: Credentials): Promise<RawStompClient> {
  const raw = await RawStompClient.open(server.webSocketUrl);
  raw.write(`CONNECT\naccept-version:1.2\nhost:localhost\nAuthorization:Bearer ${token}\ndevice-id:${deviceId}\n\n\0`);
  return raw;
}

describe('An account', () => {
  let server: ImServer;

  beforeAll(async () => {
    server = await ImServer.start({ IM_TOKEN_SECONDS: '2' });
  }, 30_000);

  afterAll(() => server.remove());

  afterEach(() => {
    ImClient.disconnectAll();
    expect(server.complaints).toEqual([]);
  });

  it('is made once, and its password is needed to log in', async () => {
    const account = { user_id: 'carol', name: 'Carol', password: 'correct horse' };
    expect((await server.request('POST', '/api/register', { body: account })).status).toBe(201);
    expect((await server.request('POST', '/api/register', { body: account })).status).toBe(409);
    await server.login('carol', 'd1', 'correct horse');
    const wrong = await server.request('POST', '/api/login', { body: { ...account, password: 'x', device_id: 'd1' } });
    const nobody = await server.request('POST', '/api/login', {
      body: { user_id: 'nobody', password: 'x', device_id: 'd1' },
    });
    expect([wrong.status, nobody.status]).toEqual([401, 401]);
    expect(await wrong.json()).toEqual(await nobody.json());
  });

  it.each([
    ['no user_id', { name: 'x', password: 'long enough' }],
    ['a user_id with a slash', { user_id: 'a/b', name: 'x', password: 'long enough' }],
    ['a user_id with a line feed', { user_id: 'a\nb', name: 'x', password: 'long enough' }],
    ['a short password', { user_id: 'dave', name: 'x', password: '1' }],
    ['a password beyond what is hashed', { user_id: 'dave', name: 'x', password: 'x'.repeat(100) }],
    [
      'a password of fewer characters than bcrypt takes bytes',
      { user_id: 'dave', name: 'x', password: '密'.repeat(25) },
    ],
    ['a user_id that looks like another one', { user_id: 'alice\u3164', name: 'x', password: 'long enough' }],
    ['a user_id that a selector of variants ends', { user_id: 'alice\ufe0f', name: 'x', password: 'long enough' }],
    ['a user_id of Latin letters and a Cyrillic one', { user_id: 'аlice', name: 'x', password: 'long enough' }],
    ['a user_id of Latin letters and a Greek one', { user_id: 'rοot', name: 'x', password: 'long enough' }],
    ['a user_id of Cyrillic letters and Chinese ones', { user_id: '小Ж', name: 'x', password: 'long enough' }],
    ['a user_id in full width', { user_id: 'ａｌｉｃｅ', name: 'x', password: 'long enough' }],
    ['a user_id of a ligature', { user_id: 'ﬁn', name: 'x', password: 'long enough' }],
    ['a user_id that is a list', { user_id: ['dave'], name: 'x', password: 'long enough' }],
  ])('is not made of %s', async (_, body) => {
    expect((await server.request('POST', '/api/register', { body })).status).toBe(400);
  });

  it('is not opened by the part of a password that bcrypt would take', async () => {
    const password = '密'.repeat(24);
    await server.json('POST', '/api/register', { body: { user_id: 'erin', name: 'Erin', password } });
    const longer = { user_id: 'erin', device_id: 'd1', password: `${password}x` };
    expect((await server.request('POST', '/api/login', { body: longer })).status).toBe(400);
    await server.login('erin', 'd1', password);
  });

  it('has one user_id, however its letters are composed', async () => {
    const account = { name: 'R', password: 'long enough' };
    const { user_id } = await server.json('POST', '/api/register', { body: { ...account, user_id: 'rene\u0301' } });
    expect(user_id).toBe('ren\u00e9');
    expect((await server.request('POST', '/api/register', { body: { ...account, user_id } })).status).toBe(409);
    await server.login('rene\u0301', 'd1', account.password);
  });

  it.each([
    ['by its case only', 'alice', 'Alice'],
    ['by the case of letters that are none in lower case', 'Straße', 'STRASSE'],
    ['by the script of all of its letters', 'aypa', 'аура'],
    ['by their script in upper case', 'BOPT', 'ВОРТ'],
    ['by a dot', 'ilk', 'ılk'],
  ])('is not made when its user_id differs from another one %s', async (_, user_id, other) => {
    const register = (id: string) =>
      server.request('POST', '/api/register', { body: { user_id: id, name: 'x', password: 'long enough' } });
    expect([201, 409]).toContain((await register(user_id)).status);
    const refused = await register(other);
    expect([refused.status, await refused.json()]).toEqual([
      409,
      expect.objectContaining({ code: 'CONFLICT', message: `${other} looks like ${user_id}, which is taken` }),
    ]);
  });

  it.each(['小明_2', 'Q小明', 'Ольга', 'Ωμέγα', 'さくら2', '민수-kim', 'محمد', 'andré', 'राम'])(
    'may be called %s',
    async (user_id) => {
      const body = { user_id, name: 'x', password: 'long enough' };
      expect((await server.json('POST', '/api/register', { body })).user_id).toBe(user_id);
      await server.login(user_id, 'd1', body.password);
    },
  );

  it('does not take a token of a device that was revoked since, though the device has logged in again', async () => {
    const alice = await server.login('alice');
    const stolen = await server.login('alice', 'phone');
    await server.json('DELETE', '/api/devices/phone', { token: alice.token });
    const again = await server.login('alice', 'phone');
    expect((await server.request('GET', '/api/devices', { token: stolen.token })).status).toBe(401);
    const raw = await connect(server, stolen);
    expect((await raw.next('ERROR')).header('code')).toBe('STOMP_ERR_AUTHENTICATION');
    await (await connect(server, again)).next('CONNECTED');
  });

  it('connects with the token of its device only', async () => {
    const alice = await server.login('alice');
    await (await connect(server, alice)).next('CONNECTED');
    for (const wrong of [
      { ...alice, token: 'nonsense' },
      { ...alice, token: `${alice.token}x` },
      { ...alice, token: '' },
      { ...alice, deviceId: 'd2' },
    ]) {
      const raw = await connect(server, wrong);
      expect((await raw.next('ERROR')).header('code')).toBe('STOMP_ERR_AUTHENTICATION');
      expect((await raw.closed).code).toBe(4401);
    }
  });

  it('is closed when its token has expired, unless a newer one came before', async () => {
    const bob = await server.login('bob');
    const stays = await ImClient.connect(server, bob);
    const goes = await ImClient.connect(server, bob);
    const alices = await server.login('alice');
    await expect(stays.command('/app/im.auth', { token: alices.token })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    let end: { code: number } | undefined;
    void goes.raw.closed.then((closed) => (end = closed));
    for (let refreshToken = bob.refreshToken; !end;) {
      const renewed = await server.json('POST', '/api/refresh', { body: { refresh_token: refreshToken } });
      await stays.command('/app/im.auth', { token: renewed.access_token });
      refreshToken = renewed.refresh_token;
    }
    expect(end.code).toBe(4401);
    await stays.ask('/app/im.rooms');
  });

  it('may use each refresh token once', async () => {
    const { refreshToken } = await server.login('bob', 'once');
    const body = { refresh_token: refreshToken };
    expect((await server.request('POST', '/api/refresh', { body })).status).toBe(200);
    expect((await server.request('POST', '/api/refresh', { body })).status).toBe(401);
  });

  it('can revoke a device, whose sessions end and whose tokens are void', async () => {
    const desk = await server.login('alice', 'desk');
    const lost = await server.login('alice', 'lost');
    const session = await ImClient.connect(server, lost);
    const other = await ImClient.connect(server, desk);
    expect((await server.request('DELETE', '/api/devices/lost', { token: desk.token })).status).toBe(204);
    expect((await session.raw.closed).code).toBe(4403);
    expect((await (await connect(server, lost)).closed).code).toBe(4401);
    const body = { refresh_token: lost.refreshToken };
    expect((await server.request('POST', '/api/refresh', { body })).status).toBe(401);
    expect((await server.request('GET', '/api/devices', { token: lost.token })).status).toBe(401);
    await other.ask('/app/im.rooms');
    const { devices } = await server.json('GET', '/api/devices', { token: desk.token });
    expect(devices).toContainEqual(expect.objectContaining({ device_id: 'lost', revoked: true }));
  });

  it('cannot be tried out: an address has so many logins a minute', async () => {
    const strict = await ImServer.start({ IM_LOGINS_PER_MINUTE: '5' });
    const body = { user_id: 'alice', password: 'guess', device_id: 'd1' };
    const statuses = [];
    for (let guess = 0; guess < 6; guess++) {
      statuses.push((await strict.request('POST', '/api/login', { body })).status);
    }
    await strict.remove();
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  });

  it('finds others by the beginning of their names', async () => {
    const { token } = await server.login('alice');
    const { users } = await server.json('GET', `/api/users?q=${encodeURIComponent('小')}`, { token });
    expect(users).toContainEqual({ user_id: '小明', name: '小明' });
    expect((await server.request('GET', '/api/users?q=bo')).status).toBe(401);
  });
});

import { ImClient } from '../../../web/src/core/im-client.js';
import { Refusal } from '../../../web/src/core/failures.js';
import { ImServer } from '../../support/im-server.js';
import { MemoryDevice, nodePorts } from '../support/node-ports.js';
import { until } from '../support/until.js';

let server: ImServer;
let client: ImClient;
let device: MemoryDevice;

beforeAll(async () => {
  server = await ImServer.start({ IM_TOKEN_SECONDS: '3' });
}, 120_000);
afterAll(() => server.remove());

beforeEach(() => {
  device = new MemoryDevice();
  client = new ImClient(nodePorts(server.url, device));
});
afterEach(() => client.stop());

const online = () => until(client.state, ({ connection }) => connection.status === 'online');

it('outlives its tokens without losing the connection', async () => {
  await client.login('alice', 'demo');
  await online();
  let interruptions = 0;
  client.state.subscribe(() => (interruptions += Number(client.state.get().connection.status !== 'online')));
  const seen = new Set<string>();
  await new Promise<void>((resolve) => {
    // Each lives for three seconds, and is renewed in the middle of its life.
    device.onSet = (key, value) => {
      if (key === 'im.credentials' && seen.add(value).size === 4) resolve();
    };
  });
  expect(await client.account.search({ q: 'anything' })).toEqual({ messages: [], more: false });
  expect(interruptions).toBe(0);
}, 30_000);

it('says why somebody cannot sign in', async () => {
  const attempt = client.login('alice', 'guess');
  await expect(attempt).rejects.toThrow(Refusal);
  await expect(attempt).rejects.toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
});

it('signs in again with a refresh token when the access token has ended meanwhile', async () => {
  await client.login('alice', 'demo');
  await online();
  client.stop();
  const { refresh_token, user } = JSON.parse(device.settings.get('im.credentials')!) as Record<string, unknown>;
  const ended = { user, refresh_token, access_token: 'ended', renew_at: Date.now() + 60_000 };
  device.settings.set('im.credentials', JSON.stringify(ended));
  client = new ImClient(nodePorts(server.url, device));
  client.start();
  await online();
});

it('asks for the password when the device was revoked while it was away', async () => {
  await client.login('bob', 'demo');
  await online();
  client.stop();
  const elsewhere = new ImClient(nodePorts(server.url));
  await elsewhere.login('bob', 'demo');
  await elsewhere.session.revoke(client.session.deviceId);
  elsewhere.stop();
  client = new ImClient(nodePorts(server.url, device));
  client.start();
  await until(client.state, ({ signedOut }) => signedOut);
  expect(client.state.get().user).toBeUndefined();
});

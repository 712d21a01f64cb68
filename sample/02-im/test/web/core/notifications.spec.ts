import { ImClient } from '../../../web/src/core/im-client.js';
import type { PushPort } from '../../../web/src/core/ports.js';
import { ImServer } from '../../support/im-server.js';
import { eventually, PushService, type PushDevice } from '../../support/push-service.js';
import { nodePorts } from '../support/node-ports.js';
import { until } from '../support/until.js';

let server: ImServer;
let service: PushService;
let client: ImClient;
let browser: Browser;

/** What a browser does when it is asked to subscribe. */
class Browser implements PushPort {
  permission: 'granted' | 'denied' | 'default' = 'granted';
  keys: string[] = [];
  private isThere = false;

  constructor(readonly device: PushDevice) {}

  isDenied = () => this.permission === 'denied';
  isSubscribed = async () => this.isThere;
  subscribe = async (publicKey: string) => {
    if (this.permission !== 'granted') return undefined;
    this.keys.push(publicKey);
    this.isThere = true;
    return this.device.subscription;
  };
  unsubscribe = async () => void (this.isThere = false);
}

beforeAll(async () => {
  service = await PushService.start();
  server = await ImServer.start({ IM_PUSH_LOOPBACK: '1', IM_PUSH_DELAY: '100' });
}, 120_000);

beforeEach(async () => {
  browser = new Browser(service.device());
  client = new ImClient({ ...nodePorts(server.url), push: browser });
  await client.login('alice', 'demo');
});

afterEach(() => client.stop());

afterAll(async () => {
  await service.stop();
  await server.remove();
});

const becomes = (state: string) => until(client.notifications.state, (now) => now === state);

async function bobSays(text: string): Promise<void> {
  const bob = new ImClient(nodePorts(server.url));
  await bob.login('bob', 'demo');
  await until(bob.state, ({ connection }) => connection.status === 'online');
  bob.account.messages.send(bob.account.openDirect({ user_id: 'alice', name: 'Alice' }), { text });
  await until(
    bob.state,
    ({ outbox, rooms }) => outbox.length === 0 && [...rooms.values()].some(({ last_seq }) => last_seq > 0),
  );
  bob.stop();
}

it('has the server tell this device once it is switched on, and again after another start', async () => {
  await becomes('off');
  await client.notifications.enable();
  await becomes('on');
  client.stop();
  await bobSays('hello');
  expect((await browser.device.next()).payload).toMatchObject({ badge: expect.any(Number) });
  client.start();
  await until(client.state, ({ connection }) => connection.status === 'online');
  await becomes('on');
});

it('has nothing told after it is switched off, nor after its user has signed out', async () => {
  await client.notifications.enable();
  await client.notifications.disable();
  expect([client.notifications.state.get(), await browser.isSubscribed()]).toEqual(['off', false]);
  await client.notifications.enable();
  await client.logout();
  await becomes('off');
  const other = service.device();
  const { token } = await server.login('alice', 'other');
  await server.json('PUT', '/api/push/subscription', { body: other.subscription, token });
  await bobSays('are you there?');
  await other.next();
  const metrics = async () => (await server.request('GET', '/metrics')).text();
  await eventually(metrics, (text) => text.includes('im_pushes_waiting 0\n'));
  expect(browser.device.requests).toBe(0);
});

it('says that it is forbidden', async () => {
  browser.permission = 'default';
  await client.notifications.enable();
  await becomes('off');
  browser.permission = 'denied';
  await client.notifications.enable();
  await becomes('denied');
  expect(browser.keys).toEqual([]);
});

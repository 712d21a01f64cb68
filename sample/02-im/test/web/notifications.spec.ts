import { chromium, type Browser, type CDPSession } from 'playwright-core';
import { ImClient } from '../support/im-client.js';
import { ImServer } from '../support/im-server.js';
import { eventually, PushService, type PushDevice } from '../support/push-service.js';
import { Person } from './support/person.js';

let server: ImServer;
let service: PushService;
let browser: Browser;
let alice: Person;

beforeAll(async () => {
  service = await PushService.start();
  server = await ImServer.start({ IM_PUSH_LOOPBACK: '1', IM_PUSH_DELAY: '400', IM_PUSH_PREVIEW: '1' });
  browser = await chromium.launch({
    executablePath: process.env.CHROME_BIN ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--no-proxy-server'],
  });
}, 120_000);

beforeEach(async () => {
  alice = await Person.signIn(browser, server.url, 'alice');
});

afterEach(async () => {
  ImClient.disconnectAll();
  await alice.context.close();
  expect([...alice.complaints, ...service.complaints, ...server.complaints]).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
  await server?.remove();
});

const theSwitch = () => alice.page.getByRole('switch', { name: 'Notifications' });

/** A browser without a network has no push service: it gets the subscription of a device here. */
async function lendSubscription(device: PushDevice): Promise<void> {
  await alice.page.evaluate((subscription) => {
    const { prototype } = (globalThis as any).PushManager;
    let kept: object | null = null;
    prototype.getSubscription = async () => kept;
    prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }: any) => {
      if (!userVisibleOnly || typeof applicationServerKey !== 'string') throw new TypeError('Not as browsers want it');
      kept = {
        options: {},
        toJSON: () => subscription,
        unsubscribe: async () => {
          kept = null;
          return true;
        },
      };
      return kept;
    };
  }, device.subscription);
}

async function switchOn(device: PushDevice): Promise<void> {
  await alice.context.grantPermissions(['notifications'], { origin: server.url });
  await lendSubscription(device);
  await alice.page.getByLabel('Devices').click();
  expect(await theSwitch().getAttribute('aria-checked')).toBe('false');
  await theSwitch().click();
  await alice.page.locator('[role=switch][aria-checked=true]').waitFor();
}

/** By which the browser's developer tools name our service worker. */
async function registrationIdOf(cdp: CDPSession): Promise<string> {
  const { registrations } = await new Promise<any>((resolve, reject) => {
    cdp.on('ServiceWorker.workerRegistrationUpdated', resolve);
    cdp.send('ServiceWorker.enable').catch(reject);
  });
  return registrations[0].registrationId;
}

it('tells a browser by a notification of what came while no page was open, and opens the room at a click', async () => {
  const device = service.device();
  await switchOn(device);
  const cdp = await alice.context.newCDPSession(alice.page);
  const registrationId = await registrationIdOf(cdp);
  await alice.page.goto('about:blank');
  const bob = await ImClient.login(server, 'bob');
  const { roomId } = await bob.createRoom('Harbour', ['alice']);
  await bob.say(roomId, 'the ferry is late');
  const { payload } = await device.next();
  const data = JSON.stringify(payload);
  await cdp.send('ServiceWorker.deliverPushMessage', { origin: server.url, registrationId, data });

  const worker = alice.context.serviceWorkers()[0]!;
  const notifications = () =>
    worker.evaluate(async () => {
      const shown = await (globalThis as any).registration.getNotifications();
      return shown.map(({ title, body, tag }: any) => ({ title, body, tag }));
    });
  const [shown] = await eventually(notifications, ({ length }) => length > 0);
  expect(shown).toEqual({ title: 'Harbour', body: 'Bob: the ferry is late', tag: roomId });

  await alice.page.goto(server.url);
  await alice.room('Harbour').waitFor();
  // Nobody is there to click, so that the worker may not bring the page to the front.
  await worker.evaluate(async () => {
    const scope = globalThis as any;
    const [notification] = await scope.registration.getNotifications();
    const event = new scope.NotificationEvent('notificationclick', { notification });
    Object.defineProperty(event, 'waitUntil', { value: (done: Promise<void>) => done.catch(() => undefined) });
    scope.dispatchEvent(event);
  });
  await alice.page.locator('.chat-title', { hasText: 'Harbour' }).waitFor();
  await alice.sees('the ferry is late');
  expect(await notifications()).toEqual([]);
});

it('leaves whoever looks at the page alone', async () => {
  const device = service.device();
  await switchOn(device);
  const cdp = await alice.context.newCDPSession(alice.page);
  const registrationId = await registrationIdOf(cdp);
  const worker = alice.context.serviceWorkers()[0]!;
  // What it waits for is what it would show.
  const handled = worker.evaluate(async () => {
    const scope = globalThis as any;
    const waitUntil = scope.ExtendableEvent.prototype.waitUntil;
    const done = new Promise<void>((resolve) => {
      scope.ExtendableEvent.prototype.waitUntil = function (this: Event, work: Promise<void>) {
        waitUntil.call(this, work);
        resolve(work);
      };
      scope.isWatching = true;
    });
    await done;
    return (await scope.registration.getNotifications()).length;
  });
  await eventually(() => worker.evaluate(() => (globalThis as any).isWatching), Boolean);
  const data = JSON.stringify({ room_id: 'r', message_id: '1', seq: 1, badge: 1, mentioned: false });
  await cdp.send('ServiceWorker.deliverPushMessage', { origin: server.url, registrationId, data });
  expect(await handled).toBe(0);
});

it('is switched off again, and with it the subscription', async () => {
  const device = service.device();
  await switchOn(device);
  await theSwitch().click();
  await alice.page.locator('[role=switch][aria-checked=false]').waitFor();
  expect(
    await alice.page.evaluate(async () => {
      const registration = await (globalThis as any).navigator.serviceWorker.getRegistration();
      return registration.pushManager.getSubscription();
    }),
  ).toBeNull();
});

it('says so where the user has forbidden notifications', async () => {
  await alice.page.evaluate(() =>
    Object.defineProperty((globalThis as any).Notification, 'permission', { get: () => 'denied' }),
  );
  await alice.page.evaluate(() => {
    (globalThis as any).Notification.requestPermission = async () => 'denied';
  });
  await alice.page.getByLabel('Devices').click();
  await theSwitch().click();
  await alice.page.getByText('Blocked in the settings of the browser').waitFor();
  expect(await theSwitch().isDisabled()).toBe(true);
});

it('does without where a browser has no push', async () => {
  await alice.page.addInitScript(() => {
    delete (globalThis as any).PushManager;
  });
  await alice.page.reload();
  await alice.page.getByLabel('Devices').click();
  await alice.page.getByText('This browser has none here').waitFor();
  expect(await theSwitch().isDisabled()).toBe(true);
});

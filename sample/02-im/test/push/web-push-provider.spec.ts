import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import webPush from 'web-push';
import type { PushNotification } from '../../src/ports/push-provider.js';
import { WebPushProvider } from '../../src/push/web-push-provider.js';
import { PushService } from '../support/push-service.js';

const NOTIFICATION: PushNotification = { payload: '{"n":1}', subject: 'room', urgency: 'normal', ttl: 60 };
const KEYS = webPush.generateVAPIDKeys();
const OPTIONS = { subject: 'mailto:im@example.com', hosts: [], allowsLoopback: true };

const provider = new WebPushProvider(KEYS, OPTIONS, 500);
let service: PushService;
let server: Server | undefined;

beforeAll(async () => {
  service = await PushService.start();
});

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  expect(service.complaints).toEqual([]);
});

afterAll(() => service.stop());

/** A subscription whose push service answers so. */
async function answering(listener: RequestListener) {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { ...service.device().subscription, endpoint: `http://127.0.0.1:${port}/` };
}

it('delivers what the device decrypts', async () => {
  const device = service.device();
  expect(await provider.send(device.subscription, NOTIFICATION)).toEqual({ outcome: 'delivered' });
  expect(await device.next()).toMatchObject({ payload: { n: 1 }, headers: { ttl: '60', urgency: 'normal' } });
});

it('has one topic for a subject and a device, which tells nothing of either', async () => {
  const [one, other] = [service.device(), service.device()];
  const topicOf = async (device: typeof one, subject: string) => {
    await provider.send(device.subscription, { ...NOTIFICATION, subject });
    return (await device.next()).headers.topic;
  };
  const topic = await topicOf(one, 'room');
  expect(topic).toMatch(/^[\w-]{32}$/);
  expect(await topicOf(one, 'room')).toBe(topic);
  expect(await topicOf(one, 'another room')).not.toBe(topic);
  expect(await topicOf(other, 'room')).not.toBe(topic);
});

it.each([
  [200, {}, { outcome: 'delivered' }],
  [404, {}, { outcome: 'gone' }],
  [410, {}, { outcome: 'gone' }],
  [413, {}, { outcome: 'refused', reason: 'the push service has answered 413' }],
  [302, { Location: 'http://127.0.0.1/' }, { outcome: 'refused', reason: 'the push service has answered 302' }],
  [429, { 'Retry-After': '7' }, { outcome: 'retry', reason: 'the push service has answered 429', delay: 7_000 }],
  [503, {}, { outcome: 'retry', reason: 'the push service has answered 503', delay: undefined }],
])('understands %i %o', async (status, headers, result) => {
  const subscription = await answering(
    (request, response) => void request.resume().on('end', () => response.writeHead(status, headers).end()),
  );
  expect(await provider.send(subscription, NOTIFICATION)).toEqual(result);
});

it('waits for no answer for ever, and reads none without an end', async () => {
  const silent = await answering(() => undefined);
  expect(await provider.send(silent, NOTIFICATION)).toMatchObject({ outcome: 'retry' });
  server!.closeAllConnections();
  server!.close();
  let closed: Promise<unknown> | undefined;
  const endless = await answering((_request, response) => {
    response.on('error', () => undefined).writeHead(201);
    closed = once(response, 'close');
    const more = (): void => void (response.destroyed || (response.write(Buffer.alloc(16_384)), setImmediate(more)));
    more();
  });
  expect(await provider.send(endless, NOTIFICATION)).toEqual({ outcome: 'delivered' });
  await closed;
});

it('ends early when it is told to', async () => {
  const stop = new AbortController();
  const silent = await answering(() => stop.abort());
  expect(await provider.send(silent, NOTIFICATION, stop.signal)).toMatchObject({ outcome: 'retry' });
});

it('has no connection where there is nobody, and none to our own network', async () => {
  const subscription = await answering(() => undefined);
  server!.close();
  await once(server!, 'close');
  expect(await provider.send(subscription, NOTIFICATION)).toMatchObject({
    outcome: 'retry',
    reason: expect.stringContaining('ECONNREFUSED'),
  });
  let asked = 0;
  const inside = await answering((_request, response) => void (asked++, response.end()));
  const strict = new WebPushProvider(KEYS, { ...OPTIONS, allowsLoopback: false }, 500);
  const { port } = new URL(inside.endpoint);
  for (const [endpoint, outcome] of [
    [`https://127.0.0.1:${port}/`, 'refused'],
    [`https://localhost:${port}/`, 'retry'],
  ]) {
    expect(await strict.send({ ...inside, endpoint: endpoint! }, NOTIFICATION)).toMatchObject({
      outcome,
      reason: expect.stringContaining('not on the Internet'),
    });
  }
  expect(asked).toBe(0);
});

it('refuses what cannot be encrypted', async () => {
  const { endpoint } = service.device().subscription;
  const keys = { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth: Buffer.alloc(16).toString('base64url') };
  expect(await provider.send({ endpoint, keys }, NOTIFICATION)).toMatchObject({ outcome: 'refused' });
});

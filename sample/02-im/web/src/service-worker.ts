import type { PushPayload } from '../../src/model/push.js';
import type { OpenRoom } from './platform/browser-push.js';
import type { ServiceWorkerScope, WindowClient } from './service-worker-scope.js';

const worker = self as unknown as ServiceWorkerScope;

const isChinese = navigator.language.toLowerCase().startsWith('zh');
const NEW_MESSAGE = isChinese ? '新消息' : 'New message';
const MENTIONED = isChinese ? '有人提到你' : 'You were mentioned';

worker.addEventListener('install', () => void worker.skipWaiting());
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener('push', (event) => {
  if (event.data) event.waitUntil(show(event.data.json() as PushPayload));
});
worker.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data as PushPayload));
});

/** One for each room; whoever is looking at the page needs none. */
async function show(payload: PushPayload): Promise<void> {
  if ((await windows()).some(({ focused }) => focused)) return;
  const { room_id, preview, mentioned } = payload;
  const line = preview?.title ? `${preview.from}: ${preview.text}` : preview?.text;
  await worker.registration.showNotification(preview?.title || preview?.from || 'IM', {
    body: line || (mentioned ? MENTIONED : NEW_MESSAGE),
    tag: room_id,
    data: payload,
  });
}

async function open({ room_id }: PushPayload): Promise<void> {
  const [page] = await windows();
  if (!page) return void (await worker.clients.openWindow(`/#/${encodeURIComponent(room_id)}`));
  page.postMessage({ open: room_id } satisfies OpenRoom);
  await page.focus();
}

function windows(): Promise<readonly WindowClient[]> {
  return worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
}

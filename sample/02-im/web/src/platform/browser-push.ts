import type { PushPort } from '../core/ports.js';

/** Of the service worker, when a notification was clicked. */
export interface OpenRoom {
  readonly open: string;
}

const WORKER = '/service-worker.js';

/** Undefined where a browser has none of it: over plain HTTP, in some private windows, on iOS in a page that is not installed. */
export function browserPush(): PushPort | undefined {
  if (!('serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window)) return undefined;
  return {
    isDenied: () => Notification.permission === 'denied',
    isSubscribed: async () => (await subscription()) !== undefined,
    subscribe,
    unsubscribe: async () => void (await (await subscription())?.unsubscribe()),
  };
}

export function onNotificationOpened(open: (roomId: string) => void): void {
  if (!('serviceWorker' in navigator)) return;
  navigator.serviceWorker.addEventListener('message', ({ data }: MessageEvent<OpenRoom>) => open(data.open));
  navigator.serviceWorker.startMessages();
}

async function subscribe(publicKey: string): Promise<PushSubscriptionJSON | undefined> {
  if ((await Notification.requestPermission()) !== 'granted') return undefined;
  await navigator.serviceWorker.register(WORKER);
  const { pushManager } = await navigator.serviceWorker.ready;
  const kept = await pushManager.getSubscription();
  // Of a server that had other keys: nothing comes from there any more.
  if (kept && keyOf(kept) !== publicKey) await kept.unsubscribe();
  return (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey })).toJSON();
}

async function subscription(): Promise<PushSubscription | undefined> {
  const registration = await navigator.serviceWorker.getRegistration(WORKER);
  return (await registration?.pushManager.getSubscription()) ?? undefined;
}

function keyOf({ options }: PushSubscription): string {
  const bytes = String.fromCharCode(...new Uint8Array(options.applicationServerKey ?? new ArrayBuffer(0)));
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

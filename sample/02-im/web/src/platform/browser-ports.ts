import type { IStompSocket } from '@stomp/stompjs';
import type { Ports, UploadAnswer, UploadRequest } from '../core/ports.js';
import { browserPush } from './browser-push.js';
import { IndexedDbOutbox } from './indexed-db-outbox.js';
import { localSettings } from './local-settings.js';

export function browserPorts(): Ports {
  return {
    origin: location.origin,
    settings: localSettings(),
    outbox: new IndexedDbOutbox(),
    platform: 'web',
    deviceName: browserName(navigator.userAgent),
    openSocket: (url, protocols) => new WebSocket(url, protocols) as IStompSocket,
    fetch: (url, init) => fetch(url, init),
    upload,
    push: browserPush(),
    exclusively,
  };
}

/** `fetch` does not tell how far an upload has come. */
function upload({ url, token, file, name, signal, onProgress }: UploadRequest): Promise<UploadAnswer> {
  const form = new FormData();
  form.append('file', file, name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.setRequestHeader('authorization', `Bearer ${token}`);
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total ? loaded / total : 0));
    request.addEventListener('load', () => resolve({ status: request.status, body: request.responseText }));
    request.addEventListener('error', () => reject(new Error('The upload was interrupted')));
    request.addEventListener('abort', () => reject(new Error('The upload was cancelled')));
    signal.addEventListener('abort', () => request.abort());
    request.send(form);
  });
}

async function exclusively<T>(name: string, task: () => Promise<T>): Promise<T> {
  // Browsers have locks on https and localhost only.
  return 'locks' in navigator ? navigator.locks.request(name, task) : task();
}

/** "Chrome · Linux": enough to tell one's devices apart. */
export function browserName(agent: string): string {
  const find = (names: readonly [pattern: RegExp, name: string][]) =>
    names.find(([pattern]) => pattern.test(agent))?.[1];
  const browser = find([
    [/Edg\//, 'Edge'],
    [/Firefox\//, 'Firefox'],
    [/Chrome\//, 'Chrome'],
    [/Safari\//, 'Safari'],
  ]);
  const system = find([
    [/iPhone|iPad/, 'iOS'],
    [/Android/, 'Android'],
    [/Windows/, 'Windows'],
    [/Mac OS/, 'macOS'],
    [/Linux/, 'Linux'],
  ]);
  return [browser ?? 'Browser', system].filter(Boolean).join(' · ');
}

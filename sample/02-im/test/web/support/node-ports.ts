import type { IStompSocket } from '@stomp/stompjs';
import { WebSocket } from 'ws';
import type { OutboxItem } from '../../../web/src/core/outbox.js';
import type { OutboxStorage, Ports, Settings, UploadRequest } from '../../../web/src/core/ports.js';

/** What a device keeps when its page is closed. */
export class MemoryDevice {
  readonly settings: Settings;
  readonly outbox: OutboxStorage;
  onSet: ((key: string, value: string) => void) | undefined;
  private readonly values = new Map<string, string>();
  private readonly items = new Map<string, { userId: string; item: OutboxItem }>();

  constructor() {
    const { values, items } = this;
    this.settings = {
      get: (key) => values.get(key) ?? null,
      set: (key, value) => {
        values.set(key, value);
        this.onSet?.(key, value);
      },
      remove: (key) => void values.delete(key),
    };
    this.outbox = {
      load: async (userId) => [...items.values()].filter((one) => one.userId === userId).map(({ item }) => item),
      put: async (userId, item) => void items.set(item.client_msg_id, { userId, item }),
      remove: async (id) => void items.delete(id),
    };
  }

  get unsent(): number {
    return this.items.size;
  }
}

/** The client's core in Node. */
export function nodePorts(origin: string, device = new MemoryDevice()): Ports {
  return {
    origin,
    settings: device.settings,
    outbox: device.outbox,
    platform: 'node',
    deviceName: 'A test',
    openSocket: (url, protocols) => new WebSocket(url, protocols) as unknown as IStompSocket,
    fetch: (url, init) => fetch(url, init),
    upload,
    exclusively: (_name, task) => task(),
    reconnect: { initial: 20, maximum: 100 },
  };
}

async function upload({ url, token, file, name, signal, onProgress }: UploadRequest) {
  const body = new FormData();
  body.append('file', file, name);
  const response = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body, signal });
  onProgress(1);
  return { status: response.status, body: await response.text() };
}

import type { OutboxItem } from '../core/outbox.js';
import type { OutboxStorage } from '../core/ports.js';

type Stored = OutboxItem & { readonly user_id: string };

const DATABASE = 'im';
const STORE = 'outbox';

/** Unlike `localStorage` it keeps files as they are. */
export class IndexedDbOutbox implements OutboxStorage {
  private database: Promise<IDBDatabase> | undefined;

  async load(userId: string): Promise<OutboxItem[]> {
    const all = await this.run<Stored[]>('readonly', (store) => store.getAll());
    return all.filter((item) => item.user_id === userId);
  }

  async put(userId: string, item: OutboxItem): Promise<void> {
    await this.run('readwrite', (store) => store.put({ ...item, user_id: userId }));
  }

  async remove(clientMessageId: string): Promise<void> {
    await this.run('readwrite', (store) => store.delete(clientMessageId));
  }

  private async run<T>(mode: IDBTransactionMode, use: (store: IDBObjectStore) => IDBRequest): Promise<T> {
    this.database ??= open();
    const transaction = (await this.database).transaction(STORE, mode);
    return answer<T>(use(transaction.objectStore(STORE)));
  }
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.addEventListener('upgradeneeded', () =>
    request.result.createObjectStore(STORE, { keyPath: 'client_msg_id' }),
  );
  return answer(request);
}

function answer<T>(request: IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result as T));
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB')));
  });
}

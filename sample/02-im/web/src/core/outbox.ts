import type { MessageType } from '../../../src/model/message.js';
import type { Headers } from './connection.js';
import { Refusal } from './failures.js';
import type { OutboxStorage } from './ports.js';

export type OutboxDestination = '/app/im.send' | '/app/im.edit' | '/app/im.recall' | '/app/im.react' | '/app/im.pin';

export interface OutboxFile {
  readonly blob: Blob;
  readonly name: string;
  readonly width?: number;
  readonly height?: number;
}

/** Something that a person has said and that the server has not confirmed. */
export interface OutboxItem {
  /** The same at each attempt: so the server takes it once. */
  readonly client_msg_id: string;
  /** Where it shows; of a direct room that does not exist yet, `dm:` and the other's id. */
  readonly room_id: string;
  readonly created_at: number;
  readonly destination: OutboxDestination;
  readonly body: {
    readonly message_type?: MessageType;
    readonly message_content?: Readonly<Record<string, unknown>>;
    readonly seq?: number;
    readonly [name: string]: unknown;
  };
  /** Not uploaded yet. */
  readonly file?: OutboxFile;
  readonly status: 'queued' | 'uploading' | 'sending' | 'failed';
  /** Of the upload, from 0 to 1. */
  readonly progress?: number;
  readonly error?: string;
}

export interface OutboxListener {
  onChange(items: readonly OutboxItem[]): void;
  onSent(item: OutboxItem, receipt: Headers): void;
  send(item: OutboxItem): Promise<Headers>;
  /** Resolves with the `message_content` that takes the file's place. */
  upload(item: OutboxItem, onProgress: (share: number) => void, signal: AbortSignal): Promise<Record<string, unknown>>;
}

const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;

/** Keeps what is unsent, and sends it in order, one after another in each room, until each has its RECEIPT. */
export class Outbox {
  private items: readonly OutboxItem[] = [];
  private online = false;
  private readonly busyRooms = new Set<string>();
  private readonly uploads = new Map<string, AbortController>();
  private readonly pauses = new Set<ReturnType<typeof setTimeout>>();
  private readonly attempts = new Map<string, number>();

  constructor(
    private readonly storage: OutboxStorage,
    private readonly userId: string,
    private readonly listener: OutboxListener,
  ) {}

  /** What an earlier page has left behind. */
  async load(): Promise<void> {
    const stored = await this.storage.load(this.userId);
    const known = new Set(this.items.map((item) => item.client_msg_id));
    const earlier = stored
      .filter((item) => !known.has(item.client_msg_id))
      .map((item): OutboxItem => (item.status === 'failed' ? item : { ...item, status: 'queued' }))
      .toSorted((a, b) => a.created_at - b.created_at);
    this.change([...earlier, ...this.items]);
    this.flush();
  }

  add(item: OutboxItem): void {
    this.change([...this.items, item]);
    this.store(item);
    this.flush();
  }

  retry(clientMessageId: string): void {
    this.update(clientMessageId, { status: 'queued', error: undefined });
    this.flush();
  }

  discard(clientMessageId: string): void {
    this.uploads.get(clientMessageId)?.abort();
    this.remove(clientMessageId);
    this.flush();
  }

  setOnline(online: boolean): void {
    this.online = online;
    if (online) this.flush();
  }

  stop(): void {
    this.online = false;
    for (const upload of this.uploads.values()) upload.abort();
    for (const timer of this.pauses) clearTimeout(timer);
  }

  /** A direct room has got its real name. */
  moveRoom(from: string, to: string): void {
    for (const item of this.items.filter(({ room_id }) => room_id === from)) {
      this.update(item.client_msg_id, { room_id: to });
    }
  }

  private flush(): void {
    if (!this.online) return;
    for (const item of this.items.filter(({ file, status }) => file && status === 'queued')) void this.upload(item);
    for (const room of new Set(this.items.map(({ room_id }) => room_id))) void this.sendNext(room);
  }

  /** What waits for its file does not hold up what was written after it. */
  private async sendNext(room: string): Promise<void> {
    if (this.busyRooms.has(room)) return;
    const next = this.items.find((item) => item.room_id === room && !item.file && item.status === 'queued');
    if (!next) return;
    this.busyRooms.add(room);
    this.update(next.client_msg_id, { status: 'sending' });
    try {
      const receipt = await this.listener.send(next);
      this.listener.onSent(next, receipt);
      this.remove(next.client_msg_id);
    } catch (error) {
      await this.failed(next, error);
    }
    this.busyRooms.delete(room);
    this.flush();
  }

  private async upload(item: OutboxItem): Promise<void> {
    const id = item.client_msg_id;
    const abort = new AbortController();
    this.uploads.set(id, abort);
    this.update(id, { status: 'uploading', progress: 0 });
    try {
      const onProgress = (progress: number) => this.update(id, { progress }, false);
      const content = await this.listener.upload(item, onProgress, abort.signal);
      const body = { ...item.body, message_content: content };
      this.update(id, { file: undefined, status: 'queued', progress: undefined, body });
    } catch (error) {
      if (abort.signal.aborted) return;
      await this.failed(item, error);
    } finally {
      this.uploads.delete(id);
    }
    this.flush();
  }

  /** Waits here as long as it makes sense to wait before another attempt. */
  private async failed({ client_msg_id: id }: OutboxItem, error: unknown): Promise<void> {
    const refusal = error instanceof Refusal ? error : undefined;
    if (refusal && !refusal.retryable) {
      this.attempts.delete(id);
      return this.update(id, { status: 'failed', error: refusal.message, progress: undefined });
    }
    this.update(id, { status: 'queued', progress: undefined }, false);
    if (!this.online) return;
    const attempts = this.attempts.get(id) ?? 0;
    this.attempts.set(id, attempts + 1);
    const delay = Math.max(refusal?.retryAfterMs ?? 0, Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** attempts));
    await this.pause(delay);
  }

  private pause(delay: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.pauses.delete(timer);
        resolve();
      }, delay);
      this.pauses.add(timer);
    });
  }

  private update(id: string, part: Partial<OutboxItem>, store = true): void {
    const item = this.items.find(({ client_msg_id }) => client_msg_id === id);
    if (!item) return;
    const updated = { ...item, ...part };
    this.change(this.items.map((other) => (other === item ? updated : other)));
    if (store) this.store(updated);
  }

  private remove(id: string): void {
    this.attempts.delete(id);
    this.change(this.items.filter(({ client_msg_id }) => client_msg_id !== id));
    this.storage.remove(id).catch(() => undefined);
  }

  /** Without storage (a private window may have none) messages live as long as the page. */
  private store(item: OutboxItem): void {
    this.storage.put(this.userId, item).catch(() => undefined);
  }

  private change(items: readonly OutboxItem[]): void {
    this.items = items;
    this.listener.onChange(items);
  }
}

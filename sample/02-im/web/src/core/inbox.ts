import type { IMessage } from '@stomp/stompjs';
import type { StateFrame } from '../../../src/inbox/inbox-state.js';
import type { InboxEvent } from '../../../src/model/message.js';
import type { Connection } from './connection.js';
import type { Settings } from './ports.js';

export interface InboxListener {
  /** Has taken effect when it returns: then it is acknowledged. */
  onEvent(event: InboxEvent): void;
  /** What was missed cannot be told: what is kept of rooms is stale. */
  onReset(state: StateFrame): void;
}

interface Cursor {
  readonly epoch: string;
  readonly since: number;
}

const WINDOW = 256;
const ACK_AT_LEAST_EVERY = WINDOW / 4;
const ACK_DELAY_MS = 100;

/** This device's place in the user's events: applied up to `since`, in order, each once. */
export class Inbox {
  private cursor: Cursor | undefined;
  private unacknowledged: IMessage[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly key: string;

  constructor(
    private readonly connection: Connection,
    private readonly settings: Settings,
    userId: string,
    private readonly listener: InboxListener,
  ) {
    this.key = `im.cursor.${userId}`;
    const stored = settings.get(this.key);
    if (stored) this.cursor = JSON.parse(stored) as Cursor;
  }

  open(): void {
    this.unacknowledged = [];
    const headers: Record<string, string> = { ack: 'client', window: String(WINDOW), since: 'latest' };
    if (this.cursor) Object.assign(headers, { since: String(this.cursor.since), epoch: this.cursor.epoch });
    this.connection.subscribe('/user/queue/im.inbox', (body, message) => this.receive(body, message), headers);
  }

  close(): void {
    clearTimeout(this.timer);
  }

  /** Sent by this device, told by a RECEIPT: no event comes for it. */
  skip(inboxSeq: number): void {
    if (this.cursor && inboxSeq === this.cursor.since + 1) this.moveTo(inboxSeq);
  }

  private receive(body: StateFrame | InboxEvent, message: IMessage): void {
    if (body.kind === 'state') return this.begin(body);
    // The tail that was not acknowledged may come again on a new connection.
    if (body.inbox_seq > (this.cursor?.since ?? 0)) {
      this.listener.onEvent(body);
      this.moveTo(body.inbox_seq);
    }
    this.acknowledge(message);
  }

  private begin(state: StateFrame): void {
    const isNew = !this.cursor;
    this.cursor = { epoch: state.epoch, since: state.since };
    this.save();
    if (state.mode === 'reset' && !isNew) this.listener.onReset(state);
  }

  private moveTo(since: number): void {
    if (this.cursor) this.cursor = { ...this.cursor, since };
  }

  /** Cumulative, so one for many. */
  private acknowledge(message: IMessage): void {
    this.unacknowledged.push(message);
    if (this.unacknowledged.length >= ACK_AT_LEAST_EVERY) return this.flush();
    this.timer ??= setTimeout(() => this.flush(), ACK_DELAY_MS);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const last = this.unacknowledged.at(-1);
    this.unacknowledged = [];
    this.save();
    if (this.connection.isOnline) last?.ack();
  }

  private save(): void {
    this.settings.set(this.key, JSON.stringify(this.cursor));
  }
}

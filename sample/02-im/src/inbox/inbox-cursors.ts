import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { StompEventListener, SessionDisconnectEvent } from 'nestjs-stomp';
import { NotifyBus } from '../ports/notify-bus.js';
import { TimelineStore } from '../ports/timeline-store.js';
import { SWEEP_INTERVAL } from './inbox.constants.js';
import { InboxCursor } from './inbox-cursor.js';

/** The cursors of all sessions here. Hints move them; what a hint did not tell, a sweep does. */
@Injectable()
export class InboxCursors implements OnModuleInit, OnModuleDestroy {
  readonly #byUser = new Map<string, Set<InboxCursor>>();
  readonly #bySession = new Map<string, Set<InboxCursor>>();
  #sweep: NodeJS.Timeout | undefined;
  /** How often a sweep has found what no hint had told. */
  repaired = 0;

  constructor(
    private readonly store: TimelineStore,
    private readonly bus: NotifyBus,
    @Inject(SWEEP_INTERVAL) private readonly sweepInterval: number,
  ) {}

  onModuleInit(): void {
    this.bus.subscribe((hint) => {
      if (!('event' in hint)) return;
      for (const cursor of this.#byUser.get(hint.userId) ?? []) cursor.hint(hint.inboxSeq, hint.event);
    });
    this.#sweep = setInterval(() => void this.sweep().catch(() => undefined), this.sweepInterval).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.#sweep);
    for (const cursors of this.#byUser.values()) cursors.forEach((cursor) => cursor.end());
  }

  get size(): number {
    let size = 0;
    for (const cursors of this.#byUser.values()) size += cursors.size;
    return size;
  }

  /** @returns a cursor that hears of everything from now on */
  open(userId: string, sessionId: string): InboxCursor {
    const cursor = new InboxCursor(userId, this.store);
    added(this.#byUser, userId, cursor);
    added(this.#bySession, sessionId, cursor);
    return cursor;
  }

  close(cursor: InboxCursor, sessionId: string): void {
    cursor.end();
    removed(this.#byUser, cursor.userId, cursor);
    removed(this.#bySession, sessionId, cursor);
  }

  /** How far the sessions of a user have got, and when one of them has last shown that it is there; undefined if there is none. */
  progressOf(userId: string): { acknowledged: number; lastSign: number } | undefined {
    const cursors = [...(this.#byUser.get(userId) ?? [])];
    if (cursors.length === 0) return undefined;
    return {
      acknowledged: Math.max(...cursors.map(({ acknowledged }) => acknowledged)),
      lastSign: Math.max(...cursors.map(({ lastSign }) => lastSign)),
    };
  }

  /** The session has been told of it by a RECEIPT. */
  skip(sessionId: string, inboxSeq: number): void {
    for (const cursor of this.#bySession.get(sessionId) ?? []) cursor.skip(inboxSeq);
  }

  /** The session sends a message, and `answer` will tell it where it is stored. */
  sending(sessionId: string, clientMsgId: string, answer: Promise<unknown>): void {
    for (const cursor of this.#bySession.get(sessionId) ?? []) cursor.sending(clientMsgId, answer);
  }

  @StompEventListener(SessionDisconnectEvent)
  left({ sessionId }: SessionDisconnectEvent): void {
    for (const cursor of this.#bySession.get(sessionId) ?? []) this.close(cursor, sessionId);
  }

  async sweep(): Promise<void> {
    const heads = await this.store.heads([...this.#byUser.keys()]);
    for (const [userId, head] of heads) {
      for (const cursor of this.#byUser.get(userId) ?? []) {
        if (cursor.head < head) this.repaired++;
        cursor.hint(head);
      }
    }
  }
}

function added<K>(map: Map<K, Set<InboxCursor>>, key: K, cursor: InboxCursor): void {
  const known = map.get(key);
  if (known) known.add(cursor);
  else map.set(key, new Set([cursor]));
}

function removed<K>(map: Map<K, Set<InboxCursor>>, key: K, cursor: InboxCursor): void {
  const known = map.get(key);
  known?.delete(cursor);
  if (known?.size === 0) map.delete(key);
}

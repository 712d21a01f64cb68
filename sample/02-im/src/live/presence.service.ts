import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import {
  SessionConnectedEvent,
  SessionDisconnectEvent,
  SimpUserRegistry,
  StompEventListener,
  type StompSession,
} from 'nestjs-stomp';
import { IM_OPTIONS, type ImOptions } from '../im-options.js';
import { PresenceStore } from '../ports/presence-store.js';
import { LiveService } from './live.service.js';

/** Who is there. A user whose last session ends is online until a grace has passed: a train through a tunnel is no news. */
@Injectable()
export class PresenceService implements OnModuleDestroy {
  /** user → the users who watch them, each with the sessions by which they do. */
  readonly #watchers = new Map<string, Map<string, Set<string>>>();
  readonly #watchedBy = new Map<string, { watcher: string; watched: readonly string[] }>();
  readonly #leaving = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly store: PresenceStore,
    private readonly live: LiveService,
    private readonly users: SimpUserRegistry,
    @Inject(IM_OPTIONS) private readonly options: ImOptions,
  ) {}

  onModuleDestroy(): void {
    this.#leaving.forEach((timer) => clearTimeout(timer));
  }

  /** Replaces what the session has watched, and tells it how things stand. */
  async watch(session: StompSession, watched: readonly string[]): Promise<void> {
    // Nobody would forget what a session watches that ended while its frame was on the way here.
    if (session.isOver) return;
    const watcher = session.user!.name;
    this.#forget(session.id);
    this.#watchedBy.set(session.id, { watcher, watched });
    for (const userId of watched) {
      const watchers = this.#watchers.get(userId) ?? new Map<string, Set<string>>();
      watchers.set(watcher, (watchers.get(watcher) ?? new Set()).add(session.id));
      this.#watchers.set(userId, watchers);
    }
    for (const userId of watched) await this.live.tell(watcher, this.#presenceOf(userId));
  }

  @StompEventListener(SessionConnectedEvent)
  connected({ user }: SessionConnectedEvent): void {
    if (!user) return;
    clearTimeout(this.#leaving.get(user.name));
    this.#leaving.delete(user.name);
    if (!this.store.isOnline(user.name)) this.#changed(user.name, true);
  }

  @StompEventListener(SessionDisconnectEvent)
  disconnected({ user, sessionId }: SessionDisconnectEvent): void {
    this.#forget(sessionId);
    if (!user || this.users.getSessionCount(user.name) > 0 || this.#leaving.has(user.name)) return;
    const timer = setTimeout(() => {
      this.#leaving.delete(user.name);
      if (this.users.getSessionCount(user.name) === 0) this.#changed(user.name, false);
    }, this.options.presenceGrace);
    this.#leaving.set(user.name, timer.unref());
  }

  #changed(userId: string, isOnline: boolean): void {
    this.store.seen(userId, isOnline);
    const presence = this.#presenceOf(userId);
    for (const watcher of this.#watchers.get(userId)?.keys() ?? []) void this.live.tell(watcher, presence);
  }

  #presenceOf(userId: string): object {
    const last_seen_at = this.store.lastSeenAt(userId) ?? null;
    return { kind: 'presence', user_id: userId, online: this.store.isOnline(userId), last_seen_at };
  }

  #forget(sessionId: string): void {
    const known = this.#watchedBy.get(sessionId);
    if (!known) return;
    this.#watchedBy.delete(sessionId);
    for (const userId of known.watched) {
      const watchers = this.#watchers.get(userId);
      const sessions = watchers?.get(known.watcher);
      sessions?.delete(sessionId);
      if (sessions?.size === 0) watchers!.delete(known.watcher);
      if (watchers?.size === 0) this.#watchers.delete(userId);
    }
  }
}

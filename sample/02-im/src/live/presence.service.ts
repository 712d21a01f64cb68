import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import {
  SessionConnectedEvent,
  SessionDisconnectEvent,
  SimpUserRegistry,
  StompEventListener,
  type StompSession,
} from 'nestjs-stomp';
import { IM_OPTIONS, type ImOptions } from '../im-options.js';
import { NotifyBus } from '../ports/notify-bus.js';
import { PresenceStore } from '../ports/presence-store.js';
import { TimelineStore } from '../ports/timeline-store.js';
import { LiveService } from './live.service.js';

/** What one session watches. */
interface Watch {
  readonly watcher: string;
  readonly wished: ReadonlySet<string>;
  /** Those of the wished who may be watched. */
  readonly watched: Set<string>;
  /** Somebody has left a room while it was looked up who may be watched. */
  isOutdated: boolean;
}

/**
 * Who is there, for those who share a room with them. A user whose last session ends is online until a grace has passed: a train through a
 * tunnel is no news.
 */
@Injectable()
export class PresenceService implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger(PresenceService.name);
  /** user → the users who watch them, each with the sessions by which they do. */
  readonly #watchers = new Map<string, Map<string, Set<string>>>();
  readonly #bySession = new Map<string, Watch>();
  readonly #leaving = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly store: PresenceStore,
    private readonly live: LiveService,
    private readonly users: SimpUserRegistry,
    @Inject(IM_OPTIONS) private readonly options: ImOptions,
    private readonly timelines: TimelineStore,
    private readonly bus: NotifyBus,
  ) {}

  onModuleInit(): void {
    this.bus.subscribe((hint) => {
      if ('removed' in hint) void this.#hasLeft(hint.removed.userId);
    });
  }

  onModuleDestroy(): void {
    this.#leaving.forEach((timer) => clearTimeout(timer));
  }

  /** Replaces what the session has watched, and tells it how things stand. Of whoever shares no room with the watcher, nothing is told. */
  async watch(session: StompSession, wished: readonly string[]): Promise<void> {
    // Nobody would forget what a session watches that ended while its frame was on the way here.
    if (session.isOver) return;
    this.#forget(session.id);
    const watcher = session.user!.name;
    const watch: Watch = { watcher, wished: new Set(wished), watched: new Set(), isOutdated: false };
    this.#bySession.set(session.id, watch);
    let peers: readonly string[];
    do {
      watch.isOutdated = false;
      peers = await this.timelines.peers(watcher, wished);
    } while (watch.isOutdated);
    if (this.#bySession.get(session.id) !== watch) return;
    for (const userId of peers) {
      watch.watched.add(userId);
      const watchers = this.#watchers.get(userId) ?? new Map<string, Set<string>>();
      watchers.set(watcher, (watchers.get(watcher) ?? new Set()).add(session.id));
      this.#watchers.set(userId, watchers);
    }
    for (const userId of peers) await this.live.tell(watcher, this.#presenceOf(userId));
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

  /** A room: it may have been the last one that two had in common, of whom one watches the other. */
  async #hasLeft(userId: string): Promise<void> {
    for (const watch of this.#bySession.values()) {
      if (watch.watcher === userId || watch.wished.has(userId)) watch.isOutdated = true;
    }
    const watches = (this.users.getUser(userId)?.sessions ?? []).flatMap(({ id }) => this.#bySession.get(id) ?? []);
    const watchers = [...(this.#watchers.get(userId)?.keys() ?? [])];
    const others = new Set([...watches.flatMap(({ watched }) => [...watched]), ...watchers]);
    if (others.size === 0) return;
    const peers = await this.#peersOf(userId, [...others]);
    for (const other of others) {
      if (peers.has(other)) continue;
      this.#part(userId, other);
      this.#part(other, userId);
    }
  }

  /** Of nobody, if it cannot be known. */
  async #peersOf(userId: string, among: readonly string[]): Promise<Set<string>> {
    try {
      return new Set(await this.timelines.peers(userId, among));
    } catch (error) {
      this.#logger.debug(`Who may watch ${userId} could not be looked up: ${String(error)}`);
      return new Set();
    }
  }

  /** The one watches the other no more. */
  #part(watcher: string, userId: string): void {
    const watchers = this.#watchers.get(userId);
    for (const sessionId of watchers?.get(watcher) ?? []) this.#bySession.get(sessionId)?.watched.delete(userId);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.#watchers.delete(userId);
  }

  #forget(sessionId: string): void {
    const watch = this.#bySession.get(sessionId);
    if (!watch) return;
    this.#bySession.delete(sessionId);
    for (const userId of watch.watched) {
      const watchers = this.#watchers.get(userId);
      const sessions = watchers?.get(watch.watcher);
      sessions?.delete(sessionId);
      if (sessions?.size === 0) watchers!.delete(watch.watcher);
      if (watchers?.size === 0) this.#watchers.delete(userId);
    }
  }
}

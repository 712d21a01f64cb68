import type { PrincipalLike } from '../interfaces/principal.interface.js';
import { destinationUserName } from '../utils/principal.js';

/** A user with at least one connected session. */
export interface SimpUser {
  /** The principal's `destinationUserName` if it has one. */
  readonly name: string;
  /** What the session that came or was renewed last says of the user. */
  readonly principal: PrincipalLike;
  readonly sessions: readonly SimpSession[];
}

/** One connection of a user. */
export interface SimpSession {
  readonly id: string;
  readonly user: SimpUser;
  readonly subscriptions: readonly SimpSubscription[];
}

/** One subscription of a session; the destination is the client's, `/user/queue/x` rather than what it resolves to. */
export interface SimpSubscription {
  readonly id: string;
  readonly session: SimpSession;
  readonly destination: string;
}

/**
 * Who is there (Spring `SimpUserRegistry`). A user comes with the first connected session and goes with the last;
 * sessions without a user are not in it.
 */
export class SimpUserRegistry {
  readonly #users = new Map<string, UserEntry>();
  readonly #sessions = new Map<string, SessionEntry>();

  getUsers(): readonly SimpUser[] {
    return [...this.#users.values()];
  }

  getUser(name: string): SimpUser | undefined {
    return this.#users.get(name);
  }

  getUserCount(): number {
    return this.#users.size;
  }

  /** Without a copy of them. */
  getSessionCount(name: string): number {
    return this.#users.get(name)?.byId.size ?? 0;
  }

  findSubscriptions(matcher: (subscription: SimpSubscription) => boolean): readonly SimpSubscription[] {
    return [...this.#sessions.values()].flatMap((session) => session.subscriptions).filter(matcher);
  }

  /** The ids of a user's sessions, without a copy. */
  sessionIds(name: string): Iterable<string> {
    return this.#users.get(name)?.byId.keys() ?? [];
  }

  isSessionOf(name: string, sessionId: string): boolean {
    return this.#users.get(name)?.byId.has(sessionId) ?? false;
  }

  addSession(sessionId: string, principal: PrincipalLike): void {
    const name = destinationUserName(principal);
    const user = this.#users.get(name) ?? new UserEntry(name, principal);
    user.principal = principal;
    const session = new SessionEntry(sessionId, user);
    this.#users.set(user.name, user);
    user.byId.set(sessionId, session);
    this.#sessions.set(sessionId, session);
  }

  /** The session's user has newer credentials. */
  renewSession(sessionId: string, principal: PrincipalLike): void {
    const session = this.#sessions.get(sessionId);
    if (session) session.user.principal = principal;
  }

  removeSession(sessionId: string): void {
    const user = this.#sessions.get(sessionId)?.user;
    if (!user) return;
    this.#sessions.delete(sessionId);
    user.byId.delete(sessionId);
    if (user.byId.size === 0) this.#users.delete(user.name);
  }

  addSubscription(sessionId: string, id: string, destination: string): void {
    const session = this.#sessions.get(sessionId);
    session?.byId.set(id, { id, session, destination });
  }

  removeSubscription(sessionId: string, id: string): void {
    this.#sessions.get(sessionId)?.byId.delete(id);
  }
}

class UserEntry implements SimpUser {
  readonly byId = new Map<string, SessionEntry>();

  constructor(
    readonly name: string,
    public principal: PrincipalLike,
  ) {}

  get sessions(): readonly SimpSession[] {
    return [...this.byId.values()];
  }
}

class SessionEntry implements SimpSession {
  readonly byId = new Map<string, SimpSubscription>();

  constructor(
    readonly id: string,
    readonly user: UserEntry,
  ) {}

  get subscriptions(): readonly SimpSubscription[] {
    return [...this.byId.values()];
  }
}

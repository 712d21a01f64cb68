import type { PrincipalLike } from '../interfaces/principal.interface.js';
import { excluding, forEachOf, including, type OneOrMany } from '../utils/one-or-many.js';
import { destinationUserName } from '../utils/principal.js';
import { TurnoverMap } from '../utils/turnover-map.js';
import { PrivateDestinations } from './private-destinations.js';

/** A user with at least one connected session. */
export interface SimpUser {
  /** The principal's `destinationUserName` if it has one. */
  readonly name: string;
  /**
   * What the session that came or was renewed last says of the user. Of a user who is connected to other servers only, it has `name`,
   * `destinationUserName` and `roles`.
   */
  readonly principal: PrincipalLike;
  readonly sessions: readonly SimpSession[];
}

/** One connection of a user. */
export interface SimpSession {
  readonly id: string;
  readonly user: SimpUser;
  /** Of a session of another server, only with `cluster.shareSubscriptions`. */
  readonly subscriptions: readonly SimpSubscription[];
  /** The name of the server that the session is connected to, if it is another one. */
  readonly server: string | undefined;
}

/** One subscription of a session; the destination is the client's, `/user/queue/x` rather than what it resolves to. */
export interface SimpSubscription {
  readonly id: string;
  readonly session: SimpSession;
  readonly destination: string;
}

/** Told of what happens to the sessions of this server. */
export interface LocalSessionListener {
  sessionAdded(sessionId: string, principal: PrincipalLike): void;
  sessionRemoved(sessionId: string): void;
  subscriptionAdded(sessionId: string, id: string, destination: string): void;
  subscriptionRemoved(sessionId: string, id: string): void;
}

/** Another server, as the registry sees it. */
export interface RemoteServer {
  readonly id: string;
  readonly name: string;
}

/**
 * Who is there (Spring `SimpUserRegistry`). A user comes with the first connected session and goes with the last;
 * sessions without a user are not in it. With the option `cluster` it knows the users of all servers, soon after they have come or gone
 * (Spring `MultiServerUserRegistry`).
 */
export class SimpUserRegistry {
  readonly #users = new TurnoverMap<string, UserEntry>();
  readonly #sessions = new TurnoverMap<string, SessionEntry>();
  /** Of other servers, by the server's id and their own. */
  readonly #remote = new Map<string, Map<string, SessionEntry>>();
  #localUsers = 0;
  #listener: LocalSessionListener | undefined;

  getUsers(): readonly SimpUser[] {
    return [...this.#users.values()];
  }

  getUser(name: string): SimpUser | undefined {
    return this.#users.get(name);
  }

  getUserCount(): number {
    return this.#users.size;
  }

  /** Users with a session on this server. */
  get localUserCount(): number {
    return this.#localUsers;
  }

  findSubscriptions(matcher: (subscription: SimpSubscription) => boolean): readonly SimpSubscription[] {
    const all = [this.#sessions, ...this.#remote.values()];
    return all
      .flatMap((sessions) => [...sessions.values()].flatMap(({ subscriptions }) => subscriptions))
      .filter(matcher);
  }

  /** How many sessions the user has on this server, without a copy of them. */
  getSessionCount(name: string): number {
    return this.#users.get(name)?.localCount ?? 0;
  }

  /** The ids of a user's sessions on this server. */
  sessionIds(name: string): string[] {
    const ids: string[] = [];
    forEachOf(this.#users.get(name)?.all, (session) => session.isLocal && ids.push(session.id));
    return ids;
  }

  /** Whether it is one of the user's sessions, on whichever server. */
  isSessionOf(name: string, sessionId: string): boolean {
    const session = this.#sessions.get(sessionId) ?? this.#findRemote(sessionId);
    return session?.user.name === name;
  }

  /** @internal Of the user's sessions on this server. */
  privateDestinations(name: string): PrivateDestinations[] {
    const all: PrivateDestinations[] = [];
    forEachOf(this.#users.get(name)?.all, (session) => session.isLocal && all.push(session.privateDestinations));
    return all;
  }

  /** @internal Of a session on this server that has a user. */
  privateDestinationsOf(sessionId: string): PrivateDestinations | undefined {
    return this.#sessions.get(sessionId)?.privateDestinations;
  }

  addSession(sessionId: string, principal: PrincipalLike): void {
    const session = this.#add(sessionId, principal);
    session.user.principal = principal;
    this.#sessions.set(sessionId, session);
    this.#listener?.sessionAdded(sessionId, principal);
  }

  /** The session's user has newer credentials. */
  renewSession(sessionId: string, principal: PrincipalLike): void {
    const session = this.#sessions.get(sessionId);
    if (!session) return;
    session.user.principal = principal;
    this.#listener?.sessionAdded(sessionId, principal);
  }

  removeSession(sessionId: string): void {
    const session = this.#sessions.get(sessionId);
    if (!session) return;
    this.#sessions.delete(sessionId);
    this.#remove(session);
    this.#listener?.sessionRemoved(sessionId);
  }

  addSubscription(sessionId: string, id: string, destination: string): void {
    const session = this.#sessions.get(sessionId);
    if (!session) return;
    session.add(id, destination);
    this.#listener?.subscriptionAdded(sessionId, id, destination);
  }

  removeSubscription(sessionId: string, id: string): void {
    if (this.#sessions.get(sessionId)?.remove(id)) this.#listener?.subscriptionRemoved(sessionId, id);
  }

  /** @internal There is one: who tells other servers. */
  listen(listener: LocalSessionListener): void {
    this.#listener = listener;
  }

  /** @internal The users' sessions of this server. */
  localSessions(): IterableIterator<SimpSession> {
    return this.#sessions.values();
  }

  /** @internal How many they are. */
  get localSessionCount(): number {
    return this.#sessions.size;
  }

  /** @internal The ids of another server's sessions. */
  remoteSessionIds({ id }: RemoteServer): readonly string[] {
    return [...(this.#remote.get(id)?.keys() ?? [])];
  }

  /** @internal */
  remoteSessionCount({ id }: RemoteServer): number {
    return this.#remote.get(id)?.size ?? 0;
  }

  /** @internal Whether another server has the session. */
  isRemoteSession(sessionId: string): boolean {
    return this.#findRemote(sessionId) !== undefined;
  }

  /** @internal */
  addRemoteSession(server: RemoteServer, sessionId: string, principal: PrincipalLike): void {
    if (this.#sessions.has(sessionId)) return;
    const sessions = this.#remote.get(server.id) ?? new Map<string, SessionEntry>();
    this.#remote.set(server.id, sessions);
    const known = sessions.get(sessionId);
    if (known && known.user.name !== destinationUserName(principal)) this.removeRemoteSession(server, sessionId);
    const session = sessions.get(sessionId) ?? this.#add(sessionId, principal, server);
    if (session.user.localCount === 0) session.user.principal = principal;
    sessions.set(sessionId, session);
  }

  /** @internal */
  removeRemoteSession(server: RemoteServer, sessionId: string): void {
    const sessions = this.#remote.get(server.id);
    const session = sessions?.get(sessionId);
    if (!sessions || !session) return;
    sessions.delete(sessionId);
    this.#remove(session);
  }

  /** @internal */
  addRemoteSubscription(server: RemoteServer, sessionId: string, id: string, destination: string): void {
    this.#remote.get(server.id)?.get(sessionId)?.add(id, destination);
  }

  /** @internal */
  removeRemoteSubscription(server: RemoteServer, sessionId: string, id: string): void {
    this.#remote.get(server.id)?.get(sessionId)?.remove(id);
  }

  /** @internal All of a session. */
  removeRemoteSubscriptions(server: RemoteServer, sessionId: string): void {
    this.#remote.get(server.id)?.get(sessionId)?.clear();
  }

  /** @internal All of its sessions go. */
  removeServer({ id }: RemoteServer): void {
    const sessions = this.#remote.get(id);
    this.#remote.delete(id);
    for (const session of sessions?.values() ?? []) this.#remove(session);
  }

  #add(sessionId: string, principal: PrincipalLike, server?: RemoteServer): SessionEntry {
    const name = destinationUserName(principal);
    const user = this.#users.get(name) ?? new UserEntry(name, principal);
    this.#users.set(name, user);
    const session = new SessionEntry(sessionId, user, server);
    user.all = including(user.all, session);
    if (session.isLocal && user.localCount++ === 0) this.#localUsers++;
    return session;
  }

  #remove(session: SessionEntry): void {
    const { user } = session;
    user.all = excluding(user.all, session);
    if (session.isLocal && --user.localCount === 0) this.#localUsers--;
    if (!user.all) this.#users.delete(user.name);
  }

  #findRemote(sessionId: string): SessionEntry | undefined {
    for (const sessions of this.#remote.values()) {
      const session = sessions.get(sessionId);
      if (session) return session;
    }
    return undefined;
  }
}

class UserEntry implements SimpUser {
  /** Undefined before the first has come and when the last has gone. */
  all: OneOrMany<SessionEntry> | undefined;
  localCount = 0;

  constructor(
    readonly name: string,
    public principal: PrincipalLike,
  ) {}

  get sessions(): readonly SimpSession[] {
    const sessions: SimpSession[] = [];
    forEachOf(this.all, (session) => sessions.push(session));
    return sessions;
  }
}

class SessionEntry implements SimpSession {
  /** Made when it is needed: most sessions of other servers have none here. */
  #byId: Map<string, SimpSubscription> | undefined;
  #privateDestinations: PrivateDestinations | undefined;

  constructor(
    readonly id: string,
    readonly user: UserEntry,
    private readonly remote: RemoteServer | undefined,
  ) {}

  get server(): string | undefined {
    return this.remote?.name;
  }

  get isLocal(): boolean {
    return this.remote === undefined;
  }

  get privateDestinations(): PrivateDestinations {
    return (this.#privateDestinations ??= new PrivateDestinations());
  }

  get subscriptions(): readonly SimpSubscription[] {
    return [...(this.#byId?.values() ?? [])];
  }

  add(id: string, destination: string): void {
    this.#byId ??= new Map();
    this.#byId.set(id, { id, session: this, destination });
  }

  clear(): void {
    this.#byId = undefined;
  }

  remove(id: string): boolean {
    return this.#byId?.delete(id) ?? false;
  }
}

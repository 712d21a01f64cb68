import { CloseCode } from '../exceptions/stomp.exception.js';
import { destinationUserName } from '../utils/principal.js';
import { TurnoverMap } from '../utils/turnover-map.js';
import { within } from '../utils/within.js';
import type { Subscription } from '../messaging/subscription.js';
import type { ClientConnection } from '../transport/client-connection.js';
import type { SessionCommand } from './session-command.js';
import type { SessionContext } from './session-context.js';
import { StompSession } from './stomp-session.js';

/** So much of the time for a shut-down is for the goodbyes, in milliseconds. */
const GOODBYE_TIME = 1_000;

const ENDED = 'The server has ended the session';

/** All sessions whose line is open, connected or not, and what an application may do to them. */
export class StompSessionRegistry {
  readonly #sessions = new TurnoverMap<string, StompSession>();
  #whenEmpty: (() => void) | undefined;
  readonly #gone = (session: StompSession): void => {
    this.#sessions.delete(session.id);
    if (this.#sessions.size === 0) this.#whenEmpty?.();
  };
  /** Why, since it began. */
  #shutdown: string | undefined;

  constructor(
    private readonly context: SessionContext,
    /** Has a command carried out by the other servers. @returns how many of their sessions it is known to concern */
    private readonly toOthers: (command: SessionCommand) => number = () => 0,
  ) {}

  get size(): number {
    return this.#sessions.size;
  }

  get(id: string): StompSession | undefined {
    return this.#sessions.get(id);
  }

  [Symbol.iterator](): IterableIterator<StompSession> {
    return this.#sessions.values();
  }

  /**
   * Ends all sessions of a user, who has been signed out or may not be here any more. What is buffered for a session is still
   * written. Take the user's credentials back first: a client that is told to go may come again at once. With the option `cluster`, sessions
   * on other servers are ended, too, as soon as these hear of it.
   *
   * @param code what the client sees; docs/errors.md says what it should do then. @default 4401: ask for new credentials
   * @returns how many sessions there were; those on other servers as far as `SimpUserRegistry` knows of them
   * @example
   * await this.tokens.revoke('alice');
   * this.sessions.closeUser('alice');
   */
  closeUser(name: string, code: number = CloseCode.SessionEnded, reason = ENDED): number {
    const elsewhere = this.toOthers({ kind: 'close-user', user: name, code, reason });
    return this.#closeUser(name, code, reason) + elsewhere;
  }

  /**
   * Ends a session, as `closeUser` does, on whichever server it is.
   *
   * @returns false if there is none, as far as this server knows
   */
  closeSession(id: string, code: number = CloseCode.SessionEnded, reason = ENDED): boolean {
    if (this.#sessions.has(id)) return this.#closeSession(id, code, reason);
    return this.toOthers({ kind: 'close-session', sessionId: id, code, reason }) > 0;
  }

  /**
   * Ends all sessions of this server that match. All are looked at before the first one is closed.
   *
   * @returns how many did
   * @example
   * this.sessions.closeWhere(({ ip }) => this.banned.has(ip));
   */
  closeWhere(
    matcher: (session: StompSession) => boolean,
    code: number = CloseCode.SessionEnded,
    reason = ENDED,
  ): number {
    const matching = [...this.#sessions.values()].filter((session) => !session.isOver && matcher(session));
    for (const session of matching) session.close(code, reason);
    return matching.length;
  }

  /**
   * Ends a user's subscriptions of a destination, as `StompSession.unsubscribe()` does, on all servers.
   *
   * @param destination as the client has named it
   * @param reason for people, in the MESSAGE that tells the client
   * @returns how many there were on this server
   * @example
   * await this.rooms.remove('bob', 7);
   * this.sessions.dropUserSubscriptions('bob', '/topic/room.7', 'You have left the room.');
   */
  dropUserSubscriptions(name: string, destination: string, reason?: string): number {
    this.toOthers({ kind: 'drop-subscriptions', user: name, destination, reason });
    return this.#dropUserSubscriptions(name, destination, reason);
  }

  /**
   * Ends all subscriptions of this server's sessions that match, as `StompSession.unsubscribe()` does; their sessions go on. All are looked at before the first
   * one is ended. A guard decides when a client subscribes: this is for a right that is lost later.
   *
   * @param reason for people, in the MESSAGE that tells the client
   * @returns how many did
   * @example
   * this.sessions.dropSubscriptions(
   *   ({ destination }, { user }) => destination === '/topic/room.7' && user?.name === 'bob',
   *   'You have left the room.',
   * );
   */
  dropSubscriptions(matcher: (subscription: Subscription, session: StompSession) => boolean, reason?: string): number {
    const matching = [...this.#sessions.values()].flatMap((session) =>
      [...session.subscriptions.values()]
        .filter((subscription) => matcher(subscription, session))
        .map(({ id }) => ({ session, id })),
    );
    return matching.filter(({ session, id }) => session.unsubscribe(id, reason)).length;
  }

  /** @internal Carries out what another server has been asked for. */
  carryOut(command: SessionCommand): void {
    if (command.kind === 'close-user') this.#closeUser(command.user, command.code, command.reason);
    if (command.kind === 'close-session') this.#closeSession(command.sessionId, command.code, command.reason);
    if (command.kind === 'drop-subscriptions') {
      this.#dropUserSubscriptions(command.user, command.destination, command.reason);
    }
  }

  /** Begins a conversation over a new connection. */
  open(connection: ClientConnection): StompSession {
    const session = new StompSession(connection, this.context, this.#gone);
    this.#sessions.set(session.id, session);
    this.context.counters.opened++;
    if (this.#shutdown !== undefined) session.close(CloseCode.GoingAway, this.#shutdown);
    return session;
  }

  /**
   * Takes nothing more from any client, waits until all that has been received is handled, so that its RECEIPTs and MESSAGEs reach those who
   * are still there, and says goodbye to all (1001).
   *
   * @param timeout in milliseconds: what is still being handled shortly before its end is abandoned, and who has not gone then is cut off
   */
  async shutDown(reason: string, timeout: number): Promise<void> {
    const { framesUnderWay, log } = this.context;
    const end = performance.now() + timeout;
    this.#shutdown = reason;
    for (const session of this.#sessions.values()) session.drain();
    if (!(await within(Math.max(timeout - GOODBYE_TIME, timeout / 2), framesUnderWay.done()))) {
      log.warn(`${framesUnderWay.size} frames are abandoned: they were not handled within shutdownTimeout.`);
    }
    if (await within(end - performance.now(), this.#closeAll(reason))) return;
    log.debug(`${this.#sessions.size} connections are cut: they were not closed within shutdownTimeout.`);
    for (const session of this.#sessions.values()) session.terminate();
  }

  #closeUser(name: string, code: number, reason: string): number {
    return this.closeWhere((session) => isOf(session, name), code, reason);
  }

  #closeSession(id: string, code: number, reason: string): boolean {
    const session = this.#sessions.get(id);
    if (!session || session.isOver) return false;
    session.close(code, reason);
    return true;
  }

  #dropUserSubscriptions(name: string, destination: string, reason?: string): number {
    return this.dropSubscriptions((it, session) => isOf(session, name) && it.destination === destination, reason);
  }

  /** What is buffered for a client is written first. */
  async #closeAll(reason: string): Promise<void> {
    const empty = new Promise<void>((resolve) => (this.#whenEmpty = resolve));
    for (const session of this.#sessions.values()) session.close(CloseCode.GoingAway, reason);
    if (this.#sessions.size > 0) await empty;
  }
}

function isOf({ user }: StompSession, name: string): boolean {
  return user !== undefined && destinationUserName(user) === name;
}

import { CloseCode } from '../exceptions/stomp.exception.js';
import { destinationUserName } from '../utils/principal.js';
import { within } from '../utils/within.js';
import type { Subscription } from '../messaging/subscription.js';
import type { ClientConnection } from '../transport/client-connection.js';
import type { SessionContext } from './session-context.js';
import { StompSession } from './stomp-session.js';

/** So much of the time for a shut-down is for the goodbyes, in milliseconds. */
const GOODBYE_TIME = 1_000;

const ENDED = 'The server has ended the session';

/** All sessions whose line is open, connected or not, and what an application may do to them. */
export class StompSessionRegistry {
  readonly #sessions = new Map<string, StompSession>();
  #whenEmpty: (() => void) | undefined;
  /** Why, since it began. */
  #shutdown: string | undefined;

  constructor(private readonly context: SessionContext) {}

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
   * written. Take the user's credentials back first: a client that is told to go may come again at once.
   *
   * @param code what the client sees; docs/errors.md says what it should do then. @default 4401: ask for new credentials
   * @returns how many sessions there were
   * @example
   * await this.tokens.revoke('alice');
   * this.sessions.closeUser('alice');
   */
  closeUser(name: string, code: number = CloseCode.SessionEnded, reason = ENDED): number {
    return this.closeWhere(({ user }) => user !== undefined && destinationUserName(user) === name, code, reason);
  }

  /**
   * Ends all sessions that match. All are looked at before the first one is closed.
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
   * Ends all subscriptions that match, as `StompSession.unsubscribe()` does; their sessions go on. All are looked at before the first
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

  /** Begins a conversation over a new connection. */
  open(connection: ClientConnection): StompSession {
    const session = new StompSession(connection, this.context, () => this.#gone(session));
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

  /** What is buffered for a client is written first. */
  async #closeAll(reason: string): Promise<void> {
    const empty = new Promise<void>((resolve) => (this.#whenEmpty = resolve));
    for (const session of this.#sessions.values()) session.close(CloseCode.GoingAway, reason);
    if (this.#sessions.size > 0) await empty;
  }

  #gone(session: StompSession): void {
    this.#sessions.delete(session.id);
    if (this.#sessions.size === 0) this.#whenEmpty?.();
  }
}

import { Message } from '../messaging/message.js';
import type { Subscription } from '../messaging/subscription.js';
import type { StompSession } from '../session/stomp-session.js';
import { isPromise, then, type MaybePromise } from '../utils/maybe-promise.js';
import { destinationUserName } from '../utils/principal.js';
import type { MessageAuthorization } from './message-authorization.js';

const NO_BYTES = new Uint8Array();
const NO_LONGER = 'You may not subscribe to this any more.';

/**
 * Asks the rules of the option `security`, when a client's frame comes and again when a right may be lost (Spring Security
 * `AuthorizationManager<Message<?>>`).
 */
export class MessageAuthorizationManager {
  /** What the rules were asked about, for as long as the subscription lives. */
  readonly #asked = new WeakMap<Subscription, Message>();

  constructor(
    /** undefined: there are no rules, and everything is allowed. */
    private readonly authorization: MessageAuthorization | undefined,
    private readonly sessions: () => Iterable<StompSession>,
    private readonly onFailure: (error: unknown) => void,
    /** Has a user's subscriptions looked at by the other servers. */
    private readonly toOthers: (user: string) => void = () => {},
  ) {}

  get hasRules(): boolean {
    return this.authorization !== undefined;
  }

  /** @returns whether the client may do this */
  isAllowed(message: Message): MaybePromise<boolean> {
    const { command, subscription } = message.headers;
    // Before the rules answer: what changes while they do is asked about again.
    if (command === 'SUBSCRIBE' && subscription) this.#asked.set(subscription, new Message(NO_BYTES, message.headers));
    return this.authorization?.isAllowed(message) ?? true;
  }

  /**
   * The rules are asked when a client subscribes, not for each message that it gets. This asks them again about every subscription, with the
   * session's user as it is now, and ends those that they no longer allow, as `StompSession.unsubscribe()` does. Call it when what the rules
   * go by has changed: a member has been removed, a room has been locked. `StompSession.renew()` does so for its session by itself.
   *
   * With the option `cluster`, it asks about the sessions of this server; `recheckUser` is for all.
   *
   * At most one question of each session waits for an answer at a time; what a subscription is sent before its answer, it gets. What a rule
   * throws ends the subscription and is logged. Clients that subscribe in the meantime are asked about as ever.
   *
   * @param matcher which sessions. All are looked at before the first one is asked about. @default all
   * @returns how many subscriptions have ended: at once, unless a rule waits for something
   * @throws whatever the matcher throws; then none has ended
   * @example
   * await this.rooms.remove('bob', room);
   * await this.authorizationManager.recheckUser('bob');
   */
  recheck(matcher: (session: StompSession) => boolean = () => true): MaybePromise<number> {
    if (!this.authorization) return 0;
    const counts = [...this.sessions()].filter(matcher).map((session) => this.recheckSession(session));
    if (!counts.some(isPromise)) return sum(counts as number[]);
    return Promise.all(counts).then(sum);
  }

  /**
   * The same for all sessions of a user, on all servers.
   *
   * @returns how many subscriptions have ended on this one
   */
  recheckUser(name: string): MaybePromise<number> {
    this.toOthers(name);
    return this.recheckLocalUser(name);
  }

  /** @internal */
  recheckLocalUser(name: string): MaybePromise<number> {
    return this.recheck(({ user }) => user !== undefined && destinationUserName(user) === name);
  }

  /** The same for one session. */
  recheckSession(session: StompSession): MaybePromise<number> {
    return this.#endDenied(session, [...session.subscriptions.values()]);
  }

  #endDenied(session: StompSession, subscriptions: readonly Subscription[], from = 0, ended = 0): MaybePromise<number> {
    for (let i = from; i < subscriptions.length; i++) {
      const answer = this.#isEnded(session, subscriptions[i]!);
      if (isPromise<boolean>(answer)) {
        return answer.then((isEnded) => this.#endDenied(session, subscriptions, i + 1, ended + Number(isEnded)));
      }
      ended += Number(answer);
    }
    return ended;
  }

  #isEnded(session: StompSession, subscription: Subscription): MaybePromise<boolean> {
    const { user } = session;
    return then(this.#isStillAllowed(session, subscription), (isAllowed) => {
      // Whoever has renewed the session meanwhile has had the rules asked again, about the user of now.
      if (isAllowed || session.user !== user || subscription.isOver) return false;
      return session.unsubscribe(subscription.id, NO_LONGER);
    });
  }

  #isStillAllowed(session: StompSession, subscription: Subscription): MaybePromise<boolean> {
    const asked = this.#asked.get(subscription);
    // Its SUBSCRIBE has not come as far as the rules.
    if (!asked || subscription.isOver) return true;
    const failed = (error: unknown): boolean => {
      this.onFailure(error);
      return false;
    };
    try {
      const answer = this.authorization!.isAllowed(asked.with({ user: session.user }));
      return isPromise<boolean>(answer) ? answer.catch(failed) : answer;
    } catch (error) {
      return failed(error);
    }
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

import { randomUUID } from 'node:crypto';
import { StompException, quote } from '../exceptions/stomp.exception.js';
import type { SimpUserRegistry } from '../messaging/simp-user.registry.js';
import { TurnoverMap } from '../utils/turnover-map.js';

/** A user destination as the broker gets it. */
export interface ResolvedUserDestination {
  /** `/queue/x-user<secret>`: one session's own. */
  readonly destination: string;
  /** `/user/queue/x`: as the client knows it. */
  readonly originalDestination: string;
}

/** What is remembered of the destinations that a session has subscribed to: a client may go on to others for ever. */
const REMEMBERED_NAMES = 32;

/** The names that belong to one session. */
interface SessionNames {
  readonly secret: string;
  /** Few, so that they are found soonest in a list. */
  readonly resolved: NamedDestination[];
}

interface NamedDestination extends ResolvedUserDestination {
  /** What is behind the user prefix, with the slash between them. */
  readonly rest: string;
}

/** Where a message to a user goes. */
export interface UserMessageTargets {
  readonly targets: readonly ResolvedUserDestination[];
  /** Whether sessions of other servers may be meant, too. */
  readonly isElsewhere: boolean;
  /** The only session that is meant, the sender's own, if it is connected to another server. */
  readonly onlySession?: string;
}

/**
 * Translates `/user/…` to destinations of single sessions (Spring `DefaultUserDestinationResolver`).
 *
 * The names have a secret for each session that is never told to anyone: the session id, which CONNECTED shows, opens nothing.
 */
export class UserDestinationResolver {
  readonly #sessions = new TurnoverMap<string, SessionNames>();

  constructor(
    /** With a trailing slash. */
    readonly prefix: string,
    private readonly users: SimpUserRegistry,
    private readonly isSession: (sessionId: string) => boolean,
  ) {}

  isUserDestination(destination: string | undefined): destination is string {
    return destination?.startsWith(this.prefix) ?? false;
  }

  /** `/user/queue/x` subscribed by a session. */
  resolveSubscription(destination: string, sessionId: string): ResolvedUserDestination {
    const { secret, resolved } = this.#namesOf(sessionId);
    const rest = destination.slice(this.prefix.length - 1);
    const known = resolved.find((one) => one.rest === rest);
    if (known) return known;
    const named = { rest, ...this.#resolve(secret, rest) };
    if (resolved.length < REMEMBERED_NAMES) resolved.push(named);
    return named;
  }

  /**
   * `/user/{name}/queue/x`: all sessions of the user; only the sender's own if it is one of them. A session without a user goes
   * by its id.
   */
  resolveMessage(destination: string, senderId: string | undefined): UserMessageTargets {
    const { name, rest } = this.#parse(destination);
    if (senderId !== undefined && (senderId === name || this.users.isSessionOf(name, senderId))) {
      if (!this.isSession(senderId)) return { targets: [], isElsewhere: true, onlySession: senderId };
      return { targets: [this.#of(senderId, rest)], isElsewhere: false };
    }
    const sessions = this.users.sessionIds(name);
    if (sessions.length === 0 && this.isSession(name)) return { targets: [this.#of(name, rest)], isElsewhere: false };
    return { targets: sessions.map((sessionId) => this.#of(sessionId, rest)), isElsewhere: true };
  }

  /** A message to a user that comes from another server. @param onlySession as that one has found out */
  resolveRemote(destination: string, onlySession: string | undefined): readonly ResolvedUserDestination[] {
    if (onlySession === undefined) return this.resolveMessage(destination, undefined).targets;
    return this.isSession(onlySession) ? [this.#of(onlySession, this.#parse(destination).rest)] : [];
  }

  sessionEnded(sessionId: string): void {
    this.#sessions.delete(sessionId);
  }

  #parse(destination: string): { name: string; rest: string } {
    const nameEnd = destination.indexOf('/', this.prefix.length);
    if (nameEnd < 0) {
      throw new StompException(
        'STOMP_ERR_DESTINATION',
        `The destination ${quote(destination)} must have the form ${this.prefix}{name}/….`,
      );
    }
    const encoded = destination.slice(this.prefix.length, nameEnd);
    const name = encoded.includes('%2F') ? encoded.replaceAll('%2F', '/') : encoded;
    return { name, rest: destination.slice(nameEnd) };
  }

  #of(sessionId: string, rest: string): ResolvedUserDestination {
    const { secret, resolved } = this.#namesOf(sessionId);
    return resolved.find((one) => one.rest === rest) ?? this.#resolve(secret, rest);
  }

  #resolve(secret: string, rest: string): ResolvedUserDestination {
    return { destination: `${rest}-user${secret}`, originalDestination: `${this.prefix.slice(0, -1)}${rest}` };
  }

  #namesOf(sessionId: string): SessionNames {
    const known = this.#sessions.get(sessionId);
    if (known) return known;
    const names: SessionNames = { secret: randomUUID(), resolved: [] };
    // A frame that had to wait may come through when its session has gone: then nobody would forget the names.
    if (this.isSession(sessionId)) this.#sessions.set(sessionId, names);
    return names;
  }
}

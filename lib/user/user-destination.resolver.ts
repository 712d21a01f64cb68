import { StompException, quote } from '../exceptions/stomp.exception.js';
import { PrivateDestinations, type ResolvedUserDestination } from '../messaging/private-destinations.js';
import type { SimpUserRegistry } from '../messaging/simp-user.registry.js';
import { TurnoverMap } from '../utils/turnover-map.js';

/** Where a message to a user goes. */
export interface UserMessageTargets {
  readonly targets: readonly ResolvedUserDestination[];
  /** Whether sessions of other servers may be meant, too. */
  readonly isElsewhere: boolean;
  /** The only session that is meant, the sender's own, if it is connected to another server. */
  readonly onlySession?: string;
}

/** Translates `/user/…` to destinations of single sessions (Spring `DefaultUserDestinationResolver`). */
export class UserDestinationResolver {
  /** Of sessions without a user; the others have theirs in the registry. */
  readonly #anonymous = new TurnoverMap<string, PrivateDestinations>();

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
    // A frame that had to wait may come through when its session has gone: then nobody would forget the names.
    const own = this.#destinationsOf(sessionId) ?? new PrivateDestinations();
    return own.resolveSubscription(destination.slice(this.prefix.length - 1), this.prefix);
  }

  /**
   * `/user/{name}/queue/x`: all sessions of the user; only the sender's own if it is one of them. A session without a user goes
   * by its id.
   */
  resolveMessage(destination: string, senderId: string | undefined): UserMessageTargets {
    const { prefix } = this;
    const { name, rest } = this.#parse(destination);
    if (senderId !== undefined && (senderId === name || this.users.isSessionOf(name, senderId))) {
      const own = this.#destinationsOf(senderId);
      if (!own) return { targets: [], isElsewhere: true, onlySession: senderId };
      return { targets: [own.resolve(rest, prefix)], isElsewhere: false };
    }
    const targets = this.users.privateDestinations(name).map((own) => own.resolve(rest, prefix));
    const byId = targets.length === 0 ? this.#destinationsOf(name) : undefined;
    if (byId) return { targets: [byId.resolve(rest, prefix)], isElsewhere: false };
    return { targets, isElsewhere: true };
  }

  /** A message to a user that comes from another server. @param onlySession as that one has found out */
  resolveRemote(destination: string, onlySession: string | undefined): readonly ResolvedUserDestination[] {
    if (onlySession === undefined) return this.resolveMessage(destination, undefined).targets;
    const own = this.#destinationsOf(onlySession);
    return own ? [own.resolve(this.#parse(destination).rest, this.prefix)] : [];
  }

  sessionEnded(sessionId: string): void {
    this.#anonymous.delete(sessionId);
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

  /** Undefined if it is no session of this server. */
  #destinationsOf(sessionId: string): PrivateDestinations | undefined {
    const known = this.users.privateDestinationsOf(sessionId) ?? this.#anonymous.get(sessionId);
    if (known || !this.isSession(sessionId)) return known;
    const own = new PrivateDestinations();
    this.#anonymous.set(sessionId, own);
    return own;
  }
}

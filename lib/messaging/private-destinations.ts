import { randomUUID } from 'node:crypto';

/** A user destination as the broker gets it. */
export interface ResolvedUserDestination {
  /** `/queue/x-user<secret>`: one session's own. */
  readonly destination: string;
  /** `/user/queue/x`: as the client knows it. */
  readonly originalDestination: string;
}

interface NamedDestination extends ResolvedUserDestination {
  /** What is behind the user prefix, with the slash between them. */
  readonly rest: string;
}

/** What is remembered of the destinations that a session has subscribed to: a client may go on to others for ever. */
const REMEMBERED = 32;

/**
 * What the user destinations of one session are for the broker. Their names have a secret that is never told to anyone: the session id, which
 * CONNECTED shows, opens nothing.
 */
export class PrivateDestinations {
  readonly #secret = randomUUID();
  /** Few, so that they are found soonest in a list. */
  readonly #subscribed: NamedDestination[] = [];

  /**
   * @param rest what is behind the user prefix, with the slash between them
   * @param prefix of user destinations, with a trailing slash
   */
  resolve(rest: string, prefix: string): ResolvedUserDestination {
    return this.#find(rest) ?? this.#name(rest, prefix);
  }

  /** The same for a subscription of the session's own, which is likely to be sent to. */
  resolveSubscription(rest: string, prefix: string): ResolvedUserDestination {
    const known = this.#find(rest);
    if (known) return known;
    const named = this.#name(rest, prefix);
    if (this.#subscribed.length < REMEMBERED) this.#subscribed.push(named);
    return named;
  }

  #find(rest: string): NamedDestination | undefined {
    return this.#subscribed.find((one) => one.rest === rest);
  }

  #name(rest: string, prefix: string): NamedDestination {
    return {
      rest,
      destination: `${rest}-user${this.#secret}`,
      originalDestination: `${prefix.slice(0, -1)}${rest}`,
    };
  }
}

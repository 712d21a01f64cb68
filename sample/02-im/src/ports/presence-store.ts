/** Who is online, and when the others were. Nothing that must be right depends on it. */
export abstract class PresenceStore {
  abstract isOnline(userId: string): boolean;
  /** Milliseconds since 1970; undefined if the user was not seen since the start. */
  abstract lastSeenAt(userId: string): number | undefined;
  abstract seen(userId: string, isOnline: boolean): void;
}

/** Of one process; of the last ones who were there, up to a limit. */
export class LocalPresenceStore extends PresenceStore {
  readonly #online = new Set<string>();
  readonly #lastSeen = new Map<string, number>();

  constructor(private readonly limit = 100_000) {
    super();
  }

  isOnline(userId: string): boolean {
    return this.#online.has(userId);
  }

  lastSeenAt(userId: string): number | undefined {
    return this.#lastSeen.get(userId);
  }

  seen(userId: string, isOnline: boolean): void {
    if (isOnline) this.#online.add(userId);
    else this.#online.delete(userId);
    this.#lastSeen.delete(userId);
    this.#lastSeen.set(userId, Date.now());
    if (this.#lastSeen.size > this.limit) this.#lastSeen.delete(this.#lastSeen.keys().next().value!);
  }
}

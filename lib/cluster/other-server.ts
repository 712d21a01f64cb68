import type { RemoteServer } from '../messaging/simp-user.registry.js';

/** What this server knows of another one. */
export class OtherServer implements RemoteServer {
  name: string;
  /** Whether a beat has told its name. */
  isKnown = false;
  heardAt = performance.now();
  /** Whether its users are here as they are there. */
  isInSync = false;
  #sequence: number | undefined;
  #askedAt = -Infinity;
  /** While a snapshot comes: those of its sessions here that it has not named. */
  #unnamed: Set<string> | undefined;

  constructor(readonly id: string) {
    this.name = id.slice(0, 8);
  }

  /** @returns how many batches have been missed before this one; undefined: it has been read already */
  next(sequence: number): number | undefined {
    const last = this.#sequence;
    if (last !== undefined && sequence <= last) return undefined;
    this.#sequence = sequence;
    const missed = last === undefined ? 0 : sequence - last - 1;
    if (missed > 0) this.outOfSync();
    return missed;
  }

  outOfSync(): void {
    this.isInSync = false;
    this.#unnamed = undefined;
  }

  /** Whether a snapshot should be asked for: not as long as one may be on its way. */
  shouldAsk(patience: number): boolean {
    const now = performance.now();
    if (this.isInSync || this.#unnamed || now - this.#askedAt < patience) return false;
    this.#askedAt = now;
    return true;
  }

  get isBeingRead(): boolean {
    return this.#unnamed !== undefined;
  }

  beginSnapshot(sessionIds: Iterable<string>): void {
    this.#unnamed = new Set(sessionIds);
  }

  /** The session has been named, as one that is there or one that has gone. */
  named(sessionId: string): void {
    this.#unnamed?.delete(sessionId);
  }

  /** @returns the sessions that have gone unnoticed */
  endSnapshot(): Iterable<string> {
    const unnamed = this.#unnamed;
    if (unnamed) this.isInSync = true;
    this.#unnamed = undefined;
    this.#askedAt = -Infinity;
    return unnamed ?? [];
  }
}

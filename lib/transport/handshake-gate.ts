import { isPromise, type MaybePromise } from '../utils/maybe-promise.js';
import type { TimerWheel } from '../utils/timer-wheel.js';
import { HandshakeRefusal } from './handshake-refusal.js';

/** Bounds what handshakes that wait for the application (a database, another server) may pile up. */
export class HandshakeGate {
  /** How to refuse those that are under way, and whether they are those of new clients. */
  readonly #underWay = new Map<(refusal: HandshakeRefusal) => void, boolean>();

  constructor(
    private readonly wheel: TimerWheel,
    /** How many may be under way at a time. */
    private readonly limit: number,
    /** How long each may take, in milliseconds. */
    private readonly timeLimit: number,
  ) {}

  /**
   * What the handshake comes to, unless too many are under way or it takes too long: then the client is refused.
   * @param onLate is told of what came of one that took too long; without it, it is a request of a session that is there already
   * @throws HandshakeRefusal (also as a rejection)
   */
  pass<T>(start: () => MaybePromise<T>, onLate?: (result: T) => void): MaybePromise<T> {
    if (this.#underWay.size >= this.limit) throw HandshakeRefusal.because('handshakeLimit', 503);
    const started = start();
    return isPromise<T>(started) ? this.#waitFor(started, onLate) : started;
  }

  #waitFor<T>(started: Promise<T>, onLate: ((result: T) => void) | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let isLate = false;
      const refuse = (refusal: HandshakeRefusal): void => {
        isLate = true;
        settled();
        reject(refusal);
      };
      const timer = this.wheel.after(this.timeLimit, () => {
        refuse(HandshakeRefusal.because('handshakeTimeout', 503));
      });
      const settled = (): void => {
        timer.cancel();
        this.#underWay.delete(refuse);
      };
      this.#underWay.set(refuse, onLate !== undefined);
      started.then(
        (result) => {
          settled();
          if (isLate) onLate?.(result);
          else resolve(result);
        },
        (error: unknown) => {
          settled();
          reject(error instanceof Error ? error : new HandshakeRefusal(403));
        },
      );
    });
  }

  /** Refuses the new clients that are under way. */
  close(): void {
    for (const [refuse, isNew] of this.#underWay) {
      if (isNew) refuse(HandshakeRefusal.because('shutdown', 503));
    }
  }
}

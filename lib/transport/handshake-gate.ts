import type { TimerWheel } from '../utils/timer-wheel.js';
import { HandshakeRefusal } from './handshake-refusal.js';

/** Bounds what handshakes that wait for the application (a database, another server) may pile up. */
export class HandshakeGate {
  /** How to refuse those that are under way. */
  readonly #underWay = new Set<(refusal: HandshakeRefusal) => void>();

  constructor(
    private readonly wheel: TimerWheel,
    /** How many may be under way at a time. */
    private readonly limit: number,
    /** How long each may take, in milliseconds. */
    private readonly timeLimit: number,
  ) {}

  /**
   * What the handshake comes to, unless too many are under way or it takes too long: then the client is refused.
   * @param onLate is told of what came of one that took too long
   * @throws HandshakeRefusal (as a rejection)
   */
  pass<T>(start: () => Promise<T>, onLate: (result: T) => void = () => {}): Promise<T> {
    if (this.#underWay.size >= this.limit) {
      return Promise.reject(new HandshakeRefusal(503, undefined, {}, 'handshakeLimit'));
    }
    return new Promise<T>((resolve, reject) => {
      let isLate = false;
      const refuse = (refusal: HandshakeRefusal): void => {
        isLate = true;
        settled();
        reject(refusal);
      };
      const timer = this.wheel.after(this.timeLimit, () => {
        refuse(new HandshakeRefusal(503, undefined, {}, 'handshakeTimeout'));
      });
      const settled = (): void => {
        timer.cancel();
        this.#underWay.delete(refuse);
      };
      this.#underWay.add(refuse);
      start().then(
        (result) => {
          settled();
          if (isLate) onLate(result);
          else resolve(result);
        },
        (error: unknown) => {
          settled();
          reject(error instanceof Error ? error : new HandshakeRefusal(403));
        },
      );
    });
  }

  /** Refuses all that are under way. */
  close(): void {
    for (const refuse of this.#underWay) refuse(new HandshakeRefusal(503, undefined, {}, 'shutdown'));
  }
}

import type { TimerWheel } from '../utils/timer-wheel.js';
import { HandshakeRefusal } from './handshake-refusal.js';

/** Bounds what handshakes that wait for the application (a database, another server) may pile up. */
export class HandshakeGate {
  #underWay = 0;

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
    if (this.#underWay >= this.limit) return Promise.reject(new HandshakeRefusal(503));
    this.#underWay++;
    return new Promise<T>((resolve, reject) => {
      let isLate = false;
      const timer = this.wheel.after(this.timeLimit, () => {
        isLate = true;
        this.#underWay--;
        reject(new HandshakeRefusal(503));
      });
      const settled = (): void => {
        timer.cancel();
        if (!isLate) this.#underWay--;
      };
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
}

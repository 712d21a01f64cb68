import { CloseCode, StompException } from '../exceptions/stomp.exception.js';
import type { TimerWheel, WheelTimer } from '../utils/timer-wheel.js';

/** The wheel runs by a clock of its own, and the one on the wall may be set: it is looked at this often, in milliseconds. */
const LONGEST_WAIT = 60_000;

/** Until when a session may go on. */
export class SessionExpiry {
  #expiresAt = Infinity;
  #timer: WheelTimer | undefined;

  constructor(
    private readonly wheel: TimerWheel,
    private readonly onExpired: () => void,
  ) {}

  /** True from the very moment on; `onExpired` is called a tick later at most. */
  get hasCome(): boolean {
    return this.#expiresAt !== Infinity && this.#expiresAt <= Date.now();
  }

  /** @param expiresAt milliseconds since the epoch; Infinity: never */
  set(expiresAt: number): void {
    this.stop();
    this.#expiresAt = expiresAt;
    if (expiresAt !== Infinity) this.#plan();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #plan(): void {
    this.#timer = this.wheel.after(Math.min(this.#expiresAt - Date.now(), LONGEST_WAIT), () => {
      if (this.hasCome) this.onExpired();
      else this.#plan();
    });
  }
}

/** The user's credentials are not to be believed any more. */
export function expired(): StompException {
  return new StompException('STOMP_ERR_EXPIRED', 'The credentials have expired.', CloseCode.SessionEnded);
}

import type { HeartBeatInterval } from './heart-beat.js';
import type { TimerWheel, WheelTimer } from '../utils/timer-wheel.js';

/** How many intervals of silence are a death: the wire and the other side's own timers are allowed some. Spring's factor. */
const MARGIN = 3;

export interface HeartBeatActions {
  /** Sends a lone EOL. */
  beat(): void;
  /** Whether silence is our own doing: while a frame is being handled the other side may have been told to wait. */
  isWaitedFor(): boolean;
  /** The other side has not been heard for too long. */
  silence(): void;
}

/** Both directions of one connection's heart-beats (STOMP 1.2 “Heart-beating”), on the timer wheel of all. */
export class HeartBeats {
  #interval: HeartBeatInterval = { send: 0, receive: 0 };
  #lastHeard = 0;
  #lastWritten = 0;
  #isStopped = false;
  #sending: WheelTimer | undefined;
  #listening: WheelTimer | undefined;

  constructor(
    private readonly wheel: TimerWheel,
    private readonly actions: HeartBeatActions,
    private readonly margin = MARGIN,
  ) {}

  start(interval: HeartBeatInterval): void {
    this.#interval = interval;
    this.#lastHeard = this.#lastWritten = Math.floor(performance.now());
    if (interval.send > 0) this.#planSending(this.#sendAfter);
    if (interval.receive > 0) this.#planListening(this.#deadAfter);
  }

  stop(): void {
    this.#isStopped = true;
    this.#sending?.cancel();
    this.#listening?.cancel();
  }

  /** Any byte from the other side is a sign of life. */
  heard(): void {
    this.#lastHeard = this.wheel.now;
  }

  /** Any frame to the other side spares it a beat. */
  wrote(): void {
    this.#lastWritten = this.wheel.now;
  }

  /** Two ticks early, and never later than at nine tenths: what was promised is the longest silence, not the average. */
  get #sendAfter(): number {
    const { send } = this.#interval;
    return Math.max(Math.min(send - 2 * this.wheel.tick, send * 0.9), 1);
  }

  get #deadAfter(): number {
    return this.#interval.receive * this.margin;
  }

  #planSending(delay: number): void {
    this.#sending = this.wheel.after(delay, () => {
      const remaining = this.#lastWritten + this.#sendAfter - this.wheel.now;
      if (remaining > 0) return this.#planSending(remaining);
      this.actions.beat();
      // A client that has not read for long is given up at this beat.
      if (this.#isStopped) return;
      this.wrote();
      this.#planSending(this.#sendAfter);
    });
  }

  #planListening(delay: number): void {
    this.#listening = this.wheel.after(delay, () => {
      if (this.actions.isWaitedFor()) this.heard();
      const remaining = this.#lastHeard + this.#deadAfter - this.wheel.now;
      if (remaining > 0) return this.#planListening(remaining);
      this.actions.silence();
    });
  }
}

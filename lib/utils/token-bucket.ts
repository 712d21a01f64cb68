import type { RateOptions } from '../interfaces/rate-limit-options.interface.js';

/** How many may come: so many in each second in the long run, and at once what has been saved up. */
export interface Rate {
  readonly perSecond: number;
  /** How much can be saved up. */
  readonly burst: number;
}

/** A number stands for itself, with two seconds' worth of it as the burst. */
export function rateOf(options: RateOptions): Rate;
export function rateOf(options: number | RateOptions | undefined): Rate | undefined;
export function rateOf(options: number | RateOptions | undefined): Rate | undefined {
  if (options === undefined) return undefined;
  const { perSecond, burst } = typeof options === 'number' ? { perSecond: options } : options;
  return { perSecond, burst: burst ?? Math.max(2 * perSecond, 1) };
}

/** Fills at a rate and is taken from (token bucket). It has no timer: what has come in is worked out when somebody takes. */
export class TokenBucket {
  #tokens: number;
  #filledAt: number;

  constructor(
    private readonly rate: Rate,
    now: number,
  ) {
    this.#tokens = rate.burst;
    this.#filledAt = now;
  }

  /**
   * Whether there is so much. What is more than the bucket can ever hold is let pass when it is full, and paid for afterwards.
   * @param now in milliseconds
   */
  has(amount: number, now: number): boolean {
    return this.#fill(now) >= Math.min(amount, this.rate.burst);
  }

  take(amount: number): void {
    this.#tokens -= amount;
  }

  /** How long until there is so much, in milliseconds. */
  wait(amount: number, now: number): number {
    const missing = Math.min(amount, this.rate.burst) - this.#fill(now);
    return Math.max(Math.ceil((missing / this.rate.perSecond) * 1_000), 0);
  }

  /** Whether it is as good as new. */
  isFull(now: number): boolean {
    return this.#fill(now) >= this.rate.burst;
  }

  #fill(now: number): number {
    const { perSecond, burst } = this.rate;
    this.#tokens = Math.min(this.#tokens + ((now - this.#filledAt) / 1_000) * perSecond, burst);
    this.#filledAt = now;
    return this.#tokens;
  }
}

import { createHash } from 'node:crypto';
import { TokenBucket, type Rate } from './token-bucket.js';

/** After so many look-ups it looks for buckets that nobody needs any more. */
const SWEEP_EVERY = 1_024;

/** Clients choose keys, destinations for example: of longer ones the hash is remembered. */
const LONGEST_KEY = 128;

/**
 * A bucket for each key: a user, an address, a destination. A key that has not taken anything for as long as its bucket needs to fill is
 * forgotten, since a new bucket would be the same; and of more keys than `limit` the one that was added first.
 */
export class TokenBuckets {
  readonly #buckets = new Map<string, TokenBucket>();
  #lookUps = 0;

  constructor(
    private readonly rate: Rate,
    private readonly limit: number,
  ) {}

  get size(): number {
    return this.#buckets.size;
  }

  of(name: string, now: number): TokenBucket {
    const key = name.length > LONGEST_KEY ? createHash('sha256').update(name).digest('base64') : name;
    const known = this.#buckets.get(key);
    if (known) return known;
    if (++this.#lookUps % SWEEP_EVERY === 0) this.#sweep(now);
    if (this.#buckets.size >= this.limit) this.#buckets.delete(this.#buckets.keys().next().value!);
    const bucket = new TokenBucket(this.rate, now);
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #sweep(now: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (bucket.isFull(now)) this.#buckets.delete(key);
    }
  }
}

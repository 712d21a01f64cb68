import type { ResolvedRateLimit } from '../interfaces/rate-limit-options.interface.js';
import { destinationUserName } from '../utils/principal.js';
import type { Message } from '../messaging/message.js';
import { DestinationRule } from './destination-rule.js';
import { TokenBuckets } from '../utils/token-buckets.js';
import type { TokenBucket } from '../utils/token-bucket.js';

/** What one message takes from one bucket. */
export interface Draw {
  readonly bucket: TokenBucket;
  readonly amount: number;
  /** Such as `10 frames per second for each user`. */
  readonly limit: string;
}

/** One of the limits, and what has come of late. */
export class RateLimit {
  readonly #destinations: readonly DestinationRule[] | undefined;
  readonly #frames: TokenBuckets | undefined;
  readonly #bytes: TokenBuckets | undefined;

  /** @param keyLimit how many sessions, users, addresses or destinations are remembered at once */
  constructor(
    private readonly options: ResolvedRateLimit,
    separator: '/' | '.',
    keyLimit: number,
    private readonly addressOf: (sessionId: string) => string | undefined,
  ) {
    const { destination, frames, bytes } = options;
    this.#destinations = destination?.map(
      (pattern) => new DestinationRule('rateLimits[].destination', pattern, separator),
    );
    this.#frames = frames && new TokenBuckets(frames, keyLimit);
    this.#bytes = bytes && new TokenBuckets(bytes, keyLimit);
  }

  /** What the message would take, if the limit is for it. */
  drawsOf(message: Message, now: number): Draw[] {
    const { destination } = message.headers;
    if (
      this.#destinations &&
      !this.#destinations.some((rule) => destination !== undefined && rule.match(destination))
    ) {
      return [];
    }
    const key = this.#keyOf(message);
    if (key === undefined) return [];
    const draws: Draw[] = [];
    if (this.#frames) draws.push({ bucket: this.#frames.of(key, now), amount: 1, limit: this.#describe('frames') });
    if (this.#bytes) {
      draws.push({ bucket: this.#bytes.of(key, now), amount: message.payload.length, limit: this.#describe('bytes') });
    }
    return draws;
  }

  #keyOf({ headers: { sessionId = '', user, destination } }: Message): string | undefined {
    switch (this.options.by) {
      case 'session':
        return sessionId;
      case 'user':
        return user ? `user ${destinationUserName(user)}` : `session ${sessionId}`;
      case 'address':
        return this.addressOf(sessionId);
      case 'destination':
        return destination;
    }
  }

  #describe(what: 'frames' | 'bytes'): string {
    return `${this.options[what]!.perSecond} ${what} per second for each ${this.options.by}`;
  }
}

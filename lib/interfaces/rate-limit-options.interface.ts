import type { Rate } from '../utils/token-bucket.js';

/** So many in each second in the long run, and so many at once after a pause. */
export interface RateOptions {
  perSecond: number;
  /** @default as many as in two seconds, at least 1 */
  burst?: number;
}

/**
 * How fast clients may send. The frames of a transaction count together at its COMMIT, which is refused as a whole; one of more than the
 * burst passes when the burst is all there, and is paid for afterwards, as a body of more bytes than the burst is.
 */
export interface RateLimitOptions {
  /**
   * Who shares the limit: the frames of one session; of one user, over all sessions (a client that nobody knows is a user of its own); of one
   * address, of which the first 64 bits count if it is an IPv6 address; or all that is sent to one destination by anybody. @default 'session'
   */
  by?: 'session' | 'user' | 'address' | 'destination';
  /** Which destinations: a pattern as for the security rules, or several. @default all */
  destination?: string | string[];
  /** How many frames: SEND and SUBSCRIBE; what else a client may send is bounded by them. @default any number */
  frames?: number | RateOptions;
  /** How many bytes of bodies. @default any number */
  bytes?: number | RateOptions;
}

/** The same with nothing missing; a rate of undefined limits nothing. */
export interface ResolvedRateLimit {
  readonly by: NonNullable<RateLimitOptions['by']>;
  readonly destination: readonly string[] | undefined;
  readonly frames: Rate | undefined;
  readonly bytes: Rate | undefined;
}

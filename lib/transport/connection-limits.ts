import type { TransportOptions } from '../interfaces/transport-options.interface.js';
import { networkOf } from '../utils/network.js';
import { rateOf } from '../utils/token-bucket.js';
import { TokenBuckets } from '../utils/token-buckets.js';
import { HandshakeRefusal } from './handshake-refusal.js';

export type ConnectionLimitOptions = Required<
  Pick<TransportOptions, 'sessionsPerAddressLimit' | 'connectingLimit' | 'connectionRateLimit'>
> & {
  /** Of so many addresses it is remembered how fast they came. */
  readonly rateLimitKeyLimit: number;
};

/** The place that one client takes up, from the handshake until its line is closed. */
export interface ConnectionPlace {
  /** CONNECT has been accepted. */
  connected(): void;
  /** A second call does nothing. */
  leave(): void;
}

/** Bounds what strangers may open: how fast and how often from one address, and how many without a CONNECT. */
export class ConnectionLimits {
  readonly #buckets: TokenBuckets | undefined;
  /** Empty as long as no limit asks for it; an address goes with its last place. */
  readonly #byAddress = new Map<string, number>();
  #connecting = 0;
  #isClosed = false;

  constructor(private readonly options: ConnectionLimitOptions) {
    const rate = rateOf(options.connectionRateLimit || undefined);
    this.#buckets = rate && new TokenBuckets(rate, options.rateLimitKeyLimit);
  }

  /** @throws HandshakeRefusal when a limit is reached, or no one is let in any more */
  enter(address: string): ConnectionPlace {
    if (this.#isClosed) throw HandshakeRefusal.because('shutdown', 503);
    const network = networkOf(address);
    this.#takeToken(network);
    this.#checkAddress(network);
    if (this.#connecting >= this.options.connectingLimit) {
      throw HandshakeRefusal.because('connectingLimit', 503);
    }
    return this.#place(network);
  }

  /** Lets nobody in any more. */
  close(): void {
    this.#isClosed = true;
  }

  #takeToken(network: string): void {
    if (!this.#buckets) return;
    const now = performance.now();
    const bucket = this.#buckets.of(network, now);
    if (!bucket.has(1, now)) {
      const seconds = Math.max(Math.ceil(bucket.wait(1, now) / 1_000), 1);
      throw HandshakeRefusal.because('connectionRateLimit', 429, { 'Retry-After': String(seconds) });
    }
    bucket.take(1);
  }

  #checkAddress(network: string): void {
    const { sessionsPerAddressLimit: limit } = this.options;
    if (limit > 0 && (this.#byAddress.get(network) ?? 0) >= limit) {
      throw HandshakeRefusal.because('sessionsPerAddressLimit', 429);
    }
  }

  #place(network: string): ConnectionPlace {
    let isConnecting = true;
    let isTaken = true;
    this.#connecting++;
    this.#count(network, 1);
    const connected = (): void => {
      if (isConnecting) this.#connecting--;
      isConnecting = false;
    };
    const leave = (): void => {
      connected();
      if (isTaken) this.#count(network, -1);
      isTaken = false;
    };
    return { connected, leave };
  }

  #count(network: string, change: number): void {
    if (this.options.sessionsPerAddressLimit === 0) return;
    const count = (this.#byAddress.get(network) ?? 0) + change;
    if (count > 0) this.#byAddress.set(network, count);
    else this.#byAddress.delete(network);
  }
}

/** What waits to be taken by one client. */
export interface SendBuffer {
  readonly bufferedBytes: number;
  /** Any number that changes whenever the client takes bytes. */
  readonly progress: number;
  /** The client reads too slowly: closes with 4500. */
  onTooSlow(reason: string): void;
}

export interface SendBufferLimits {
  readonly sendBufferSizeLimit: number;
  readonly sendTimeLimit: number;
}

interface Watched {
  progress: number;
  /** How many checks in a row have found that the client took nothing. */
  stalled: number;
  /** How many checks in a row have found too many bytes. */
  over: number;
}

const TICK = 50;
/** Checks without progress after which a full buffer belongs to a client that does not read: a round trip or two. */
const STALLED_WHEN_FULL = 5;
/** A buffer so many times over its limit gets no such patience: nothing more is written to it. */
const OVERFULL = 16;
/** Checks after which a buffer that is over its limit all the time belongs to a client that is too slow: two seconds. */
const OVER_TOO_LONG = 40;

/**
 * Finds the clients that read too slowly (Spring `ConcurrentWebSocketSessionDecorator`).
 *
 * A buffer may be over its limit for a moment: what one turn of the event loop writes cannot be read before the turn is over. So
 * while it is written only that is judged which no burst explains: one frame of a client may be sent to a thousand subscriptions
 * of its own. One timer for all connections looks at those that have bytes left when a turn ends, and counts checks rather than
 * milliseconds: between two of them even a busy process has looked at its sockets.
 */
export class SendBufferMonitor {
  readonly #watched = new Map<SendBuffer, Watched>();
  #timer: NodeJS.Timeout | undefined;

  readonly #ceiling: number;

  constructor(private readonly limits: SendBufferLimits) {
    this.#ceiling = OVERFULL * limits.sendBufferSizeLimit;
  }

  /** Whether so many bytes are more than any burst may leave: another frame must not join them. */
  isOverfull(bufferedBytes: number): boolean {
    return bufferedBytes > this.#ceiling;
  }

  /** Why a client is closed whose buffer holds too much. */
  get tooMuch(): string {
    return `More than ${this.limits.sendBufferSizeLimit} bytes wait to be read`;
  }

  /** To be told of every buffer that has bytes left at the end of a turn. */
  watch(buffer: SendBuffer): void {
    if (this.#watched.has(buffer)) return;
    this.#watched.set(buffer, { progress: buffer.progress, stalled: 0, over: 0 });
    this.#timer ??= setInterval(() => this.#check(), TICK).unref();
  }

  forget(buffer: SendBuffer): void {
    if (!this.#watched.delete(buffer) || this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #check(): void {
    for (const [buffer, watched] of this.#watched) {
      const verdict = buffer.bufferedBytes > 0 ? this.#judge(buffer, watched) : '';
      if (verdict === undefined) continue;
      this.forget(buffer);
      if (verdict !== '') buffer.onTooSlow(verdict);
    }
  }

  /** @returns why the client is too slow, or undefined if it is not */
  #judge(buffer: SendBuffer, watched: Watched): string | undefined {
    const { sendBufferSizeLimit, sendTimeLimit } = this.limits;
    const { bufferedBytes, progress } = buffer;
    watched.stalled = progress === watched.progress ? watched.stalled + 1 : 0;
    watched.over = bufferedBytes > sendBufferSizeLimit ? watched.over + 1 : 0;
    watched.progress = progress;
    const patience = this.isOverfull(bufferedBytes) ? 1 : STALLED_WHEN_FULL;
    if (watched.over > 1 && (watched.stalled >= patience || watched.over >= OVER_TOO_LONG)) {
      return this.tooMuch;
    }
    return watched.stalled * TICK >= sendTimeLimit ? `No bytes were read for ${sendTimeLimit} ms` : undefined;
  }
}

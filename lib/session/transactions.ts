import { StompException, quote } from '../exceptions/stomp.exception.js';
import { sizeOf, StompFrame } from '../frame/stomp-frame.js';

/** Of all open transactions of one session together. */
export interface TransactionLimits {
  readonly count: number;
  readonly frames: number;
  readonly bytes: number;
}

/** The open transactions of a session: frames that wait for COMMIT (STOMP 1.2 “BEGIN”). They end with the session. */
export class Transactions {
  /** Undefined as long as there was none: most sessions have none. */
  #open: Map<string, StompFrame[]> | undefined;
  #frames = 0;
  #bytes = 0;

  constructor(private readonly limits: TransactionLimits) {}

  /** How many are open. */
  get size(): number {
    return this.#open?.size ?? 0;
  }

  begin(name: string): void {
    this.#open ??= new Map();
    if (this.#open.has(name)) throw refused(`The transaction ${quote(name)} has been begun already`);
    if (this.#open.size >= this.limits.count) throw refused(`The session has ${this.limits.count} open transactions`);
    this.#open.set(name, []);
  }

  /** @returns whether the frame belongs to a transaction, which then keeps it */
  take(frame: StompFrame): boolean {
    const name = frame.headers.get('transaction');
    if (name === undefined) return false;
    const frames = this.#framesOf(name);
    if (this.#frames >= this.limits.frames) throw refused(`The open transactions hold ${this.limits.frames} frames`);
    this.#bytes += sizeOf(frame);
    if (this.#bytes > this.limits.bytes)
      throw refused(`The open transactions hold more than ${this.limits.bytes} bytes`);
    this.#frames++;
    frames.push(new StompFrame(frame.command, frame.headers, Buffer.from(frame.body)));
    return true;
  }

  /** Closes the transaction. @returns its frames in the order in which they came */
  end(name: string): StompFrame[] {
    const frames = this.#framesOf(name);
    this.#open?.delete(name);
    this.#frames -= frames.length;
    for (const frame of frames) this.#bytes -= sizeOf(frame);
    return frames;
  }

  abortAll(): void {
    this.#open?.clear();
  }

  #framesOf(name: string): StompFrame[] {
    const frames = this.#open?.get(name);
    if (!frames) throw refused(`There is no transaction ${quote(name)}`);
    return frames;
  }
}

function refused(what: string): StompException {
  return new StompException('STOMP_ERR_TRANSACTION', `${what}.`);
}

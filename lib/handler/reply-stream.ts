import { setImmediate } from 'node:timers/promises';
import { isObservable, type Observable } from 'rxjs';
import { isPromise, then, type MaybePromise } from '../utils/maybe-promise.js';

/** A return value that goes on. */
export type Stream = Observable<unknown> | AsyncIterable<unknown>;

export function isStream(value: unknown): value is Stream {
  return typeof value === 'object' && value !== null && (isObservable(value) || Symbol.asyncIterator in value);
}

const ITEMS_AT_A_TIME = 64;

/** Who handles what a stream brings. */
export interface StreamListener {
  item(value: unknown): MaybePromise<void>;
  /** Nobody waits for the stream any more, but its failure must not be lost. */
  lateFailure(error: unknown): void;
}

/** One stream under way. */
export class ReplyStream {
  /** Settles when the stream has begun, or has ended or failed before. */
  readonly opened: Promise<void>;
  readonly #endListeners = new Set<() => void>();
  #open!: () => void;
  #refuse!: (error: unknown) => void;
  #hasBegun = false;
  #isOver = false;
  #stop: (() => void) | undefined;
  #sending: MaybePromise<void> = undefined;

  constructor(private readonly listener: StreamListener) {
    this.opened = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.#refuse = reject;
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  onEnd(listener: () => void): void {
    this.#endListeners.add(listener);
  }

  /** From here on a failure is a late one. */
  begin(): void {
    this.#hasBegun = true;
    this.#open();
  }

  /** Takes what comes as it comes. */
  watch(values: Observable<unknown>): void {
    const subscription = values.subscribe({
      next: (value) => this.#item(value),
      error: (error: unknown) => this.fail(error),
      complete: () => this.#completed(),
    });
    this.#stop = () => subscription.unsubscribe();
    if (this.#isOver) this.#stopSource();
  }

  /** Asks for one item after the other, each when the one before has been sent and there is room for more. */
  async pull(items: AsyncIterable<unknown>, whenWritable: () => MaybePromise<void>): Promise<void> {
    try {
      const iterator = items[Symbol.asyncIterator]();
      this.#stop = () => void this.#return(iterator);
      for (let count = 1; !this.#isOver; count++) {
        // A generator that never waits must not keep the process from everything else.
        if (count % ITEMS_AT_A_TIME === 0) await setImmediate();
        await whenWritable();
        const { done, value } = await iterator.next();
        if (done || this.#isOver) break;
        await this.listener.item(value);
      }
      this.#stop = undefined;
      this.end();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Without a failure: there are no more items, or nobody wants them. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopSource();
    this.#endListeners.forEach((listener) => listener());
    this.begin();
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    const isLate = this.#hasBegun;
    this.#refuse(error);
    this.end();
    if (isLate) this.listener.lateFailure(error);
  }

  #item(value: unknown): void {
    if (this.#isOver) return;
    try {
      const sent = this.listener.item(value);
      if (isPromise<void>(sent)) {
        this.#sending = sent;
        sent.then(
          () => this.begin(),
          (error: unknown) => this.fail(error),
        );
      } else {
        this.begin();
      }
    } catch (error) {
      this.fail(error);
    }
  }

  #completed(): void {
    const ended = then(this.#sending, () => this.end());
    if (isPromise(ended)) ended.catch((error: unknown) => this.fail(error));
  }

  /** What an Observable does at its end may fail in the midst of another session's message, or where RxJS would end the process. */
  #stopSource(): void {
    try {
      this.#stop?.();
    } catch (error) {
      this.listener.lateFailure(error);
    }
  }

  async #return(iterator: AsyncIterator<unknown>): Promise<void> {
    try {
      await iterator.return?.();
    } catch (error) {
      this.listener.lateFailure(error);
    }
  }
}

import type { Observable, Subscription } from 'rxjs';
import { MessageHandlingException } from '../exceptions/messaging.exception.js';
import { Fifo } from '../utils/fifo.js';

/**
 * An Observable for a reader that asks for one value after the other. An Observable cannot be asked to wait, so what the reader has not
 * asked for yet is kept, up to a limit; beyond it the reader gets what was kept, and then an error.
 */
export class PulledObservable implements AsyncIterableIterator<unknown> {
  readonly #values = new Fifo<unknown>();
  readonly #subscription: Subscription;
  #isOver = false;
  #error: { readonly reason: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(
    observable: Observable<unknown>,
    private readonly limit: number,
  ) {
    this.#subscription = observable.subscribe({
      next: (value) => this.#add(value),
      error: (reason: unknown) => this.#end({ reason }),
      complete: () => this.#end(),
    });
    if (this.#isOver) this.#subscription.unsubscribe();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<unknown>> {
    while (this.#values.size === 0) {
      if (this.#error) throw this.#error.reason;
      if (this.#isOver) return { done: true, value: undefined };
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return { done: false, value: this.#values.shift() };
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.#values.clear();
    const known = this.#error;
    this.#end();
    if (this.#error && this.#error !== known) throw this.#error.reason;
    return { done: true, value: undefined };
  }

  #add(value: unknown): void {
    if (this.#isOver) return;
    if (this.#values.size < this.limit) {
      this.#values.push(value);
      this.#wake?.();
    } else {
      this.#end({ reason: new MessageHandlingException(`More than ${this.limit} items waited to be acknowledged.`) });
    }
  }

  #end(error?: { readonly reason: unknown }): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    try {
      this.#subscription?.unsubscribe();
    } catch (reason) {
      // Thrown from here, it would end the process: RxJS is in the midst of handing a value over.
      this.#error = { reason };
    }
    this.#wake?.();
  }
}

import type { ContextId } from '@nestjs/core';
import { MessageHandlingException } from '../exceptions/messaging.exception.js';
import type { MaybePromise } from '../utils/maybe-promise.js';

/** What is made for one session: each thing once, whoever asks first. */
export class SessionScope {
  readonly #made = new Map<object, MaybePromise<unknown>>();
  readonly #making = new Set<Promise<unknown>>();
  #isOver = false;

  /** @param contextId what Nest keeps the instances under */
  constructor(readonly contextId: ContextId) {}

  /**
   * What has been made for the key, or is made now.
   * @throws MessageHandlingException when the session is over
   */
  once<T>(key: object, make: () => Promise<T>): MaybePromise<T> {
    if (this.#made.has(key)) return this.#made.get(key) as MaybePromise<T>;
    const making = this.make(make).then(
      (made) => (this.#made.set(key, made), made),
      (error: unknown) => {
        // The next message may have more luck.
        this.#made.delete(key);
        throw error;
      },
    );
    this.#made.set(key, making);
    return making;
  }

  /**
   * Makes something that needs what lives as long as the session.
   * @throws MessageHandlingException when the session is over, or is over by then
   */
  async make<T>(make: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    const making = make();
    this.#making.add(making);
    try {
      const made = await making;
      this.#checkOpen();
      return made;
    } finally {
      this.#making.delete(making);
    }
  }

  /** Nothing more is made. Settles when nothing is being made any more. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#made.clear();
    await Promise.allSettled(this.#making);
  }

  #checkOpen(): void {
    if (this.#isOver) throw new MessageHandlingException('The session is over.');
  }
}

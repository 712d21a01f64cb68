/** Counts the frames of all sessions whose handling waits for something, those of clients that have gone meanwhile too. */
export class FramesUnderWay {
  #count = 0;
  readonly #waiting = new Set<() => void>();

  get size(): number {
    return this.#count;
  }

  begin(): void {
    this.#count++;
  }

  end(): void {
    if (--this.#count > 0) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** Settles when there are none. */
  done(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add(resolve));
  }
}

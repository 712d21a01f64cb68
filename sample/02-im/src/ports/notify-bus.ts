import type { Hint } from './ingest-queue.js';

/** Carries hints from where things are written to where the sessions are. It may lose them, repeat them and change their order. */
export abstract class NotifyBus {
  abstract publish(hints: readonly Hint[]): void;
  abstract subscribe(listener: (hint: Hint) => void): void;
}

/** Of one process. */
export class LocalNotifyBus extends NotifyBus {
  readonly #listeners = new Set<(hint: Hint) => void>();

  publish(hints: readonly Hint[]): void {
    for (const hint of hints) {
      for (const listener of this.#listeners) listener(hint);
    }
  }

  subscribe(listener: (hint: Hint) => void): void {
    this.#listeners.add(listener);
  }
}

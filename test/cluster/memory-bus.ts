import type { ClusterBus, ClusterBusListener } from '../../lib/cluster/cluster-bus.js';

/** A bus in this process, whose faults are the test's. */
export class MemoryHub {
  readonly #listeners = new Set<ClusterBusListener>();
  /** Everything that has been published. */
  readonly published: Uint8Array[] = [];
  isCut = false;
  /** Says which messages are lost on the way, though they have been taken. */
  loses: (bytes: Uint8Array) => boolean = () => false;
  /** While it is set, nothing is taken. */
  held: Promise<void> | undefined;

  bus(): ClusterBus {
    let own: ClusterBusListener | undefined;
    return {
      start: (listener) => {
        if (this.isCut) throw new Error('the hub is cut');
        own = listener;
        this.#listeners.add(listener);
      },
      publish: async (bytes) => {
        await this.held;
        if (this.isCut || !own) throw new Error('the hub is cut');
        this.inject(bytes, own);
      },
      stop: () => void (own && this.#listeners.delete(own)),
    };
  }

  /** What somebody writes on the bus. */
  inject(bytes: Uint8Array, from?: ClusterBusListener): void {
    this.published.push(bytes);
    if (this.loses(bytes)) return;
    for (const listener of this.#listeners)
      if (listener !== from) setImmediate(() => listener.onMessage(Uint8Array.from(bytes)));
  }

  cut(): void {
    this.isCut = true;
    for (const listener of this.#listeners) listener.onAvailability(false);
  }

  mend(): void {
    this.isCut = false;
    for (const listener of this.#listeners) listener.onAvailability(true);
  }
}

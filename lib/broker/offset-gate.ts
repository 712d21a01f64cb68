import type { Message } from '../messaging/message.js';
import type { MaybePromise } from '../utils/maybe-promise.js';
import type { HistoryEntry, HistoryPosition } from './history.js';

/** How long a message waits for those before it, in milliseconds. */
const PATIENCE = 250;
/** So many messages may wait for those before them, of one destination. */
const MOST_WAITING = 1_000;

interface Numbered extends HistoryPosition {
  readonly message: Message;
  readonly senderId: string | undefined;
}

/** One destination, as far as its messages have been delivered. */
interface Place {
  epoch: string;
  offset: number;
  readonly waiting: Map<number, Numbered>;
  timer: NodeJS.Timeout | undefined;
}

export interface OffsetGateOptions {
  /** How many destinations are remembered; beyond it the one that has been silent for longest is forgotten. */
  readonly limit: number;
  since(destination: string, position: HistoryPosition): MaybePromise<readonly HistoryEntry[] | undefined>;
  deliver(message: Message, senderId: string | undefined): void;
  /** Messages between are gone for good. */
  lost(destination: string): void;
  numbered(message: Message, position: HistoryPosition): Message;
}

/**
 * Lets the messages of a history that several servers share pass in the order of their offsets, each once. Two servers that send at the same
 * time may be heard in another order; what has been missed on the way is fetched from the history.
 */
export class OffsetGate {
  /** In the order of their use. */
  readonly #places = new Map<string, Place>();

  constructor(private readonly options: OffsetGateOptions) {}

  pass(message: Message, { epoch, offset }: HistoryPosition, senderId: string | undefined): void {
    const destination = message.headers.destination!;
    const place = this.#placeOf(destination, { epoch, offset: offset - 1 });
    if (place.epoch !== epoch) this.#begin(place, { epoch, offset: offset - 1 });
    if (offset <= place.offset || place.waiting.size >= MOST_WAITING) return;
    place.waiting.set(offset, { message, epoch, offset, senderId });
    this.#letPass(place);
    if (place.waiting.size > 0)
      place.timer ??= setTimeout(() => void this.#fetch(destination, place), PATIENCE).unref();
  }

  /** Where the destination stands: what comes next is behind it. */
  know(destination: string, position: HistoryPosition): void {
    const place = this.#placeOf(destination, position);
    if (place.epoch !== position.epoch) this.#begin(place, position);
  }

  /** Something has been missed, nobody knows of which destinations. */
  catchUp(isWanted: (destination: string) => boolean): void {
    for (const [destination, place] of this.#places) if (isWanted(destination)) void this.#fetch(destination, place);
  }

  stop(): void {
    for (const { timer } of this.#places.values()) clearTimeout(timer);
    this.#places.clear();
  }

  #placeOf(destination: string, beginning: HistoryPosition): Place {
    const place = this.#places.get(destination) ?? { ...beginning, waiting: new Map(), timer: undefined };
    this.#places.delete(destination);
    this.#places.set(destination, place);
    if (this.#places.size > this.options.limit) {
      const [oldest, { timer }] = this.#places.entries().next().value!;
      clearTimeout(timer);
      this.#places.delete(oldest);
    }
    return place;
  }

  #begin(place: Place, { epoch, offset }: HistoryPosition): void {
    place.epoch = epoch;
    place.offset = offset;
    place.waiting.clear();
  }

  #letPass(place: Place): void {
    for (let next = place.waiting.get(place.offset + 1); next; next = place.waiting.get(place.offset + 1)) {
      place.waiting.delete(next.offset);
      place.offset = next.offset;
      this.options.deliver(next.message, next.senderId);
    }
    if (place.waiting.size > 0) return;
    clearTimeout(place.timer);
    place.timer = undefined;
  }

  async #fetch(destination: string, place: Place): Promise<void> {
    clearTimeout(place.timer);
    place.timer = undefined;
    const { epoch, offset } = place;
    const missed = await this.#since(destination, { epoch, offset });
    if (place.epoch !== epoch || this.#places.get(destination) !== place) return;
    for (const entry of missed ?? []) {
      if (entry.offset <= place.offset || place.waiting.has(entry.offset)) continue;
      const message = this.options.numbered(entry.message, { epoch, offset: entry.offset });
      place.waiting.set(entry.offset, { message, epoch, offset: entry.offset, senderId: undefined });
    }
    this.#letPass(place);
    if (place.waiting.size === 0) return;
    // What is between is gone.
    this.options.lost(destination);
    place.offset = Math.min(...place.waiting.keys()) - 1;
    this.#letPass(place);
    if (place.waiting.size > 0) await this.#fetch(destination, place);
  }

  async #since(destination: string, position: HistoryPosition): Promise<readonly HistoryEntry[] | undefined> {
    try {
      return await this.options.since(destination, position);
    } catch {
      return undefined;
    }
  }
}

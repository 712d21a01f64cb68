import { randomUUID } from 'node:crypto';
import type { HistoryOptions } from '../interfaces/broker-options.interface.js';
import type { Message } from '../messaging/message.js';
import { Fifo } from '../utils/fifo.js';
import type { HistoryStats } from './message-broker-stats.js';

/** One message of a destination's past. */
export interface HistoryEntry {
  /** 1 for the first message of an epoch, then one more for each. */
  readonly offset: number;
  readonly message: Message;
}

/** Where a destination's past stands. */
export interface HistoryPosition {
  /** Changes when offsets begin anew, after a restart for example: offsets of different epochs have nothing to do with each other. */
  readonly epoch: string;
  /** Of the last message; 0 when there was none. */
  readonly offset: number;
}

/**
 * Keeps the last messages of destinations. The broker asks for nothing else, so that histories can live elsewhere.
 * Everything happens in the order of the calls.
 */
export interface HistoryStore {
  /** @param message owns its bytes; @returns where it stands */
  append(destination: string, message: Message, options: Required<HistoryOptions>): HistoryPosition;
  position(destination: string): HistoryPosition;
  /** All after the offset, oldest first; undefined when some of them are gone or the epoch is another. */
  since(destination: string, position: HistoryPosition): readonly HistoryEntry[] | undefined;
  /** How much is kept, if the store knows. */
  stats?(): HistoryStats;
}

class Timeline {
  readonly epoch = randomUUID();
  readonly entries = new Fifo<HistoryEntry & { readonly expires: number }>();
  offset = 0;
  bytes = 0;

  add(message: Message, expires: number): void {
    this.entries.push({ offset: ++this.offset, message, expires });
    this.bytes += message.payload.length;
  }

  dropOldest(): void {
    this.bytes -= this.entries.shift()?.message.payload.length ?? 0;
  }

  dropExpired(now: number): void {
    for (let first = this.entries.peek(); first && first.expires <= now; first = this.entries.peek()) this.dropOldest();
  }
}

/** How many destinations have a history at once; beyond it the one that has been silent longest is forgotten. */
const TIMELINES = 10_000;

/** Histories in this process: a restart begins a new epoch. */
export class MemoryHistoryStore implements HistoryStore {
  /** The epoch of destinations to which nothing has been sent yet. */
  #beginning = randomUUID();
  /** In the order of their last message. */
  readonly #timelines = new Map<string, Timeline>();

  append(destination: string, message: Message, { size, ttl }: Required<HistoryOptions>): HistoryPosition {
    const timeline = this.#timelines.get(destination) ?? new Timeline();
    this.#timelines.delete(destination);
    this.#timelines.set(destination, timeline);
    if (this.#timelines.size > TIMELINES) this.#forgetOldest();
    const now = Date.now();
    timeline.dropExpired(now);
    timeline.add(message, now + ttl);
    if (timeline.entries.size > size) timeline.dropOldest();
    return { epoch: timeline.epoch, offset: timeline.offset };
  }

  position(destination: string): HistoryPosition {
    const timeline = this.#timelines.get(destination);
    return timeline ? { epoch: timeline.epoch, offset: timeline.offset } : { epoch: this.#beginning, offset: 0 };
  }

  since(destination: string, { epoch, offset }: HistoryPosition): readonly HistoryEntry[] | undefined {
    const timeline = this.#timelines.get(destination);
    // Who came before the first message has missed nothing but what is there.
    const isFromBeginning = epoch === this.#beginning && offset === 0;
    if (!timeline) return isFromBeginning ? [] : undefined;
    timeline.dropExpired(Date.now());
    if ((epoch !== timeline.epoch && !isFromBeginning) || offset > timeline.offset) return undefined;
    const missed = timeline.entries.toArray().filter((entry) => entry.offset > offset);
    return missed.length === timeline.offset - offset ? missed : undefined;
  }

  stats(): HistoryStats {
    let messages = 0;
    let bytes = 0;
    for (const timeline of this.#timelines.values()) {
      messages += timeline.entries.size;
      bytes += timeline.bytes;
    }
    return { destinations: this.#timelines.size, messages, bytes };
  }

  /** What was sent there is gone: nobody may believe that they have been there from the beginning. */
  #forgetOldest(): void {
    this.#timelines.delete(this.#timelines.keys().next().value!);
    this.#beginning = randomUUID();
  }
}

import { randomUUID } from 'node:crypto';
import type { HistoryOptions } from '../interfaces/broker-options.interface.js';
import type { Message } from '../messaging/message.js';
import { Fifo } from '../utils/fifo.js';
import type { MaybePromise } from '../utils/maybe-promise.js';
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
 * Keeps the last messages of destinations. The broker asks for nothing else, so that histories can live elsewhere: then it waits for the
 * answers. Everything happens in the order of the calls. What cannot be kept is not sent: its sender gets the error.
 */
export interface HistoryStore {
  /** Whether all servers of a cluster have the same histories in it. Then a message is appended by the server where it is sent, once. @default false */
  readonly isShared?: boolean;
  /** Before the first call. A rejection stops the start of the application. */
  start?(): MaybePromise<void>;
  /** After the last call. */
  stop?(): MaybePromise<void>;
  /** @param message owns its bytes; @returns where it stands */
  append(destination: string, message: Message, options: Required<HistoryOptions>): MaybePromise<HistoryPosition>;
  position(destination: string): MaybePromise<HistoryPosition>;
  /** All after the offset, oldest first; undefined when some of them are gone or the epoch is another. */
  since(destination: string, position: HistoryPosition): MaybePromise<readonly HistoryEntry[] | undefined>;
  /** How much is kept, if the store knows. */
  stats?(): HistoryStats;
}

/** How much several timelines hold together. */
interface HistorySize {
  messages: number;
  /** Of their payloads. */
  bytes: number;
  /** What they take to keep. */
  size: number;
}

class Timeline {
  readonly epoch = randomUUID();
  readonly entries = new Fifo<HistoryEntry & { readonly expires: number; readonly size: number }>();
  offset = 0;

  constructor(private readonly all: HistorySize) {}

  add(message: Message, expires: number): void {
    const size = message.size();
    this.entries.push({ offset: ++this.offset, message, expires, size });
    this.#count(1, message, size);
  }

  dropOldest(): void {
    const oldest = this.entries.shift();
    if (oldest) this.#count(-1, oldest.message, oldest.size);
  }

  dropExpired(now: number): void {
    for (let first = this.entries.peek(); first && first.expires <= now; first = this.entries.peek()) this.dropOldest();
  }

  clear(): void {
    while (this.entries.size > 0) this.dropOldest();
  }

  #count(sign: 1 | -1, { payload }: Message, size: number): void {
    this.all.messages += sign;
    this.all.bytes += sign * payload.length;
    this.all.size += sign * size;
  }
}

/** How much a `MemoryHistoryStore` keeps. */
export interface MemoryHistoryLimits {
  /** Of so many destinations. @default 10_000 */
  historyLimit?: number;
  /** So many bytes of all destinations together. @default 134_217_728 // 128 MiB */
  historySizeLimit?: number;
}

export const HISTORY_LIMITS: Required<MemoryHistoryLimits> = { historyLimit: 10_000, historySizeLimit: 134_217_728 };

/** Histories in this process: a restart begins a new epoch. What has not been used for longest makes room for what is sent. */
export class MemoryHistoryStore implements HistoryStore {
  readonly #limits: Required<MemoryHistoryLimits>;
  /** The epoch of destinations to which nothing has been sent yet. */
  #beginning = randomUUID();
  /** In the order of their use. */
  readonly #timelines = new Map<string, Timeline>();
  readonly #all: HistorySize = { messages: 0, bytes: 0, size: 0 };

  constructor(limits: MemoryHistoryLimits = {}) {
    this.#limits = { ...HISTORY_LIMITS, ...limits };
  }

  append(destination: string, message: Message, { size, ttl }: Required<HistoryOptions>): HistoryPosition {
    const timeline = this.#timelines.get(destination) ?? new Timeline(this.#all);
    this.#use(destination, timeline);
    if (this.#timelines.size > this.#limits.historyLimit) this.#forgetOldest();
    const now = Date.now();
    timeline.dropExpired(now);
    timeline.add(message, now + ttl);
    if (timeline.entries.size > size) timeline.dropOldest();
    while (this.#all.size > this.#limits.historySizeLimit) {
      if (this.#timelines.size > 1) this.#forgetOldest();
      else timeline.dropOldest();
    }
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
    this.#use(destination, timeline);
    timeline.dropExpired(Date.now());
    if ((epoch !== timeline.epoch && !isFromBeginning) || offset > timeline.offset) return undefined;
    const missed = timeline.entries.toArray().filter((entry) => entry.offset > offset);
    return missed.length === timeline.offset - offset ? missed : undefined;
  }

  stats(): HistoryStats {
    const { messages, bytes } = this.#all;
    return { destinations: this.#timelines.size, messages, bytes };
  }

  #use(destination: string, timeline: Timeline): void {
    this.#timelines.delete(destination);
    this.#timelines.set(destination, timeline);
  }

  /** What was sent there is gone: nobody may believe that they have been there from the beginning. */
  #forgetOldest(): void {
    const destination = this.#timelines.keys().next().value!;
    this.#timelines.get(destination)!.clear();
    this.#timelines.delete(destination);
    this.#beginning = randomUUID();
  }
}

import { BrokerUnavailableException } from '../exceptions/messaging.exception.js';
import { Fifo } from '../utils/fifo.js';
import { isPromise, type MaybePromise } from '../utils/maybe-promise.js';
import { reasonOf } from '../utils/reason-of.js';
import { RecordKind, writeBatchHeader } from './batch.js';
import type { ByteWriter } from './byte-writer.js';
import type { ClusterBus } from './cluster-bus.js';
import { OpenBatch } from './open-batch.js';

/** So large a batch goes at once; the rest of the turn makes another. */
const LARGE_BATCH = 262_144;
/** So many batches may be under way; what comes then is joined until one of them has been taken. */
const MOST_UNDER_WAY = 16;
/** From this part of the limit on clients are made to wait. */
const PRESSURE = 4;

/** What clients and the application send, as opposed to what servers tell each other: an answer may depend on it. */
const MESSAGES: ReadonlySet<RecordKind> = new Set([
  RecordKind.Topic,
  RecordKind.User,
  RecordKind.Command,
  RecordKind.Reply,
]);

interface Batch {
  /** All messages up to this one are in earlier batches, or lost. */
  readonly before: number;
  readonly last: number;
  readonly messages: number;
  readonly size: number;
  /** Whether all who should hear it did when it went. */
  readonly isCertain: boolean;
  isSettled: boolean;
}

/** What has been handed to the bus since the start, and what has not. */
export interface PublisherCounts {
  messages: number;
  batches: number;
  bytes: number;
  /** Messages that the bus has not taken: other servers' clients do not get them. */
  lost: number;
}

/**
 * Joins what a server has for the others in one turn of the event loop, hands it to the bus, and knows what the bus has taken. What the
 * bus does not take is lost for the others; who waits for it is told so.
 */
export class ClusterPublisher {
  readonly counts: PublisherCounts = { messages: 0, batches: 0, bytes: 0, lost: 0 };
  readonly #open = new OpenBatch();
  readonly #underWay = new Fifo<Batch>();
  readonly #waiters = new Fifo<{ readonly upTo: number; readonly done: () => void }>();
  readonly #drainWaiters: (() => void)[] = [];
  readonly #finishWaiters: (() => void)[] = [];
  /** Of batches, and of what could not become one: a gap tells the others that they have missed something. */
  #sequence = 0;
  /** Messages are numbered from 1 on. */
  #written = 0;
  #settled = 0;
  #lastLost = 0;
  #unconfirmed = 0;
  #isAvailable = false;
  #isCertain = true;
  #isScheduled = false;

  constructor(
    private readonly id: string,
    private readonly bus: ClusterBus,
    /** How many bytes may wait for the bus to take them. */
    private readonly limit: number,
    private readonly onLost: (reason: string, messages: number) => void,
  ) {}

  /** The number of the last message: a mark for `taken`. */
  get mark(): number {
    return this.#written;
  }

  /** Bytes that the bus has not taken yet. */
  get unconfirmedBytes(): number {
    return this.#unconfirmed + this.#open.size;
  }

  get isUnderPressure(): boolean {
    return this.unconfirmedBytes * PRESSURE > this.limit;
  }

  setAvailable(isAvailable: boolean): void {
    this.#isAvailable = isAvailable;
    if (!isAvailable) this.#flush();
  }

  /** Whether all who should hear do: until then, nobody is told that what the bus takes reaches them. */
  setCertain(isCertain: boolean): void {
    this.#isCertain = isCertain;
  }

  /** @param target the only server that it is for. @default all */
  write(kind: RecordKind, body: (writer: ByteWriter) => void, target?: string): void {
    // Before the message is counted: it is not in that batch.
    if (target !== this.#open.target) this.#flush();
    const isMessage = MESSAGES.has(kind);
    if (isMessage) this.#written++;
    if (!this.#isAvailable || this.unconfirmedBytes > this.limit) {
      this.#sequence++;
      if (isMessage) this.#lose(1, this.#written, this.#isAvailable ? TOO_SLOW : UNAVAILABLE);
      return;
    }
    this.#open.add(kind, body, target, isMessage ? this.#written : 0);
    if (this.#open.size >= LARGE_BATCH) this.#flush();
    else this.#schedule();
  }

  /**
   * Settles when the bus has taken all messages that have been written since the mark.
   * @throws BrokerUnavailableException when it has not taken one of them, or nobody knows
   */
  taken(since: number): MaybePromise<void> {
    const upTo = this.#written;
    if (upTo === since) return;
    const check = (): void => {
      if (this.#lastLost > since) throw new BrokerUnavailableException(NOT_TAKEN);
    };
    if (this.#settled >= upTo) return check();
    return new Promise<void>((done) => this.#waiters.push({ upTo, done })).then(check);
  }

  /** Settles when the bus has caught up. */
  drained(): MaybePromise<void> {
    if (!this.isUnderPressure) return;
    return new Promise((resolve) => this.#drainWaiters.push(resolve));
  }

  /** Hands over what has been written. @returns when the bus has taken, or refused, all of it */
  async finish(): Promise<void> {
    this.#flush();
    while (this.#underWay.size > 0) await new Promise<void>((resolve) => this.#finishWaiters.push(resolve));
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#underWay.size < MOST_UNDER_WAY) this.#flush();
    });
  }

  #flush(): void {
    if (this.#open.size === 0) return;
    const { bytes, target, messages, first } = this.#open.take();
    const size = bytes.length;
    const before = messages > 0 ? first - 1 : this.#written;
    const batch: Batch = { before, last: this.#written, messages, size, isCertain: this.#isCertain, isSettled: false };
    writeBatchHeader(bytes, { sender: this.id, target, sequence: ++this.#sequence });
    this.#underWay.push(batch);
    this.#unconfirmed += size;
    const refused = (error: unknown): void => this.#refused(batch, reasonOf(error));
    const { maxMessageSize = Infinity } = this.bus;
    if (!this.#isAvailable) return refused(UNAVAILABLE);
    if (size > maxMessageSize) return refused(`It has ${size} bytes, and the bus takes ${maxMessageSize}.`);
    try {
      const taken = this.bus.publish(bytes);
      if (isPromise(taken)) taken.then(() => this.#taken(batch), refused);
      else this.#taken(batch);
    } catch (error) {
      refused(error);
    }
  }

  #taken(batch: Batch): void {
    this.counts.batches++;
    this.counts.bytes += batch.size;
    this.counts.messages += batch.messages;
    if (!batch.isCertain && batch.messages > 0) this.#lastLost = Math.max(this.#lastLost, batch.last);
    this.#settle(batch);
  }

  #refused(batch: Batch, reason: string): void {
    if (batch.messages > 0) this.#lose(batch.messages, batch.last, reason);
    this.#settle(batch);
  }

  #lose(messages: number, last: number, reason: string): void {
    this.#lastLost = Math.max(this.#lastLost, last);
    this.counts.lost += messages;
    this.onLost(reason, messages);
    this.#tellWaiters();
  }

  #settle(batch: Batch): void {
    batch.isSettled = true;
    this.#unconfirmed -= batch.size;
    while (this.#underWay.peek()?.isSettled) this.#underWay.shift();
    this.#tellWaiters();
    if (this.#open.size > 0) this.#schedule();
    if (!this.isUnderPressure) for (const resolve of this.#drainWaiters.splice(0)) resolve();
    if (this.#underWay.size === 0) for (const resolve of this.#finishWaiters.splice(0)) resolve();
  }

  /** Settled are all messages before the first that is under way or waits for its batch to go. */
  #tellWaiters(): void {
    const first = this.#underWay.peek();
    if (first) this.#settled = first.before;
    else this.#settled = this.#open.messages > 0 ? this.#open.first - 1 : this.#written;
    for (let next = this.#waiters.peek(); next && next.upTo <= this.#settled; next = this.#waiters.peek()) {
      this.#waiters.shift();
      next.done();
    }
  }
}

const UNAVAILABLE = 'The bus is not available.';
const TOO_SLOW = 'The bus takes less than it is given, and cluster.bufferSizeLimit is reached.';
const NOT_TAKEN =
  'The message may not have reached the clients of other servers: the bus between them is not available.';

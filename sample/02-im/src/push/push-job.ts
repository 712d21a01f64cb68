import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { IM_OPTIONS, type ImOptions } from '../im-options.js';
import { ImError } from '../model/error.js';
import { IngestQueue, type Hint } from '../ports/ingest-queue.js';
import { NotifyBus } from '../ports/notify-bus.js';
import type { PushBacklog } from '../ports/push-work.js';
import { TimelineStore } from '../ports/timeline-store.js';
import { PushExpansion } from './push-expansion.js';
import { PushSender } from './push-sender.js';

/** How long it rests after a failure of the store, in milliseconds. */
const REST = 1_000;
/** A timer takes no more. */
const MOST_DELAY = 2 ** 31 - 1;
const NOTHING: PushBacklog = { messages: 0, pushes: 0, waitingSince: undefined, nextDue: undefined };

/**
 * Tells devices of what nobody has taken: what waits is in the store, and survives whatever happens to this process.
 * It sleeps until something is due. Its reads have a thread of their own, and what it writes are small commands among the others.
 */
@Injectable()
export class PushJob implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger(PushJob.name);
  #timer: NodeJS.Timeout | undefined;
  #wakesAt = Infinity;
  #run: Promise<void> | undefined;
  #isAgain = false;
  #isNeeded = false;
  #isOver = false;

  constructor(
    private readonly store: TimelineStore,
    private readonly ingest: IngestQueue,
    private readonly bus: NotifyBus,
    private readonly expansion: PushExpansion,
    private readonly sender: PushSender,
    @Inject(IM_OPTIONS) private readonly options: ImOptions,
  ) {}

  /** What the process before has left is gone on with. */
  async onModuleInit(): Promise<void> {
    this.bus.subscribe((hint) => {
      if (this.#isNeeded && isNews(hint)) this.#wake(this.options.push.delay);
    });
    if (await this.store.isPushNeeded()) this.need();
  }

  async onModuleDestroy(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    await this.#run;
    await this.sender.stop();
  }

  /** A device is subscribed; where none is, nothing waits. */
  need(): void {
    this.#isNeeded = true;
    this.#wake(0);
  }

  async backlog(): Promise<PushBacklog> {
    return this.#isNeeded ? this.store.pushBacklog(Date.now()) : NOTHING;
  }

  #wake(delay: number): void {
    const at = Date.now() + Math.min(delay, MOST_DELAY);
    if (this.#isOver || at >= this.#wakesAt) return;
    clearTimeout(this.#timer);
    this.#wakesAt = at;
    this.#timer = setTimeout(() => this.#start(), at - Date.now()).unref();
  }

  #start(): void {
    this.#wakesAt = Infinity;
    if (this.#run) {
      this.#isAgain = true;
      return;
    }
    this.#isAgain = false;
    this.#run = this.#work().finally(() => {
      this.#run = undefined;
      if (this.#isAgain) this.#wake(0);
    });
  }

  async #work(): Promise<void> {
    if (this.#isOver) return;
    try {
      await this.expansion.expand();
      await this.sender.fill(() => this.#wake(0));
      await this.#lookAhead();
    } catch (error) {
      if (this.#isOver) return;
      // That the store is busy or broken, others tell.
      if (error instanceof ImError) this.#logger.debug(error.message);
      else this.#logger.error(error);
      this.#wake(REST);
    }
  }

  async #lookAhead(): Promise<void> {
    const { limit, delay } = this.options.push;
    const { messages, pushes, waitingSince = Infinity, nextDue = Infinity } = await this.backlog();
    if (messages > limit || pushes > limit) await this.ingest.execute('push.trim', { maxRows: limit });
    this.#wake(Math.max(0, Math.min(waitingSince + delay, nextDue) - Date.now()));
  }
}

/** Messages of people; of what changes them, no device is told by push. */
function isNews(hint: Hint): boolean {
  const message = 'event' in hint ? hint.event : 'message' in hint ? hint.message : undefined;
  return message !== undefined && 'flags' in message && !message.flags.includes('silent');
}

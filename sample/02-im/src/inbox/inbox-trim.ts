import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { IM_OPTIONS, type ImOptions } from '../im-options.js';
import { IngestQueue } from '../ports/ingest-queue.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Whoever has more to come asks the rooms instead: they lose nothing by it. */
const MOST_ROWS = 20_000;

/** The sync store is for those who come back: what is older than its life is in the timelines of the rooms only. */
@Injectable()
export class InboxTrim implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger(InboxTrim.name);
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(
    private readonly ingest: IngestQueue,
    @Inject(IM_OPTIONS) private readonly options: ImOptions,
  ) {}

  onModuleInit(): void {
    const trim = () => this.trim().catch((error: unknown) => this.#logger.error(error));
    this.#timer = setInterval(() => void trim(), HOUR).unref();
  }

  onModuleDestroy(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
  }

  /** In parts, between which messages are written. @returns how many events have gone */
  async trim(now = Date.now()): Promise<number> {
    const before = now - this.options.inboxDays * DAY;
    let all = 0;
    for (let removed = 1; removed > 0 && !this.#isOver; all += removed) {
      ({ removed } = await this.ingest.execute('inbox.trim', { before, maxRows: MOST_ROWS }));
    }
    return all;
  }
}

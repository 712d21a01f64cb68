import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { IngestQueue } from '../ports/ingest-queue.js';

const HOUR = 3_600_000;

/** What rooms shall not keep for ever goes within an hour after its time. */
@Injectable()
export class Retention implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger(Retention.name);
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(private readonly ingest: IngestQueue) {}

  onModuleInit(): void {
    const expire = () => this.expire().catch((error: unknown) => this.#isOver || this.#logger.error(error));
    this.#timer = setInterval(() => void expire(), HOUR).unref();
  }

  onModuleDestroy(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
  }

  /** In parts, between which messages are written. @returns how many messages have expired */
  async expire(now = Date.now()): Promise<number> {
    let all = 0;
    for (let expired = 1; expired > 0 && !this.#isOver; all += expired) {
      ({ expired } = await this.ingest.execute('room.expire', { now }));
    }
    return all;
  }
}

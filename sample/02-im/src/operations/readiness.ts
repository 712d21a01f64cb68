import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { IngestQueue } from '../ports/ingest-queue.js';
import { TimelineStore } from '../ports/timeline-store.js';

/** Whether messages can be taken. */
@Injectable()
export class Readiness implements BeforeApplicationShutdown {
  #isStopping = false;

  constructor(
    private readonly ingest: IngestQueue,
    private readonly store: TimelineStore,
  ) {}

  beforeApplicationShutdown(): void {
    this.#isStopping = true;
  }

  /** @returns what keeps it from taking messages, or undefined */
  async failure(): Promise<string | undefined> {
    if (this.#isStopping) return 'the server is stopping';
    try {
      await this.ingest.execute('inbox.trim', { before: 0, maxRows: Number.MAX_SAFE_INTEGER });
      await this.store.heads([]);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { TimelineStore } from '../ports/timeline-store.js';
import { MeasuredCommands } from './measured-commands.js';

/** Whether messages can be taken. */
@Injectable()
export class Readiness implements BeforeApplicationShutdown {
  #isStopping = false;

  constructor(
    private readonly commands: MeasuredCommands,
    private readonly store: TimelineStore,
  ) {}

  beforeApplicationShutdown(): void {
    this.#isStopping = true;
  }

  /** @returns what keeps it from taking messages, or undefined */
  async failure(): Promise<string | undefined> {
    if (this.#isStopping) return 'the server is stopping';
    // Anybody may ask, and often: nothing is written for it.
    if (this.commands.storageFailure !== undefined) return this.commands.storageFailure;
    try {
      await this.store.heads([]);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

import { ImError } from '../model/error.js';
import { IngestQueue, type CommandInput, type CommandName, type CommandResult } from '../ports/ingest-queue.js';

const LIMITS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Another queue, measured. */
export class MeasuredCommands extends IngestQueue {
  committed = 0;
  duplicates = 0;
  refused = 0;
  seconds = 0;
  /** Why the disk did not take the last command, if it did not. */
  storageFailure: string | undefined;
  /** Upper limit in seconds → commands that took no longer. */
  readonly buckets = new Map(LIMITS.map((limit) => [limit, 0]));

  constructor(private readonly queue: IngestQueue) {
    super();
  }

  get depth(): number {
    return this.queue.depth;
  }

  async execute<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandResult<N>> {
    const start = performance.now();
    try {
      const result = await this.queue.execute(name, input);
      this.#took((performance.now() - start) / 1_000);
      this.storageFailure = undefined;
      if (result && 'dup' in result && result.dup) this.duplicates++;
      return result;
    } catch (error) {
      this.refused++;
      if (error instanceof ImError && error.code === 'STORAGE') this.storageFailure = error.message;
      throw error;
    }
  }

  close(): Promise<void> {
    return this.queue.close();
  }

  #took(seconds: number): void {
    this.committed++;
    this.seconds += seconds;
    for (const limit of LIMITS) {
      if (seconds <= limit) this.buckets.set(limit, this.buckets.get(limit)! + 1);
    }
  }
}

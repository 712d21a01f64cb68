import { ImError } from '../model/error.js';
import type { CommandInput, CommandName, CommandResult, IngestQueue } from '../ports/ingest-queue.js';
import { fromRefusal, toRefusal, type BatchRunner, type Command, type Outcome } from './batch.js';

export interface GroupCommitOptions {
  /** How many commands may wait, those being written included; more are refused with BUSY. @default 10_000 */
  readonly maxWaiting?: number;
  /** How many commands one commit takes at most. @default 128 */
  readonly maxBatch?: number;
}

interface Waiting {
  readonly command: Command;
  settle(outcome: Outcome): void;
}

/** The one being written, and the one that the writer finds ready when it has done so. */
const BATCHES_AT_ONCE = 2;

/**
 * Gathers commands into commits. It never waits for more: while a batch is being written, the next one forms itself,
 * and is the larger the slower the disk is.
 */
export class GroupCommitQueue implements IngestQueue {
  readonly #waiting: Waiting[] = [];
  readonly #maxWaiting: number;
  readonly #maxBatch: number;
  #batches = 0;
  #writing = 0;
  #closed = false;
  #isScheduled = false;
  #whenIdle?: () => void;

  constructor(
    private readonly runner: BatchRunner,
    { maxWaiting = 10_000, maxBatch = 128 }: GroupCommitOptions = {},
  ) {
    this.#maxWaiting = maxWaiting;
    this.#maxBatch = maxBatch;
  }

  get depth(): number {
    return this.#waiting.length + this.#writing;
  }

  execute<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandResult<N>> {
    if (this.#closed) return Promise.reject(new ImError('STORAGE', 'The message store is closed'));
    if (this.depth >= this.#maxWaiting) {
      const details = { retry_after_ms: 1_000 };
      return Promise.reject(new ImError('BUSY', 'Too many requests wait to be stored', details));
    }
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome) => {
        if ('refusal' in outcome) reject(fromRefusal(outcome.refusal));
        else resolve(outcome.result as CommandResult<N>);
      };
      this.#waiting.push({ command: { name, input } as Command, settle });
      this.#schedule();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.depth > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    await this.runner.close();
  }

  /** What is asked for in one turn of the event loop goes into one batch. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      while (this.#batches < BATCHES_AT_ONCE && this.#waiting.length > 0) {
        void this.#write(this.#waiting.splice(0, this.#maxBatch));
      }
    });
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    this.#batches++;
    this.#writing += batch.length;
    const outcomes = await this.#outcomesOf(batch);
    this.#batches--;
    this.#writing -= batch.length;
    for (const [index, { settle }] of batch.entries()) settle(outcomes[index]!);
    this.#schedule();
    if (this.depth === 0) this.#whenIdle?.();
  }

  async #outcomesOf(batch: readonly Waiting[]): Promise<readonly Outcome[]> {
    try {
      return await this.runner.run(batch.map(({ command }) => command));
    } catch (error) {
      const refusal = toRefusal(error instanceof ImError ? error : new ImError('STORAGE', String(error)));
      return batch.map(() => ({ refusal }));
    }
  }
}

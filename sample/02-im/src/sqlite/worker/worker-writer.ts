import type { BatchRunner, Command, Outcome } from '../batch.js';
import type { SqliteWriterOptions } from '../sqlite-writer.js';
import { WorkerThread } from './worker-thread.js';

/** The `SqliteWriter` of another thread. */
export class WorkerWriter implements BatchRunner {
  readonly #thread: WorkerThread;

  constructor(
    options: Omit<SqliteWriterOptions, 'clock'>,
    script: URL = new URL('./writer-worker.js', import.meta.url),
  ) {
    this.#thread = new WorkerThread(script, options);
  }

  async run(batch: readonly Command[]): Promise<readonly Outcome[]> {
    return (await this.#thread.call(batch)) as readonly Outcome[];
  }

  async close(): Promise<void> {
    await this.#thread.call('close');
    await this.#thread.close();
  }
}

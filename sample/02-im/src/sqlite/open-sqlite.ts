import type { IngestQueue } from '../ports/ingest-queue.js';
import type { TimelineStore } from '../ports/timeline-store.js';
import { GroupCommitQueue, type GroupCommitOptions } from './group-commit-queue.js';
import { SqliteReader } from './sqlite-reader.js';
import { SqliteWriter, type SqliteWriterOptions } from './sqlite-writer.js';
import { WorkerReader } from './worker/worker-reader.js';
import { WorkerWriter } from './worker/worker-writer.js';

export interface SqliteStore {
  readonly ingest: IngestQueue;
  readonly store: TimelineStore;
  /** Finishes what waits, and closes both. */
  close(): Promise<void>;
}

/** Opens the database, or makes it: one thread writes, others read. */
export async function openSqlite(
  options: Omit<SqliteWriterOptions, 'clock'> & GroupCommitOptions,
): Promise<SqliteStore> {
  const { maxWaiting, maxBatch, ...writerOptions } = options;
  const writer = new WorkerWriter(writerOptions);
  // The readers need the schema; and what is wrong with the path shall be known now.
  await writer.run([]);
  return connect(new GroupCommitQueue(writer, { maxWaiting, maxBatch }), new WorkerReader(options.path));
}

/** The same within this thread: for tests, and for programs that do one thing at a time. */
export async function openSqliteInProcess(options: SqliteWriterOptions & GroupCommitOptions): Promise<SqliteStore> {
  const writer = new SqliteWriter(options);
  return connect(new GroupCommitQueue(writer, options), new SqliteReader(options.path));
}

function connect(ingest: IngestQueue, store: TimelineStore): SqliteStore {
  const close = async () => {
    await ingest.close();
    await store.close();
  };
  return { ingest, store, close };
}

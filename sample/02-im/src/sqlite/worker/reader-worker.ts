import { workerData } from 'node:worker_threads';
import type { TimelineStore } from '../../ports/timeline-store.js';
import { SqliteReader } from '../sqlite-reader.js';
import { serve } from './serve.js';

/** A call of a method of `TimelineStore`. */
export interface Call {
  readonly method: keyof TimelineStore;
  readonly args: readonly unknown[];
}

const reader = new SqliteReader((workerData as { path: string }).path);

serve((request) => {
  const { method, args } = request as Call;
  const read = reader[method] as (...args: readonly unknown[]) => Promise<unknown>;
  return read.apply(reader, args as unknown[]);
});

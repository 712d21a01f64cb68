import { workerData } from 'node:worker_threads';
import type { Command } from '../batch.js';
import { SqliteWriter, type SqliteWriterOptions } from '../sqlite-writer.js';
import { serve } from './serve.js';

const writer = new SqliteWriter(workerData as SqliteWriterOptions);

serve(async (request) => (request === 'close' ? writer.close() : writer.commit(request as readonly Command[])));

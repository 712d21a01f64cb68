import { Worker } from 'node:worker_threads';
import { ImError } from '../../model/error.js';
import { fromRefusal } from '../batch.js';
import type { Request, Response } from './protocol.js';

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** A worker thread that answers requests. It starts with the first of them, and again with the first one after it has died. */
export class WorkerThread {
  readonly #pending = new Map<number, Pending>();
  #worker?: Worker;
  #lastId = 0;
  #closed = false;

  constructor(
    private readonly script: URL,
    private readonly workerData: unknown,
  ) {}

  call(request: unknown): Promise<unknown> {
    if (this.#closed) return Promise.reject(new ImError('STORAGE', 'The message store is closed'));
    this.#worker ??= this.#start();
    const id = ++this.#lastId;
    this.#worker.postMessage({ id, request } satisfies Request);
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }

  /** Rejects what is pending. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.script, { workerData: this.workerData });
    let cause = 'it has ended';
    worker.on('message', (response: Response) => this.#settle(response));
    worker.on('error', (error: Error) => (cause = error.message));
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
      const error = new ImError('STORAGE', `The thread of the message store is gone: ${cause}`);
      for (const { reject } of this.#pending.values()) reject(error);
      this.#pending.clear();
    });
    return worker;
  }

  #settle(response: Response): void {
    const pending = this.#pending.get(response.id);
    this.#pending.delete(response.id);
    if ('refusal' in response) pending?.reject(fromRefusal(response.refusal));
    else pending?.resolve(response.result);
  }
}

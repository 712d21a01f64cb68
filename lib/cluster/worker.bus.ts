import cluster from 'node:cluster';
import type { ClusterBus, ClusterBusListener } from './cluster-bus.js';
import { isWorkerMessage, type WorkerMessage } from './worker-message.js';

/** How long the primary may take to answer, in milliseconds. */
const WELCOME_TIME = 10_000;

/**
 * Between the workers of `node:cluster`, by way of their primary, which passes on what each of them sends. Bytes that have been handed to
 * the primary's pipe count as taken: a primary that dies takes its workers with it.
 */
export class WorkerBus implements ClusterBus {
  #listener: ClusterBusListener | undefined;
  #welcomed: ((isBinary: boolean) => void) | undefined;

  async start(listener: ClusterBusListener): Promise<void> {
    if (!cluster.isWorker) {
      throw new Error(`{ kind: 'node' } is for workers of node:cluster, and this process is none`);
    }
    this.#listener = listener;
    process.on('message', this.#onMessage);
    process.on('disconnect', this.#onDisconnect);
    const isBinary = await this.#askPrimary(listener.id);
    if (isBinary === undefined) {
      throw new Error(
        `the primary has not answered; it must call connectWorkers() of nestjs-stomp/cluster before it forks`,
      );
    }
    if (!isBinary) {
      throw new Error(
        `bytes do not arrive as bytes; the primary must call connectWorkers() of nestjs-stomp/cluster before it forks, or fork with { serialization: 'advanced' }`,
      );
    }
  }

  publish(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#send({ nestjsStomp: 'batch', bytes }, (error) => (error ? reject(error) : resolve()));
    });
  }

  stop(): void {
    process.off('message', this.#onMessage);
    process.off('disconnect', this.#onDisconnect);
  }

  /** @returns undefined if there is no answer */
  #askPrimary(id: string): Promise<boolean | undefined> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve(undefined), WELCOME_TIME);
      this.#welcomed = (isBinary) => {
        clearTimeout(timer);
        resolve(isBinary);
      };
      this.#send({ nestjsStomp: 'hello', id, bytes: Buffer.of(0) }, (error) => error && reject(error));
    });
  }

  #send(message: WorkerMessage, callback: (error: Error | null) => void): void {
    if (!process.connected) return callback(new Error('The primary is not connected any more.'));
    process.send!(message, undefined, undefined, callback);
  }

  readonly #onMessage = (message: unknown): void => {
    if (!isWorkerMessage(message)) return;
    if (message.nestjsStomp === 'welcome') this.#welcomed?.(message.isBinary === true);
    else if (message.nestjsStomp === 'batch') this.#listener?.onMessage(message.bytes!);
    else if (message.nestjsStomp === 'gone') this.#listener?.onGone(message.id!);
  };

  readonly #onDisconnect = (): void => this.#listener?.onAvailability(false);
}

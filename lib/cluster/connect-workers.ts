import cluster, { type Worker } from 'node:cluster';
import { isWorkerMessage, type WorkerMessage } from './worker-message.js';

/** How many bytes may wait for one worker; it notices that it has missed what comes then. */
const MOST_WAITING = 67_108_864;

let isConnected = false;

/**
 * Connects the workers of `node:cluster` whose option is `cluster: { kind: 'node' }`. To be called once in the primary, before it forks.
 *
 * @example
 * if (cluster.isPrimary) {
 *   connectWorkers();
 *   for (let i = 0; i < availableParallelism(); i++) cluster.fork();
 *   cluster.on('exit', () => cluster.fork());
 * } else {
 *   const app = await NestFactory.create(AppModule);
 *   await app.listen(3000);
 * }
 */
export function connectWorkers(): void {
  if (!cluster.isPrimary)
    throw new Error('connectWorkers() is for the primary of node:cluster, and this process is a worker.');
  if (isConnected) return;
  isConnected = true;
  // As JSON, bytes would be lists of numbers.
  cluster.setupPrimary({ serialization: 'advanced' });
  const members = new Map<Worker, Member>();
  cluster.on('message', (worker, message: unknown) => {
    if (!isWorkerMessage(message)) return;
    if (message.nestjsStomp === 'hello') {
      const member = new Member(worker, message.id);
      members.set(worker, member);
      member.send({ nestjsStomp: 'welcome', isBinary: message.bytes instanceof Uint8Array });
    } else if (message.nestjsStomp === 'batch') {
      for (const [other, member] of members) if (other !== worker) member.send(message);
    }
  });
  // What a worker has written before its end is read before “disconnect”, though not before “exit”.
  cluster.on('disconnect', (worker) => {
    const id = members.get(worker)?.id;
    members.delete(worker);
    if (id === undefined) return;
    for (const other of members.values()) other.send({ nestjsStomp: 'gone', id });
  });
}

/** A worker that takes part. */
class Member {
  #waiting = 0;

  constructor(
    private readonly worker: Worker,
    /** What it is called in its batches. */
    readonly id: string | undefined,
  ) {}

  send(message: WorkerMessage): void {
    const size = message.bytes?.length ?? 0;
    if (!this.worker.isConnected() || this.#waiting + size > MOST_WAITING) return;
    this.#waiting += size;
    // An error means that the worker is gone.
    this.worker.send(message, undefined, undefined, () => (this.#waiting -= size));
  }
}

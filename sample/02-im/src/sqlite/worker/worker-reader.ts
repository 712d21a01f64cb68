import type { TimelineStore } from '../../ports/timeline-store.js';
import type { Call } from './reader-worker.js';
import { WorkerThread } from './worker-thread.js';

type Method = Exclude<keyof TimelineStore, 'close'>;

/** A slow answer keeps only those waiting that come behind it in the same thread. */
const LANES = ['reads', 'search', 'pushes', 'maintenance'] as const;
type Lane = (typeof LANES)[number];

/** The `SqliteReader`s of other threads; each starts when it is first needed. */
export class WorkerReader implements TimelineStore {
  readonly #threads: Record<Lane, WorkerThread>;

  readonly account = this.#method('account');
  readonly findUsers = this.#method('findUsers');
  readonly devices = this.#method('devices');
  readonly isDeviceValid = this.#method('isDeviceValid');
  readonly rooms = this.#method('rooms');
  readonly room = this.#method('room');
  readonly members = this.#method('members');
  readonly isMember = this.#method('isMember');
  readonly peers = this.#method('peers');
  readonly history = this.#method('history');
  readonly search = this.#method('search', 'search');
  readonly inboxState = this.#method('inboxState');
  readonly inbox = this.#method('inbox');
  readonly heads = this.#method('heads');
  readonly file = this.#method('file');
  readonly storedKeys = this.#method('storedKeys', 'maintenance');
  readonly isPushNeeded = this.#method('isPushNeeded');
  readonly pushCandidates = this.#method('pushCandidates', 'pushes');
  readonly duePushes = this.#method('duePushes', 'pushes');
  readonly pushBacklog = this.#method('pushBacklog', 'pushes');
  readonly verify = this.#method('verify', 'maintenance');
  readonly backup = this.#method('backup', 'maintenance');

  constructor(path: string, script: URL = new URL('./reader-worker.js', import.meta.url)) {
    const thread = () => new WorkerThread(script, { path });
    this.#threads = { reads: thread(), search: thread(), pushes: thread(), maintenance: thread() };
  }

  async close(): Promise<void> {
    await Promise.all(LANES.map((lane) => this.#threads[lane].close()));
  }

  #method<M extends Method>(method: M, lane: Lane = 'reads'): TimelineStore[M] {
    const call = (...args: readonly unknown[]) => {
      return this.#threads[lane].call({ method, args } satisfies Call);
    };
    return call as TimelineStore[M];
  }
}

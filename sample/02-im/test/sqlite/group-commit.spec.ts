import { ImError } from '../../src/model/error.js';
import type { SentMessage } from '../../src/ports/ingest-queue.js';
import type { BatchRunner, Command, Outcome } from '../../src/sqlite/batch.js';
import { GroupCommitQueue } from '../../src/sqlite/group-commit-queue.js';
import { isStorageFailure } from '../../src/sqlite/storage-failure.js';
import { SearchIndex } from '../../src/sqlite/tables/search-index.js';
import { TemporaryStore } from './temporary-store.js';

/** Writes when the test says so. */
class ManualRunner implements BatchRunner {
  readonly batches: { size: number; settle(outcome?: Outcome): void; fail(): void }[] = [];
  isClosed = false;

  run(batch: readonly Command[]): Promise<Outcome[]> {
    return new Promise((resolve, reject) => {
      this.batches.push({
        size: batch.length,
        settle: (outcome = { result: { removed: 0 } }) => resolve(batch.map(() => outcome)),
        fail: () => reject(new Error('disk on fire')),
      });
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('The queue', () => {
  let runner: ManualRunner;
  let queue: GroupCommitQueue;
  const execute = (count: number) =>
    Array.from({ length: count }, () => queue.execute('inbox.trim', { before: 0, maxRows: 0 }));

  beforeEach(() => {
    runner = new ManualRunner();
    queue = new GroupCommitQueue(runner, { maxWaiting: 10, maxBatch: 4 });
  });

  it('writes at once what comes at once, and gathers what comes while it writes', async () => {
    const calls = [...execute(1)];
    await turn();
    for (let index = 0; index < 6; index++) {
      calls.push(...execute(1));
      await turn();
    }
    expect(runner.batches.map(({ size }) => size)).toEqual([1, 1]);
    expect(queue.depth).toBe(7);
    runner.batches[0]!.settle();
    await turn();
    expect(runner.batches.map(({ size }) => size)).toEqual([1, 1, 4]);
    for (const batch of runner.batches) batch.settle();
    await turn();
    for (const batch of runner.batches) batch.settle();
    await Promise.all(calls);
    expect(runner.batches.map(({ size }) => size)).toEqual([1, 1, 4, 1]);
    expect(queue.depth).toBe(0);
  });

  it('is BUSY when too many wait, and takes more when they have been written', async () => {
    const calls = execute(10);
    await expect(execute(1)[0]).rejects.toMatchObject({ code: 'BUSY', retryable: true });
    expect(queue.depth).toBe(10);
    await turn();
    runner.batches[0]!.settle();
    await turn();
    calls.push(...execute(4));
    await expect(execute(1)[0]).rejects.toMatchObject({ code: 'BUSY' });
    while (queue.depth > 0) {
      for (const batch of runner.batches) batch.settle();
      await turn();
    }
    await Promise.all(calls);
  });

  it('says STORAGE to those in a batch that was not written, and goes on', async () => {
    const [lost, written] = [execute(4), execute(2)];
    await turn();
    runner.batches[0]!.fail();
    runner.batches[1]!.settle();
    const results = await Promise.allSettled(lost);
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'STORAGE', retryable: true } });
    }
    await Promise.all(written);
  });

  it('finishes what waits before it closes, and takes nothing more', async () => {
    const calls = execute(3);
    const closed = queue.close();
    await expect(execute(1)[0]).rejects.toMatchObject({ code: 'STORAGE' });
    await turn();
    expect(runner.isClosed).toBe(false);
    runner.batches[0]!.settle();
    await Promise.all([...calls, closed]);
    expect(runner.isClosed).toBe(true);
  });
});

describe('The writer', () => {
  let im: TemporaryStore;

  beforeEach(async () => {
    im = await TemporaryStore.open();
    await im.users('alice', 'bob');
  });

  afterEach(async () => {
    expect(await im.store.verify()).toEqual([]);
    await im.remove();
  });

  it('uses up no seq when the disk is full, and goes on when it is not', async () => {
    const { roomId } = await im.send('alice', { toUserId: 'bob' }, 'before');
    const pages = im.writer.db.pragma('page_count', { simple: true }) as number;
    im.writer.db.pragma(`max_page_count = ${pages + 1}`);
    const text = 'x'.repeat(20_000);
    const batch = () => Array.from({ length: 5 }, () => im.send('bob', { roomId }, text, { type: 'unicast' }));
    for (const result of await Promise.allSettled(batch())) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'STORAGE', retryable: true } });
    }
    expect(await im.store.room('alice', roomId)).toMatchObject({ last_seq: 1 });
    im.writer.db.pragma('max_page_count = 1000000');
    const sent = await Promise.all(batch());
    expect(sent.map(({ seq }) => seq)).toEqual([2, 3, 4, 5, 6]);
  });

  it('says STORAGE while another process holds the database, and goes on afterwards', async () => {
    im.writer.db.pragma('busy_timeout = 0');
    const other = new (im.writer.db.constructor as new (path: string) => typeof im.writer.db)(im.writer.db.name);
    other.exec('begin immediate');
    await expect(im.send('alice', { toUserId: 'bob' }, 'x')).rejects.toMatchObject({ code: 'STORAGE' });
    other.exec('rollback');
    other.close();
    expect(await im.send('alice', { toUserId: 'bob' }, 'x')).toMatchObject({ seq: 1 });
  });

  describe('when one command stumbles over an error', () => {
    const { flush } = SearchIndex.prototype;

    afterEach(() => {
      SearchIndex.prototype.flush = flush;
    });

    async function expectOnlyFaultFails(message: string): Promise<void> {
      const texts = ['one', 'fault', 'two'];
      const results = await Promise.allSettled(texts.map((text) => im.send('alice', { toUserId: 'bob' }, text)));
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      const { reason } = results[1] as PromiseRejectedResult;
      expect(reason).not.toBeInstanceOf(ImError);
      expect(reason).toMatchObject({ message, stack: expect.stringContaining('at ') });
      const [sent] = results as PromiseFulfilledResult<SentMessage>[];
      expect(await im.texts('bob', sent!.value.roomId)).toEqual(['one', 'two']);
      expect(await im.search('bob', 'two')).toEqual(['two']);
    }

    it('those in the same commit are stored', async () => {
      // Cause: any SQLITE_ERROR, as of JSON that is none, failed all of the batch with STORAGE, and `/readyz` with it.
      im.writer.db.exec(`
        create trigger fault before insert on messages when new.content like '%fault%' begin select json('{'); end`);
      await expectOnlyFaultFails('malformed JSON');
    });

    it('those in the same commit are stored though it shows only when all of them are written to the index', async () => {
      const faults = im.writer.db.prepare(`select 1 from messages where content like '%fault%'`);
      SearchIndex.prototype.flush = function (this: SearchIndex) {
        flush.call(this);
        if (faults.get()) throw new TypeError('not a word');
      };
      await expectOnlyFaultFails('not a word');
    });
  });

  it.each([
    ['SQLITE_FULL', true],
    ['SQLITE_IOERR_FSYNC', true],
    ['SQLITE_BUSY', true],
    ['SQLITE_READONLY_DBMOVED', true],
    ['SQLITE_CORRUPT_VTAB', true],
    ['SQLITE_ERROR', false],
    ['SQLITE_CONSTRAINT_UNIQUE', false],
    ['SQLITE_MISMATCH', false],
    ['SQLITE_RANGE', false],
    ['ENOENT', false],
  ])('takes %s for a failure of the disk: %s', (code, isFailure) => {
    expect(isStorageFailure(Object.assign(new Error(), { code }))).toBe(isFailure);
  });

  it('writes with the full synchronisation of a WAL', () => {
    expect(im.writer.db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(im.writer.db.pragma('synchronous', { simple: true })).toBe(2);
  });
});

it('50 senders with 200 messages each get the seqs from 1 to 10,000', async () => {
  const im = await TemporaryStore.open({ maxInboxMembers: 20 });
  const senders = Array.from({ length: 50 }, (_, index) => `sender${index}`);
  await im.users(...senders);
  const { roomId } = await im.group(senders[0]!, ...senders);
  const { last_seq } = await im.store.room('sender0', roomId);
  const sendAll = async (sender: string) => {
    const seqs: number[] = [];
    for (let index = 0; index < 200; index++) seqs.push((await im.send(sender, { roomId }, `${index}`)).seq);
    return seqs;
  };
  const seqs = await Promise.all(senders.map(sendAll));
  for (const own of seqs) expect(own).toEqual(own.toSorted((a, b) => a - b));
  const all = seqs.flat().toSorted((a, b) => a - b);
  expect(all).toEqual(Array.from({ length: 10_000 }, (_, index) => last_seq + 1 + index));
  expect(await im.store.verify()).toEqual([]);
  await im.remove();
}, 60_000);

import { WorkerThread } from '../../src/sqlite/worker/worker-thread.js';

/** Answers `double`, refuses what is `bad`, dies of `die`, and says nothing to `wait`. */
const SCRIPT = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort, threadId, workerData } from 'node:worker_threads';
    if (workerData.broken) throw new Error('no such disk');
    parentPort.on('message', ({ id, request }) => {
      if (request === 'die') throw new Error('out of luck');
      if (request === 'thread') parentPort.postMessage({ id, result: threadId });
      if (request === 'bad') parentPort.postMessage({ id, refusal: { code: 'GONE', message: 'bad', details: { seq: 1 } } });
      if (typeof request === 'number') parentPort.postMessage({ id, result: 2 * request });
    });
  `)}`,
);

describe('A thread of the store', () => {
  let thread: WorkerThread;

  beforeEach(() => {
    thread = new WorkerThread(SCRIPT, {});
  });

  afterEach(() => thread.close());

  it('answers requests', async () => {
    expect(await Promise.all([thread.call(1), thread.call(2)])).toEqual([2, 4]);
    await expect(thread.call('bad')).rejects.toMatchObject({ name: 'ImError', code: 'GONE', details: { seq: 1 } });
  });

  it('rejects with STORAGE what is pending when it dies, and is started again', async () => {
    const before = await thread.call('thread');
    const waiting = [thread.call('wait'), thread.call('die')];
    for (const call of waiting) {
      await expect(call).rejects.toMatchObject({
        code: 'STORAGE',
        retryable: true,
        message: expect.stringContaining('out of luck') as string,
      });
    }
    expect(await thread.call(3)).toBe(6);
    expect(await thread.call('thread')).not.toBe(before);
  });

  it('rejects with the reason when it cannot start', async () => {
    const broken = new WorkerThread(SCRIPT, { broken: true });
    await expect(broken.call(1)).rejects.toMatchObject({
      code: 'STORAGE',
      message: expect.stringContaining('no such disk') as string,
    });
    await broken.close();
  });

  it('answers no more when it is closed', async () => {
    await thread.call(1);
    await thread.close();
    await expect(thread.call(1)).rejects.toMatchObject({ code: 'STORAGE' });
  });
});

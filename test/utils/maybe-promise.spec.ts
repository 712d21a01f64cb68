import { isPromise, startAll, then } from '../../lib/utils/maybe-promise.js';

describe('then', () => {
  it('goes on at once with a value that is there', () => {
    expect(then(1, (value) => value + 1)).toBe(2);
  });

  it('goes on later with a value that is not', async () => {
    const later = then(Promise.resolve(1), (value) => value + 1);
    expect(isPromise(later)).toBe(true);
    expect(await later).toBe(2);
  });

  it('throws or rejects as the way of the value is', async () => {
    const fail = (): never => {
      throw new Error('no');
    };
    expect(() => then(1, fail)).toThrow('no');
    await expect(then(Promise.resolve(1), fail)).rejects.toThrow('no');
  });
});

describe('isPromise', () => {
  it('knows everything with a method then', () => {
    expect(isPromise(Promise.resolve())).toBe(true);
    expect(isPromise({ then() {} })).toBe(true);
  });

  it.each([null, undefined, 0, '', 'then', {}, { then: 1 }, () => {}])('does not take %p for one', (value) => {
    expect(isPromise(value)).toBe(false);
  });
});

describe('startAll', () => {
  it('is done at once when nobody waits', () => {
    const started: number[] = [];
    expect(startAll([1, 2], (item) => void started.push(item))).toBeUndefined();
    expect(started).toEqual([1, 2]);
  });

  it('waits for all that wait', async () => {
    const done: number[] = [];
    await startAll([1, 2, 3], (item) => (item === 2 ? undefined : Promise.resolve().then(() => done.push(item))));
    expect(done).toEqual([1, 3]);
  });

  it('throws what fails at once, and starts no more', () => {
    const started: number[] = [];
    const start = (item: number): void => {
      started.push(item);
      throw new Error('no');
    };
    expect(() => startAll([1, 2], start)).toThrow('no');
    expect(started).toEqual([1]);
  });

  it('leaves no failure unheard when one fails at once and another later', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const all = startAll([1, 2], (item) => {
      if (item === 2) throw new Error('at once');
      return new Promise((_, reject) => setImmediate(() => reject(new Error('later'))));
    });
    await expect(all).rejects.toThrow('at once');
    await new Promise((resolve) => setTimeout(resolve, 10));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});

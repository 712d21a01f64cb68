import { isPromise, then } from '../../lib/utils/maybe-promise.js';

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

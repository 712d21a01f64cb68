import fc from 'fast-check';
import { Fifo } from '../../lib/utils/fifo.js';

describe('Fifo', () => {
  it('gives out what came first', () => {
    const fifo = new Fifo<number>();
    [1, 2, 3].forEach((item) => fifo.push(item));
    expect(fifo.peek()).toBe(1);
    expect([fifo.shift(), fifo.shift(), fifo.shift(), fifo.shift()]).toEqual([1, 2, 3, undefined]);
    expect(fifo.peek()).toBeUndefined();
    expect(fifo.size).toBe(0);
  });

  it('forgets everything when it is cleared', () => {
    const fifo = new Fifo<number>();
    for (let i = 0; i < 100; i++) fifo.push(i);
    fifo.shift();
    fifo.clear();
    expect(fifo.size).toBe(0);
    fifo.push(7);
    expect(fifo.toArray()).toEqual([7]);
  });

  it('behaves as an array would', () => {
    const step = fc.oneof({ weight: 3, arbitrary: fc.nat() }, { weight: 3, arbitrary: fc.constant(null) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 500 }), (steps) => {
        const fifo = new Fifo<number>();
        const array: number[] = [];
        for (const value of steps) {
          if (value === null) expect(fifo.shift()).toBe(array.shift());
          else {
            fifo.push(value);
            array.push(value);
          }
          expect(fifo.size).toBe(array.length);
          expect(fifo.peek()).toBe(array[0]);
        }
        expect(fifo.toArray()).toEqual(array);
      }),
    );
  });

  it('takes time in proportion to what passes through it', () => {
    const fifo = new Fifo<number>();
    for (let i = 0; i < 200_000; i++) fifo.push(i);
    const start = performance.now();
    for (let i = 0; i < 200_000; i++) fifo.shift();
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

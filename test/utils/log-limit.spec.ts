import { LogLimit } from '../../lib/utils/log-limit.js';

describe('A limit of the log', () => {
  it('admits twenty lines a minute, and says later how many it has left out', () => {
    const limit = new LogLimit();
    const admitted = Array.from({ length: 25 }, (_, i) => limit.admit(() => `line ${i}`, 1_000 + i));
    expect(admitted.filter((line) => line !== undefined)).toEqual(admitted.slice(0, 20));
    expect(limit.admit(() => 'early', 60_999)).toBeUndefined();
    expect(limit.admit(() => 'late', 61_000)).toBe('late (6 before it were left out)');
    expect(limit.admit(() => 'next', 61_001)).toBe('next');
    expect(limit.admit(() => 'much later', 200_000)).toBe('much later');
  });

  it('does not make lines that it does not admit', () => {
    const limit = new LogLimit();
    let made = 0;
    for (let i = 0; i < 1_000; i++) limit.admit(() => `${++made}`, 0);
    expect(made).toBe(20);
  });
});

import { getHeapSpaceStatistics } from 'node:v8';
import { TurnoverMap } from '../../lib/utils/turnover-map.js';
import { collectGarbage, collectYoungGarbage } from './collect-garbage.js';

const PRESENT = 32;
const TURNOVER = 4_000;

interface Entries {
  set(key: number, value: unknown): unknown;
  delete(key: number): boolean;
}

function oldGeneration(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')!.space_used_size;
}

/** Bytes that have grown old of entries that stay for a moment only. */
function grownOld(entries: Entries): number {
  for (let key = 0; key < PRESENT; key++) entries.set(key, undefined);
  collectGarbage();
  const before = oldGeneration();
  for (let key = PRESENT; key < TURNOVER; key++) {
    entries.set(key, Array.from({ length: 100 }));
    entries.delete(key - PRESENT);
    if (key % 500 === 0) collectYoungGarbage();
  }
  return oldGeneration() - before;
}

describe('TurnoverMap', () => {
  it('has what was put into it and not what was deleted, however often entries come and go', () => {
    const map = new TurnoverMap<number, string>();
    for (let key = 0; key < 1_000; key++) {
      map.set(key, `value ${key}`);
      if (key >= 10) expect(map.delete(key - 10)).toBe(true);
    }
    expect(map.size).toBe(10);
    expect([...map.values()]).toEqual(Array.from({ length: 10 }, (_, i) => `value ${990 + i}`));
    expect(map.get(995)).toBe('value 995');
    expect(map.has(989)).toBe(false);
    expect(map.get(989)).toBeUndefined();
    expect(map.delete(989)).toBe(false);
  });

  it('is empty when it has been cleared, and can be filled again', () => {
    const map = new TurnoverMap<string, number>().set('a', 1).set('b', 2);
    map.clear();
    expect(map.size).toBe(0);
    expect(map.set('b', 3).get('b')).toBe(3);
  });

  it('goes on with what was there when entries are deleted on the way', () => {
    const map = new TurnoverMap<number, number>();
    for (let key = 0; key < 100; key++) map.set(key, key);
    const seen: number[] = [];
    for (const value of map.values()) {
      seen.push(value);
      map.delete(value);
    }
    expect(seen).toHaveLength(100);
    expect(map.size).toBe(0);
  });

  // A Map's tables are linked: an old one keeps all later ones, and what was in them.
  it('lets entries that stay for a moment die young, as a Map does not', () => {
    const ofMap = grownOld(new Map());
    expect(ofMap).toBeGreaterThan(1_000_000);
    expect(grownOld(new TurnoverMap())).toBeLessThan(ofMap / 4);
  });
});

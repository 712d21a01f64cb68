import { Tally } from '../../lib/utils/tally.js';

describe('A tally', () => {
  it('counts what it knows by its key, from 0', () => {
    const tally = new Tally([1000, 1006]);
    tally.add(1006);
    tally.add(1006);
    expect(tally.toRecord()).toEqual({ 1000: 0, 1006: 2, other: 0 });
  });

  it('counts everything else together, so that it does not grow', () => {
    const tally = new Tally<string>(['KNOWN']);
    for (const key of ['UNKNOWN', '__proto__', 'constructor', 'other', '']) tally.add(key);
    expect(tally.toRecord()).toEqual({ KNOWN: 0, other: 5 });
  });

  it('gives a copy that does not change any more', () => {
    const tally = new Tally(['KNOWN']);
    const before = tally.toRecord();
    tally.add('KNOWN');
    expect(before).toEqual({ KNOWN: 0, other: 0 });
  });
});

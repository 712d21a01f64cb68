import { expectTests, tableRows } from './utils/documented-tests.js';

const ROWS = tableRows('SECURITY.md', /^\|[^|]+\| what we do \| test \|$/, 3);

describe('The table of threats in SECURITY.md', () => {
  it('has rows', () => expect(ROWS.length).toBeGreaterThan(40));

  it.each(ROWS.map(([threat, answer, test]) => [threat!, answer!, test!] as const))('%s', (_, answer, test) => {
    expect(answer).not.toBe('');
    if (!/^in work: \w+$/.test(test)) expectTests(test);
  });
});

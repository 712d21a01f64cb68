import { readFileSync } from 'node:fs';
import { CloseCode } from '../../lib/exceptions/stomp.exception.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The first cells of the table's rows. */
const ROWS = [...read('docs/errors.md').matchAll(/^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$/gm)];
const DOCUMENTED = ROWS.map(([, code]) => code!);

describe('The table of docs/errors.md', () => {
  const union = /export type StompErrorCode =([^;]+);/.exec(read('lib/exceptions/stomp.exception.ts'))![1]!;
  const codes = [...union.matchAll(/'(STOMP_ERR_\w+)'/g)].map(([, code]) => code!);
  const closeCodes = Object.values(CloseCode).filter((code) => typeof code === 'number');

  it('has every error code, and none that is not', () => {
    expect(codes.length).toBeGreaterThan(10);
    expect(DOCUMENTED.filter((code) => code.startsWith('STOMP_ERR_')).toSorted()).toEqual(codes.toSorted());
  });

  it.each(closeCodes)('has close code %s', (code) => {
    expect(DOCUMENTED).toContain(String(code));
  });

  it('says of each code once when it happens and what the client should do', () => {
    expect(new Set(DOCUMENTED).size).toBe(DOCUMENTED.length);
    for (const [, , when, then] of ROWS) {
      expect(when!.trim()).toMatch(/\.$/);
      expect(then!.trim()).toMatch(/\.$/);
    }
  });
});

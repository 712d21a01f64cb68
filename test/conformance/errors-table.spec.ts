import { readFileSync } from 'node:fs';
import { CloseCode, STOMP_ERROR_CODES } from '../../lib/exceptions/stomp.exception.js';

const TABLE = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');

/** The first cells of the table's rows. */
const ROWS = [...TABLE.matchAll(/^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$/gm)];
const DOCUMENTED = ROWS.map(([, code]) => code!);

describe('The table of docs/errors.md', () => {
  const closeCodes = Object.values(CloseCode).filter((code) => typeof code === 'number');

  it('has every error code, and none that is not', () => {
    expect(DOCUMENTED.filter((code) => code.startsWith('STOMP_ERR_')).toSorted()).toEqual(STOMP_ERROR_CODES.toSorted());
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

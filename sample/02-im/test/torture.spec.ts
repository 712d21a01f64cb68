import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const TORTURE = join(import.meta.dirname, '../torture/torture.mjs');

describe('A server that is killed again and again', () => {
  it('loses, doubles and disorders nothing, for any of its clients', async () => {
    const args = [TORTURE, '--kills', '5', '--messages', '2000', '--seed', '7'];
    // A failure rejects with all that was printed.
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toContain('2000 messages with a RECEIPT');
    expect(stdout).toContain('lost 0, duplicate 0, gap 0, disorder 0\nverify clean; 0 complaints of the server\n');
  }, 180_000);
});

// Runs the rows of the enhancer matrix on the Nest of this application.
import 'reflect-metadata';
import { ROWS } from './enhancer-matrix/index.js';

/** What the first versions of Nest 11 and 12 cannot do. An application must not start without what it declares. */
const MAY_BE_REFUSED = /useExisting|under a token/;

async function main(): Promise<void> {
  let refused = 0;
  for (const { name, run } of ROWS) {
    try {
      await run();
    } catch (cause) {
      const isRefusal = String(cause).includes('cannot run: Nest has not created it');
      if (!isRefusal || !MAY_BE_REFUSED.test(name)) throw new Error(`Failed: ${name}`, { cause });
      refused++;
    }
  }
  process.stdout.write(`${ROWS.length} rows, ${refused} refused\n`);
}

void main();

// A process of its own with the store's threads, for tests that kill it: node crash-child.mjs <compiled src> <database> [fail point]
import { pathToFileURL } from 'node:url';

const [, , compiled, path, failPoint] = process.argv;
const { openSqlite } = await import(pathToFileURL(`${compiled}/sqlite/open-sqlite.js`).href);
const opened = await openSqlite({ path, failPoint });

process.on('message', (call) => void answer(call));
process.send('ready');

async function answer({ id, target, method, args }) {
  try {
    process.send({ id, result: await (target === 'all' ? opened : opened[target])[method](...args) });
  } catch ({ code, message }) {
    process.send({ id, error: { code, message } });
  }
}

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vapidKeysOf } from '../../src/push/vapid-keys.js';

let dataFolder: string;

beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'im-keys-'));
});

afterEach(() => rm(dataFolder, { recursive: true }));

it('makes keys once, and keeps them', async () => {
  const made = vapidKeysOf({ dataFolder });
  expect(vapidKeysOf({ dataFolder })).toEqual(made);
  expect(await readdir(dataFolder)).toEqual(['vapid.json']);
});

it.each(['', '{}', '{"publicKey":"AAAA","privateKey":"AAAA"}'])('makes no new ones in place of %j', async (text) => {
  const path = join(dataFolder, 'vapid.json');
  await writeFile(path, text);
  expect(() => vapidKeysOf({ dataFolder })).toThrow(`${path} has no VAPID keys`);
});

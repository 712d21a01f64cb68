import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ImClient } from './support/im-client.js';
import { ImServer } from './support/im-server.js';

const CLI = join(import.meta.dirname, '../dist/cli.js');

describe('The commands of an operator', () => {
  let server: ImServer;
  let folder: string;

  beforeAll(async () => {
    server = await ImServer.start();
    folder = await mkdtemp(join(tmpdir(), 'im-cli-'));
  }, 30_000);

  afterAll(async () => {
    ImClient.disconnectAll();
    await server.remove();
    await rm(folder, { recursive: true, force: true });
  });

  /** As it is typed in `folder`. */
  function run(...args: string[]): Promise<{ code: number; output: string; complaint: string }> {
    return new Promise((resolve) => {
      const env = { ...process.env, INIT_CWD: folder };
      const child = execFile(
        process.execPath,
        [CLI, ...args],
        { cwd: import.meta.dirname, env },
        (_error, output, complaint) => resolve({ code: child.exitCode!, output, complaint }),
      );
    });
  }

  it('verify says that everything holds, of a server that runs, too', async () => {
    const alice = await ImClient.login(server, 'alice');
    const { roomId } = await alice.createRoom('verified', ['bob']);
    await alice.say(roomId, 'hello');
    const result = await run('verify', '--data', server.dataFolder);
    expect(result).toEqual({ code: 0, output: 'all invariants hold\n', complaint: '' });
  });

  it('backup copies what a running server has committed, and the copy is whole', async () => {
    const alice = await ImClient.login(server, 'alice');
    const { roomId } = await alice.createRoom('backed up', ['bob']);
    const { seq } = await alice.say(roomId, 'kept');
    const copy = join(folder, 'copy.sqlite');
    const result = await run('backup', 'copy.sqlite', '--data', server.dataFolder);
    expect(result).toEqual({ code: 0, output: expect.stringContaining(copy), complaint: '' });
    await alice.say(roomId, 'too late');

    await mkdir(join(folder, 'restored'));
    await copyFile(copy, join(folder, 'restored/im.sqlite'));
    expect(await run('verify', '--data', 'restored')).toMatchObject({ code: 0, output: 'all invariants hold\n' });
    const db = new Database(copy, { readonly: true });
    const last = db.prepare('select last_seq from rooms where room_id = ?').pluck().get(roomId);
    db.close();
    expect(last).toBe(seq);
  });

  it('the folder is `data`, where the command was typed, if none is named', async () => {
    // Cause: npm runs it in the folder of the sample, but `npm start -- 02-im` keeps its data where it was typed.
    await mkdir(join(folder, 'data'));
    await run('backup', 'data/im.sqlite', '--data', server.dataFolder);
    expect(await run('verify')).toMatchObject({ code: 0, output: 'all invariants hold\n' });
  });

  it('backup overwrites nothing', async () => {
    await run('backup', 'twice.sqlite', '--data', server.dataFolder);
    const result = await run('backup', 'twice.sqlite', '--data', server.dataFolder);
    expect(result).toMatchObject({
      code: 2,
      complaint: expect.stringMatching(/There is a file .*twice\.sqlite already/),
    });
  });

  it('verify names what does not hold', async () => {
    const broken = join(folder, 'broken');
    await mkdir(broken);
    await run('backup', join(broken, 'im.sqlite'), '--data', server.dataFolder);
    const db = new Database(join(broken, 'im.sqlite'));
    const roomId = db.prepare('select room_id from rooms where last_seq > 0').pluck().get();
    db.prepare('update rooms set last_seq = last_seq + 1 where room_id = ?').run(roomId);
    db.close();
    const result = await run('verify', '--data', broken);
    expect(result).toMatchObject({
      code: 1,
      output: expect.stringContaining(`The seqs of a room are 1 to its last one: ${String(roomId)}\n`),
    });
  });

  it.each([
    [[], 'Say what to do.'],
    [['restore'], 'Say what to do.'],
    [['backup'], 'backup takes the name of one file.'],
    [['verify', 'this'], 'verify takes no file.'],
    [['verify', '--folder', 'x'], "Unknown option '--folder'"],
    [['verify', '--data', 'nowhere'], 'There is no database'],
  ])('%j is told what is wrong with it', async (args, complaint) => {
    expect(await run(...args)).toMatchObject({ code: 2, output: '', complaint: expect.stringContaining(complaint) });
  });
});

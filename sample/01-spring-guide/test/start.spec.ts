import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../../..');

/** Starts a sample as CONTRIBUTING says, and hands over what it prints, up to the line that tells where it is. */
async function withSample(
  { options = [], env = {} }: { options?: string[]; env?: Record<string, string> },
  use: (output: string[], address: string) => Promise<void>,
): Promise<void> {
  const npm = spawn('npm', ['start', '--silent', ...options], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const exit = once(npm, 'exit');
  const output: string[] = [];
  try {
    for await (const line of createInterface(npm.stdout)) {
      output.push(line);
      if (line.includes('http://')) break;
    }
    const [address] = /http:\/\/localhost:\d+/.exec(output.at(-1) ?? '') ?? [];
    expect(address).toBeDefined();
    await use(output, address!);
  } finally {
    process.kill(-npm.pid!, 'SIGTERM');
    await exit;
  }
}

// In one file, and so one after the other: each builds its sample.
describe('`npm start`', () => {
  it('compiles nothing of the package that has not changed, so that others may use it meanwhile', async () => {
    const compiled = join(ROOT, 'dist/index.js');
    const before = await stat(compiled);
    await withSample({}, async () => {
      const { ino, mtimeMs } = await stat(compiled);
      expect({ ino, mtimeMs }).toEqual({ ino: before.ino, mtimeMs: before.mtimeMs });
    });
  }, 120_000);

  it('serves the guide, and says in one line where to find it', async () => {
    await withSample({}, async (output, address) => {
      expect(output).toEqual([expect.stringMatching(/^Open http:\/\/localhost:\d+ /)]);
      const page = await (await fetch(address)).text();
      expect(page).toContain('stomp.connect({}, function (frame) {');
      for (const script of ['jquery.js', 'sockjs.min.js', 'stomp.js', 'stomp.umd.js']) {
        expect((await fetch(`${address}/js/${script}`)).status).toBe(200);
      }
      expect(await (await fetch(`${address}/webSocket`)).text()).toBe('Welcome to SockJS!\n');
    });
  }, 120_000);

  it('serves another sample by its name, which reads the environment', async () => {
    const env = { STOMP_PATH: '/live', REGION: 'south', STOMP_HEARTBEAT: '7000' };
    await withSample({ options: ['--', '08-async-configuration'], env }, async (output, address) => {
      expect(output).toEqual([
        expect.stringMatching(/^Listening at http.*: node sample\/08-async-configuration\/client.js$/),
      ]);
      const client = join(ROOT, 'sample/08-async-configuration/client.js');
      const { port } = new URL(address);
      const { stdout } = await promisify(execFile)(process.execPath, [client], {
        env: { ...process.env, ...env, PORT: port },
        timeout: 15_000,
      });
      expect(stdout).toMatch(/^connected; heart-beats of the server: 7000,7000\nbergen: 12 °C/);
    });
  }, 120_000);
});

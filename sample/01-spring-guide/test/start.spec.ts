import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '../../..');

it('is served by `npm start`, which says in one line where to find it', async () => {
  const npm = spawn('npm', ['start', '--silent'], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const exit = once(npm, 'exit');
  const output: string[] = [];
  try {
    for await (const line of createInterface(npm.stdout)) {
      output.push(line);
      if (line.startsWith('Open ')) break;
    }
    expect(output).toEqual([expect.stringMatching(/^Open http:\/\/localhost:\d+ /)]);

    const [address] = /http:\/\/localhost:\d+/.exec(output[0]!)!;
    const page = await (await fetch(address!)).text();
    expect(page).toContain('stomp.connect({}, function (frame) {');
    for (const script of ['jquery.js', 'sockjs.min.js', 'stomp.js', 'stomp.umd.js']) {
      expect((await fetch(`${address}/js/${script}`)).status).toBe(200);
    }
    expect(await (await fetch(`${address}/webSocket`)).text()).toBe('Welcome to SockJS!\n');
  } finally {
    process.kill(-npm.pid!, 'SIGTERM');
    await exit;
  }
}, 60_000);

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const SAMPLE = join(import.meta.dirname, '../../..');
const ROOT = join(SAMPLE, '../..');

/** The server as people start it, on some free port; it can stop and come back, with what it has kept. */
export class ImProcess {
  private child: ChildProcess | undefined;
  private port = 0;

  private constructor(
    private readonly data: string,
    private readonly options: Record<string, string>,
  ) {}

  /** @param options environment variables */
  static async start(options: Record<string, string> = {}): Promise<ImProcess> {
    await promisify(execFile)(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', SAMPLE]);
    const server = new ImProcess(await mkdtemp(join(tmpdir(), 'im-web-')), options);
    await server.run();
    return server;
  }

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  async run(): Promise<void> {
    const own = { PORT: `${this.port}`, IM_DATA: this.data, IM_MESSAGES_PER_SECOND: '1000' };
    const env = { ...process.env, ...own, ...this.options };
    this.child = spawn(process.execPath, [join(SAMPLE, 'dist/main.js')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface(this.child.stdout!)) {
      const [, port] = /http:\/\/localhost:(\d+)/.exec(line) ?? [];
      if (!port) continue;
      this.port = Number(port);
      return;
    }
    throw new Error('The server has not started');
  }

  async halt(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.child!;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }

  async remove(): Promise<void> {
    await this.halt();
    await rm(this.data, { recursive: true, force: true });
  }
}

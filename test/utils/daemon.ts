import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';

/** A server of another project, on a port of the loopback interface that nobody else has. It can be stopped and started again. */
export class Daemon {
  #process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly command: string,
    private readonly args: readonly string[],
    /** What it says when it takes connections. */
    private readonly ready: string,
  ) {}

  static async start(command: string, args: (port: number) => string[], ready: string): Promise<Daemon> {
    const port = await freePort();
    const daemon = new Daemon(port, command, args(port), ready);
    await daemon.start();
    return daemon;
  }

  async start(): Promise<void> {
    const child = spawn(this.command, this.args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    let output = '';
    await new Promise<void>((resolve, reject) => {
      const said = (text: Buffer): void => {
        output += text.toString();
        if (output.includes(this.ready)) resolve();
      };
      child.stdout.on('data', said);
      child.stderr.on('data', said);
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`${this.command} has ended: ${output}`)));
    });
  }

  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    // Its connections are closed, and what it has taken is on its way.
    child.kill('SIGTERM');
    child.kill('SIGCONT');
    await exited;
  }

  /** From then on it answers nobody, and no connection is cut. */
  async pause(): Promise<void> {
    const { pid } = this.#process!;
    this.#process!.kill('SIGSTOP');
    // Its threads stop one after another, and each may answer as long as it runs.
    const isStopped = (thread: string): boolean =>
      readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').split(') ')[1]!.startsWith('T');
    while (!readdirSync(`/proc/${pid}/task`).every(isStopped)) await new Promise(setImmediate);
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }
}

export function startRedis(...more: string[]): Promise<Daemon> {
  const args = (port: number): string[] => [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--dir',
    '/tmp',
    ...more,
  ];
  return Daemon.start('redis-server', args, 'Ready to accept connections');
}

export function startNats(...more: string[]): Promise<Daemon> {
  const args = (port: number): string[] => ['--addr', '127.0.0.1', '--port', `${port}`, ...more];
  return Daemon.start('nats-server', args, 'Server is ready');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

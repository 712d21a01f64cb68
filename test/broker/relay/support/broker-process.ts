import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';

/** A program that serves a port, run by the test itself. */
export class BrokerProcess {
  #child: ChildProcess | undefined;
  #output = '';

  constructor(
    private readonly command: string,
    private readonly args: readonly string[],
    private readonly env: Record<string, string>,
    private readonly port: number,
    /** Who really runs, if the command is only its starter. */
    private readonly pidOf: () => number | undefined = () => undefined,
  ) {}

  /** Settles when it can be connected to. */
  async start(patience = 60_000): Promise<void> {
    this.#output = '';
    const child = spawn(this.command, this.args, {
      env: { ...process.env, ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data: Buffer) => (this.#output = (this.#output + data.toString()).slice(-10_000)));
    }
    const end = performance.now() + patience;
    while (!(await isListening(this.port))) {
      if (child.exitCode !== null || performance.now() > end) {
        await this.kill();
        throw new Error(`${this.command} does not listen at ${this.port}:\n${this.#output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Asks it to end, and waits until it has. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** Ends it at once. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** It does nothing any more when this returns, and keeps what it has: a thread on another processor would go on for a moment. */
  freeze(): void {
    const pid = this.#pid;
    if (pid === undefined) return;
    tell(pid, 'SIGSTOP');
    while (!isStopped(pid));
  }

  thaw(): void {
    const pid = this.#pid;
    if (pid !== undefined) tell(pid, 'SIGCONT');
  }

  get #pid(): number | undefined {
    return this.pidOf() ?? this.#child?.pid;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#child = undefined;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const pid = this.pidOf();
    if (pid !== undefined) tell(pid, signal);
    if (pid === undefined || signal === 'SIGKILL') child.kill(signal);
    if (child.exitCode === null && child.signalCode === null) await gone;
  }
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has gone already.
  }
}

/** Whether all of its threads are, or have gone. */
function isStopped(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
      return /^[TtZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
    });
  } catch {
    return true;
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(import.meta.dirname, '../../dist/main.js');

export interface Credentials {
  readonly userId: string;
  readonly deviceId: string;
  readonly token: string;
  readonly refreshToken: string;
}

/** The server as `npm start` runs it, in a process of its own; it can be killed and started again over the same data. */
export class ImServer {
  #process: ChildProcess | undefined;
  #port = 0;
  /** What it has written, where nothing should be. */
  readonly complaints: string[] = [];

  private constructor(
    readonly dataFolder: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  static async start(env: NodeJS.ProcessEnv = {}): Promise<ImServer> {
    if (!existsSync(MAIN)) throw new Error('The sample is not compiled: npm run build -w 02-im');
    const server = new ImServer(await mkdtemp(join(tmpdir(), 'im-')), env);
    await server.startAgain();
    return server;
  }

  get url(): string {
    return `http://localhost:${this.#port}`;
  }

  get webSocketUrl(): string {
    return `ws://localhost:${this.#port}/ws`;
  }

  get pid(): number {
    return this.#process!.pid!;
  }

  /** Settles when the process ends, with the signal that ended it, or its exit code. */
  async ended(): Promise<NodeJS.Signals | number> {
    const { exitCode, signalCode } = this.#process!;
    if (exitCode === null && signalCode === null) await once(this.#process!, 'exit');
    return this.#process!.signalCode ?? this.#process!.exitCode!;
  }

  /** At the same port, once it has one. */
  async startAgain(env: NodeJS.ProcessEnv = {}): Promise<void> {
    const child = spawn(process.execPath, [MAIN], {
      env: {
        ...process.env,
        PORT: `${this.#port}`,
        IM_DATA: this.dataFolder,
        IM_MESSAGES_PER_SECOND: '10000',
        IM_QUERIES_PER_SECOND: '10000',
        IM_LOGINS_PER_MINUTE: '10000',
        ...this.env,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    createInterface(child.stderr).on('line', (line) => this.complaints.push(line));
    for await (const line of createInterface(child.stdout)) {
      const [, port] = /http:\/\/localhost:(\d+)/.exec(line) ?? [];
      if (port === undefined) continue;
      this.#port = Number(port);
      return;
    }
    throw new Error(`The server did not start: ${this.complaints.join('\n')}`);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#process!.kill(signal);
    await this.ended();
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.dataFolder, { recursive: true, force: true });
  }

  async request(
    method: string,
    path: string,
    { body, token }: { body?: unknown; token?: string } = {},
  ): Promise<Response> {
    return fetch(this.url + path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }

  /** @throws Error when the answer is no success */
  async json<T = any>(method: string, path: string, options: { body?: unknown; token?: string } = {}): Promise<T> {
    const response = await this.request(method, path, options);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async login(userId: string, deviceId = 'd1', password = 'demo'): Promise<Credentials> {
    const answer = await this.json('POST', '/api/login', { body: { user_id: userId, password, device_id: deviceId } });
    return { userId, deviceId, token: answer.access_token, refreshToken: answer.refresh_token };
  }
}

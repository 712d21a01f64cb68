import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** The server as `npm start` runs it, in a process of its own, which can be killed and started again over the same data. */
export class ServerProcess {
  /** Lines that it has written to where errors go. */
  complaints = '';
  /** Settles when the present process has ended, with the signal or the exit code. */
  ended;
  #child;
  #port = 0;

  /**
   * @param env variables beside those of this process
   * @param execArgv options of Node for it
   */
  constructor(dataFolder, env = {}, execArgv = []) {
    // Whatever ends this process, the other one does not stay.
    process.on('exit', () => this.#child?.kill('SIGKILL'));
    if (!existsSync(MAIN)) throw new Error('The sample is not compiled: npm run build && npm run build -w 02-im');
    this.dataFolder = dataFolder;
    this.env = env;
    this.execArgv = execArgv;
  }

  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  get webSocketUrl() {
    return `ws://127.0.0.1:${this.#port}/ws`;
  }

  get pid() {
    return this.#child.pid;
  }

  /** At the same port, once it has one. @param env variables of this time only */
  async start(env = {}) {
    const child = spawn(process.execPath, [...this.execArgv, MAIN], {
      env: {
        ...process.env,
        IM_DEMO: '0',
        IM_MESSAGES_PER_SECOND: '100000',
        IM_QUERIES_PER_SECOND: '100000',
        IM_LOGINS_PER_MINUTE: '100000',
        IM_TOKEN_SECONDS: '86400',
        ...this.env,
        ...env,
        PORT: `${this.#port}`,
        IM_DATA: this.dataFolder,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.ended = once(child, 'exit').then(([code, signal]) => signal ?? code);
    child.stderr.on('data', (text) => (this.complaints += text));
    const listening = new Promise((resolve) => {
      let output = '';
      child.stdout.on('data', (text) => {
        output += text;
        const [, port] = /http:\/\/localhost:(\d+)/.exec(output) ?? [];
        if (port) resolve(Number(port));
      });
    });
    const port = await Promise.race([listening, this.ended.then(() => undefined)]);
    if (port === undefined) throw new Error(`The server did not start: ${this.complaints}`);
    this.#port = port;
  }

  async stop(signal = 'SIGKILL') {
    this.#child.kill(signal);
    return this.ended;
  }

  /** Asks what one of the `--import`ed modules answers. */
  async ask(question) {
    this.#child.send(question);
    const [answer] = await once(this.#child, 'message');
    return answer;
  }

  /** @throws Error when the answer is no success */
  async post(path, body) {
    const response = await fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
}

import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { freePort } from './free-port.mjs';
import { sleep } from './load/clock.mjs';

const START_MS = 60_000;
const STOP_MS = 20_000;
/** What a server may do after it listens, before it is used. */
const SETTLE_MS = 500;

/** A server under test, in a process of its own. */
export class Server {
  #name;
  #target;
  #child;
  #tidy;
  #port;

  static async start(name, target) {
    const server = new Server(name, target);
    try {
      await server.#start();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  constructor(name, target) {
    this.#name = name;
    this.#target = target;
  }

  get pid() {
    return this.#child.pid;
  }

  /** All that a load generator needs to know. */
  get endpoint() {
    const { driver, path, addresses, credentials } = this.#target;
    return { driver, url: `ws://127.0.0.1:${this.#port}${path}`, addresses, ...credentials };
  }

  async stop() {
    const child = this.#child;
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(timer);
    }
    this.#tidy?.();
  }

  async #start() {
    this.#port = await freePort();
    const { command, args, env, tidy } = await this.#target.launch(this.#port);
    this.#tidy = tidy;
    const child = spawn(command, args, {
      env: { ...process.env, ...env, PORT: String(this.#port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let output = '';
    const keep = (chunk) => (output = (output + chunk).slice(-4000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', keep);
    const end = Date.now() + START_MS;
    while (!(await this.#listens())) {
      if (child.exitCode !== null || Date.now() > end) throw new Error(`${this.#name} did not start:\n${output}`);
      await sleep(100);
    }
    await sleep(SETTLE_MS);
  }

  #listens() {
    return new Promise((resolve) => {
      const socket = connect(this.#port, '127.0.0.1');
      socket.on('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
  }
}

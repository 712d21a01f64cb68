import { fork } from 'node:child_process';
import { once } from 'node:events';

/** The application in a process of its own, which is told apart from the one that attacks it. */
export class ServerProcess {
  #child;
  #answer;

  /** Settles when the process ends or says that it has a fault; with what happened. */
  ended;
  port;

  static async start(settings) {
    const server = new ServerProcess();
    await server.#start(settings);
    return server;
  }

  /** Heap after garbage collection, active resources, statistics. */
  async report() {
    return (await this.#ask('report')).report;
  }

  /** Statistics, and what was logged that nobody has foreseen. */
  async snapshot() {
    return (await this.#ask('snapshot')).snapshot;
  }

  /** @returns how long it took to stop, in milliseconds */
  async stop() {
    const start = performance.now();
    this.#child.kill('SIGTERM');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    return performance.now() - start;
  }

  async #start(settings) {
    const application = new URL('./application.mjs', import.meta.url);
    this.#child = fork(application, [JSON.stringify(settings)], { execArgv: ['--expose-gc'] });
    this.ended = new Promise((resolve) => {
      this.#child.on('message', ({ fault }) => fault && resolve(fault));
      this.#child.on('exit', (code, signal) => resolve(`the server ended with ${signal ?? code}`));
    });
    this.#child.on('message', (message) => this.#answer?.(message));
    this.port = (await this.#next()).port;
  }

  #ask(question) {
    this.#child.send(question);
    return this.#next();
  }

  async #next() {
    const answer = new Promise((resolve) => (this.#answer = resolve));
    const first = await Promise.race([answer, this.ended]);
    if (typeof first === 'string') throw new Error(first);
    return first;
  }
}

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isFor } from './plans.mjs';
import { Server } from './server.mjs';
import { targets } from './targets.mjs';

const GENERATOR = fileURLToPath(new URL('./generator.mjs', import.meta.url));
const execute = promisify(execFile);

/**
 * Runs servers side by side: in every round each server in turn, so that a drift of the machine meets all of them. A server stays up between
 * its runs, and is warm after the first, unless a plan wants it fresh.
 */
export class Comparison {
  #names;
  #rounds;
  #warmUps;
  #onRun;
  #servers = new Map();
  #failed = new Set();

  /** @param onRun told what is run, before each run */
  constructor({ names, rounds, warmUps, onRun }) {
    this.#names = names;
    this.#rounds = rounds;
    this.#warmUps = warmUps;
    this.#onRun = onRun;
  }

  /** @returns the results of all rounds, and of each server that failed why */
  async run(group) {
    const results = [];
    for (let round = -this.#warmUps; round < this.#rounds; round++) {
      for (const plan of group) {
        if (plan.isFresh && (round < 0 || round >= (plan.most ?? Infinity))) continue;
        for (const name of inTurn(this.#names, round)) {
          if (!isFor(plan, name) || this.#failed.has(`${plan.name} ${name}`)) continue;
          const result = await this.#measure(plan, name, round);
          if (round >= 0 || result.failed) results.push({ plan: plan.name, title: plan.title, round, ...result });
        }
      }
    }
    return results;
  }

  async stop() {
    for (const server of this.#servers.values()) await server.stop();
    this.#servers.clear();
  }

  async #measure(plan, name, round) {
    const { scenario, params } = plan;
    this.#onRun(`${plan.name}: ${round < 0 ? 'warm-up' : `round ${round + 1}`}, ${name}`);
    try {
      const { endpoint, pid } = await this.#serverOf(name, plan.isFresh);
      const work = JSON.stringify({ endpoint, pid, scenario, params });
      const { stdout } = await execute(process.execPath, [GENERATOR, work], { timeout: 300_000 });
      return { target: name, scenario, params, ...JSON.parse(stdout) };
    } catch (error) {
      this.#failed.add(`${plan.name} ${name}`);
      // Whatever state it is in, the next plan shall not begin with it.
      await this.#stop(name);
      const failed = /^failed: (.*)$/m.exec(error.stderr ?? '')?.[1] ?? error.message;
      return { target: name, scenario, params, failed };
    } finally {
      if (plan.isFresh) await this.#stop(name);
    }
  }

  async #serverOf(name, isFresh) {
    if (isFresh) await this.#stop(name);
    const server = this.#servers.get(name) ?? (await Server.start(name, targets[name]));
    this.#servers.set(name, server);
    return server;
  }

  async #stop(name) {
    await this.#servers.get(name)?.stop();
    this.#servers.delete(name);
  }
}

/** Another one first in each round, so that none has the better place. */
function inTurn(names, round) {
  const first = ((round % names.length) + names.length) % names.length;
  return [...names.slice(first), ...names.slice(0, first)];
}

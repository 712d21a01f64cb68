import { performance } from 'node:perf_hooks';
import { sleep } from './clock.mjs';

const STALL_MS = 10_000;

/** Measures a stretch of time: what was counted, and the processor time that the server and the generator took for it. */
export class Meter {
  #server;

  /** @param server the processes whose time counts (`ProcessTree`) */
  constructor(server) {
    this.#server = server;
  }

  /** Waits the time out while `count()` grows. @throws Error when it stands still for long */
  async over(seconds, count) {
    const from = this.#snapshot(count);
    await watch(seconds, count);
    const to = this.#snapshot(count);
    const elapsed = (to.at - from.at) / 1000;
    const total = to.count - from.count;
    const user = to.cpu.user - from.cpu.user;
    const cpu = user + to.cpu.system - from.cpu.system;
    return {
      seconds: elapsed,
      count: total,
      perSecond: total / elapsed,
      perCpuSecond: cpu > 0 ? total / cpu : null,
      serverCpu: cpu / elapsed,
      serverCpuUser: user / elapsed,
      generatorCpu: (to.generator - from.generator) / elapsed,
      rss: this.#server.rss(),
    };
  }

  #snapshot(count) {
    const { user, system } = process.cpuUsage();
    return { at: performance.now(), count: count(), generator: (user + system) / 1e6, cpu: this.#server.cpu() };
  }
}

async function watch(seconds, count) {
  const end = performance.now() + seconds * 1000;
  let last = count();
  let since = performance.now();
  while (performance.now() < end) {
    await sleep(Math.min(200, Math.max(1, end - performance.now())));
    const now = count();
    if (now !== last) {
      last = now;
      since = performance.now();
    } else if (performance.now() - since > STALL_MS) {
      throw new Error(`nothing has arrived for ${STALL_MS / 1000} s`);
    }
  }
}

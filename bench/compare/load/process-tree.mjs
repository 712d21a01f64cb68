import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

const TICK = 1 / Number(execFileSync('getconf', ['CLK_TCK']).toString());

/** Processor time and memory of a server, read from /proc: of the whole tree below the process, for some run as a child of their start script. */
export class ProcessTree {
  #pids;

  /** The tree as it is now. */
  constructor(root) {
    this.#pids = treeOf(root);
  }

  /** Seconds of processor time so far. */
  cpu() {
    const sum = { user: 0, system: 0 };
    this.#each((pid) => {
      const fields = stat(pid);
      sum.user += Number(fields[11]) * TICK;
      sum.system += Number(fields[12]) * TICK;
    });
    return sum;
  }

  /** Resident bytes now. */
  rss() {
    let bytes = 0;
    this.#each((pid) => {
      const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
      bytes += Number(kilobytes ?? 0) * 1024;
    });
    return bytes;
  }

  #each(read) {
    for (const pid of this.#pids) {
      try {
        read(pid);
      } catch {
        // It has ended; what it used is lost.
      }
    }
  }
}

function stat(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function treeOf(root) {
  const children = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const parent = Number(stat(entry)[1]);
      if (!children.has(parent)) children.set(parent, []);
      children.get(parent).push(Number(entry));
    } catch {
      // It has ended meanwhile.
    }
  }
  const found = [];
  const visit = (pid) => {
    found.push(pid);
    for (const child of children.get(pid) ?? []) visit(child);
  };
  visit(root);
  return found;
}

import cluster, { type Worker } from 'node:cluster';
import { connectWorkers } from 'nestjs-stomp/cluster';

const SERVERS = ['north', 'south'];
/** Before a server that has ended is started again, in milliseconds: one that cannot start does not keep the machine busy. */
const PAUSE = 1_000;

/** Starts the servers, gives them one port, and starts those again that have ended. */
export function runPrimary(): void {
  connectWorkers(); // before the first fork
  const listening = new Set<string>();
  let isStopping = false;

  function start(name: string): void {
    if (isStopping) return;
    const worker = cluster.fork({ SERVER: name });
    worker.once('listening', ({ port }) => listens(worker, name, port));
    worker.once('exit', (code, signal) => hasEnded(name, signal ?? `exit code ${code}`));
  }

  function listens(worker: Worker, name: string, port: number): void {
    if (listening.size === SERVERS.length) console.log(`${name} is back, process ${worker.process.pid}`);
    else if (listening.add(name).size === SERVERS.length) console.log(`Open http://localhost:${port} in several tabs.`);
  }

  function hasEnded(name: string, reason: string): void {
    if (isStopping) return;
    console.log(`${name} has ended (${reason})`);
    if (listening.size === SERVERS.length) {
      setTimeout(start, PAUSE, name);
    } else {
      process.exitCode = 1;
      stop();
    }
  }

  function stop(): void {
    isStopping = true;
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGTERM');
  }

  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  for (const name of SERVERS) start(name);
}

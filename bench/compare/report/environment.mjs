import os from 'node:os';
import { packageVersion, targets } from '../targets.mjs';

/** What the figures depend on. */
export function environment() {
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    versions: {
      Node: process.version.slice(1),
      Nest: packageVersion('@nestjs/core'),
      ws: packageVersion('ws'),
      ...Object.fromEntries(
        ['nestjs-stomp', 'socket.io', 'stomp-broker-js', 'rabbitmq', 'mosquitto'].map((name) => [
          targets[name].title,
          targets[name].version() ?? 'not installed',
        ]),
      ),
    },
  };
}

function machine() {
  const cpus = os.cpus();
  const [major, minor] = os.release().split('.');
  const memory = `${Math.round(os.totalmem() / 2 ** 30)} GiB`;
  return `${cpus[0].model.trim()}, ${cpus.length} cores, ${memory}, ${os.type()} ${major}.${minor}`;
}

// How the brokers of the operating system are started: with a configuration and data of their own, in a folder that goes with them, and on the
// loopback interface only, as far as they can be told.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../free-port.mjs';

export async function mosquitto(port) {
  const folder = new Folder();
  const configuration = folder.write('mosquitto.conf', [
    // It starts only if there is a plain listener, too.
    `listener ${await freePort()} 127.0.0.1`,
    `listener ${port} 127.0.0.1`,
    'protocol websockets',
    'allow_anonymous true',
    'set_tcp_nodelay true',
    'max_queued_messages 0',
    'persistence false',
    'log_type error',
  ]);
  return { command: 'mosquitto', args: ['-c', configuration], tidy: () => folder.remove() };
}

export async function rabbitmq(port) {
  const folder = new Folder();
  const epmdPort = String(await freePort());
  const configuration = folder.write('rabbitmq.conf', [
    `listeners.tcp.1 = 127.0.0.1:${await freePort()}`,
    `stomp.listeners.tcp.1 = 127.0.0.1:${await freePort()}`,
    'web_stomp.tcp.ip = 127.0.0.1',
    `web_stomp.tcp.port = ${port}`,
  ]);
  const env = {
    HOME: folder.path,
    RABBITMQ_NODENAME: `bench-${port}@localhost`,
    RABBITMQ_CONFIG_FILE: configuration,
    RABBITMQ_ENABLED_PLUGINS_FILE: folder.write('enabled_plugins', ['[rabbitmq_web_stomp].']),
    RABBITMQ_MNESIA_BASE: join(folder.path, 'data'),
    RABBITMQ_LOG_BASE: join(folder.path, 'log'),
    RABBITMQ_PID_FILE: join(folder.path, 'pid'),
    RABBITMQ_DIST_PORT: String(await freePort()),
    ERL_EPMD_PORT: epmdPort,
    ERL_EPMD_ADDRESS: '127.0.0.1',
  };
  const tidy = () => {
    // Erlang leaves its port mapper behind.
    spawnSync('epmd', ['-port', epmdPort, '-kill'], { stdio: 'ignore' });
    folder.remove();
  };
  // The packaged script would become another user first, and lose the environment.
  return { command: RABBITMQ, args: [], env, tidy };
}

export const RABBITMQ = '/usr/lib/rabbitmq/bin/rabbitmq-server';

class Folder {
  path = mkdtempSync(join(tmpdir(), 'nestjs-stomp-bench-'));

  write(name, lines) {
    const file = join(this.path, name);
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  }

  remove() {
    rmSync(this.path, { recursive: true, force: true });
  }
}

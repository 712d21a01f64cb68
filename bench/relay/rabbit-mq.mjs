import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CLOCK_TICKS = 100;

/** A RabbitMQ of the bench's own, with STOMP and STOMP over WebSocket, on the loopback only. */
export class RabbitMq {
  static async start() {
    const broker = new RabbitMq();
    const [names, distribution, port, webPort] = await freePorts(4);
    broker.port = port;
    broker.webPort = webPort;
    broker.folder = mkdtempSync(join(tmpdir(), 'stomp-rabbitmq-'));
    const inFolder = (name) => join(broker.folder, name);
    mkdirSync(inFolder('log'));
    writeFileSync(inFolder('plugins'), '[rabbitmq_stomp,rabbitmq_web_stomp].\n');
    writeFileSync(
      inFolder('rabbitmq.conf'),
      `listeners.tcp = none\nstomp.listeners.tcp.1 = 127.0.0.1:${port}\nweb_stomp.tcp.listener = 127.0.0.1:${webPort}\n`,
    );
    broker.names = spawn('epmd', ['-address', '127.0.0.1', '-port', `${names}`], { stdio: 'ignore' });
    broker.server = spawn('/usr/lib/rabbitmq/bin/rabbitmq-server', [], {
      stdio: 'ignore',
      env: {
        ...process.env,
        HOME: broker.folder,
        ERL_EPMD_ADDRESS: '127.0.0.1',
        ERL_EPMD_PORT: `${names}`,
        RABBITMQ_NODENAME: `bench${port}@localhost`,
        RABBITMQ_DIST_PORT: `${distribution}`,
        RABBITMQ_CONFIG_FILE: inFolder('rabbitmq.conf'),
        RABBITMQ_CONF_ENV_FILE: inFolder('none'),
        RABBITMQ_ENABLED_PLUGINS_FILE: inFolder('plugins'),
        RABBITMQ_MNESIA_BASE: inFolder('data'),
        RABBITMQ_LOG_BASE: inFolder('log'),
        RABBITMQ_PID_FILE: inFolder('pid'),
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
      },
    });
    for (const one of [port, webPort]) {
      while (!(await isListening(one))) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    broker.pid = Number(readFileSync(inFolder('pid'), 'utf8'));
    return broker;
  }

  /** Seconds of a processor that it has used. */
  cpu() {
    const fields = readFileSync(`/proc/${this.pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
  }

  /** Resident megabytes. */
  memory() {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))[1]) / 1_024;
  }

  async stop() {
    const gone = new Promise((resolve) => this.server.once('exit', resolve));
    process.kill(this.pid, 'SIGTERM');
    await gone;
    this.names.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function freePorts(count) {
  const servers = [];
  for (let i = 0; i < count; i++) {
    const server = createServer();
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push(server);
  }
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function isListening(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(socket.destroy() !== undefined));
    socket.once('error', () => resolve(false));
  });
}

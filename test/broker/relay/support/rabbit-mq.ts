import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { requireDebianPackage } from '../../../utils/debian.js';
import { BrokerProcess } from './broker-process.js';
import { freePorts } from './free-ports.js';

const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const CONTROL = '/usr/lib/rabbitmq/bin/rabbitmqctl';

/** A RabbitMQ of the test's own, with its STOMP plug-in, on the loopback only: its name, folder and ports are nobody else's. */
export class RabbitMq {
  private constructor(
    private readonly folder: string,
    private readonly names: BrokerProcess,
    private readonly server: BrokerProcess,
    private readonly env: Record<string, string>,
    readonly port: number,
    /** Of its own STOMP over WebSocket. */
    readonly webPort: number,
  ) {}

  static async start(): Promise<RabbitMq> {
    if (!existsSync(SERVER)) requireDebianPackage('rabbitmq-server');
    const [namesPort, distributionPort, port, webPort] = (await freePorts(4)) as [number, number, number, number];
    const folder = mkdtempSync(join(tmpdir(), 'stomp-rabbitmq-'));
    mkdirSync(join(folder, 'log'));
    writeFileSync(join(folder, 'enabled_plugins'), '[rabbitmq_stomp,rabbitmq_web_stomp].\n');
    writeFileSync(
      join(folder, 'rabbitmq.conf'),
      [
        'listeners.tcp = none',
        `stomp.listeners.tcp.1 = 127.0.0.1:${port}`,
        `web_stomp.tcp.listener = 127.0.0.1:${webPort}`,
        'log.console.level = error',
        '',
      ].join('\n'),
    );
    const pidFile = join(folder, 'pid');
    const env = {
      HOME: folder,
      ERL_EPMD_ADDRESS: '127.0.0.1',
      ERL_EPMD_PORT: `${namesPort}`,
      RABBITMQ_NODENAME: `stomp${port}@localhost`,
      RABBITMQ_DIST_PORT: `${distributionPort}`,
      RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
      RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
      RABBITMQ_MNESIA_BASE: join(folder, 'data'),
      RABBITMQ_LOG_BASE: join(folder, 'log'),
      RABBITMQ_LOGS: '-',
      RABBITMQ_PID_FILE: pidFile,
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    };
    const names = new BrokerProcess('epmd', ['-address', '127.0.0.1', '-port', `${namesPort}`], {}, namesPort);
    const server = new BrokerProcess(SERVER, [], env, port, () => readPid(pidFile));
    await names.start();
    const broker = new RabbitMq(folder, names, server, env, port, webPort);
    await broker.restart();
    return broker;
  }

  /** Starts it again, with what it had stored. */
  restart(): Promise<void> {
    return this.server.start();
  }

  /** As an operator stops it. */
  halt(): Promise<void> {
    return this.server.stop();
  }

  /** As a power failure does. */
  kill(): Promise<void> {
    return this.server.kill();
  }

  freeze(): void {
    this.server.freeze();
  }

  thaw(): void {
    this.server.thaw();
  }

  /** What an operator types behind `rabbitmqctl`. @returns what it prints */
  async control(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(CONTROL, ['--quiet', ...args], {
      env: { ...process.env, ...this.env },
    });
    return stdout;
  }

  async stop(): Promise<void> {
    await this.server.kill();
    await this.names.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function readPid(file: string): number | undefined {
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) || undefined : undefined;
}

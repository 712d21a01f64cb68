import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, type IStompSocket } from '@stomp/stompjs';
import { WebSocket } from 'ws';

const ROOT = join(import.meta.dirname, '../../..');

/** Something that changes, and those who wait until it has come to a certain state. */
class Changing {
  readonly #waiting = new Set<() => void>();

  protected changed(): void {
    for (const look of this.#waiting) look();
  }

  until(what: string, isSo: () => boolean, timeout = 20_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`In ${timeout} ms it has not come to: ${what}. Now: ${JSON.stringify(this)}`));
      }, timeout);
      const look = (): void => {
        if (!isSo()) return;
        this.#waiting.delete(look);
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** The sample, started by its one command. */
export class Chat extends Changing {
  readonly lines: string[] = [];
  readonly complaints: string[] = [];
  readonly #npm: ChildProcess;
  readonly #tabs: Tab[] = [];
  readonly #closed: Promise<unknown>;

  private constructor(env: Record<string, string>) {
    super();
    this.#npm = spawn('npm', ['start', '--silent', '--', '03-scale-out'], {
      cwd: ROOT,
      env: { ...process.env, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    // Its output is closed when all have ended that write to it, the servers among them.
    this.#closed = once(this.#npm, 'close');
    createInterface(this.#npm.stdout!).on('line', (line) => {
      this.lines.push(line);
      this.changed();
    });
    createInterface(this.#npm.stderr!).on('line', (line) => this.complaints.push(line));
  }

  static async start(env: Record<string, string> = {}): Promise<Chat> {
    const chat = new Chat(env);
    try {
      await chat.until('two servers that listen', () => chat.address !== undefined, 100_000);
      return chat;
    } catch (error) {
      await chat.stop();
      throw error;
    }
  }

  get address(): string | undefined {
    return /^Open (http:\/\/localhost:\d+) /.exec(this.lines[0] ?? '')?.[1];
  }

  async open(user: string): Promise<Tab> {
    const tab = new Tab(this.address!, user);
    this.#tabs.push(tab);
    await tab.until('a connection', () => tab.server !== undefined);
    return tab;
  }

  /** Tabs of one user, until there is one that fulfils the condition. */
  async openUntil(user: string, isWanted: (tab: Tab) => boolean): Promise<Tab[]> {
    const tabs: Tab[] = [];
    do {
      if (tabs.length === 10) throw new Error('Ten connections, and none is to the server that is wanted.');
      tabs.push(await this.open(user));
    } while (!isWanted(tabs.at(-1)!));
    return tabs;
  }

  /** Settles when the last of its processes has ended. */
  async stop(): Promise<void> {
    await Promise.all(this.#tabs.map((tab) => tab.close()));
    if (this.#npm.exitCode === null && this.#npm.signalCode === null) process.kill(-this.#npm.pid!, 'SIGTERM');
    await this.#closed;
  }
}

/** What the page does: it says who it is, subscribes to all, and connects again when it is cut. */
export class Tab extends Changing {
  server: string | undefined;
  pid = 0;
  users: { name: string; servers: string[] }[] = [];
  readonly broadcasts: string[] = [];
  readonly ones: string[] = [];
  readonly #client: Client;

  constructor(
    address: string,
    readonly user: string,
  ) {
    super();
    const url = `${address.replace('http', 'ws')}/webSocket`;
    const client = new Client({
      webSocketFactory: () => new WebSocket(url, 'v12.stomp') as unknown as IStompSocket,
      connectHeaders: { login: user },
      reconnectDelay: 50,
      onConnect: () => {
        const on = (destination: string, take: (body: any) => void): void => {
          client.subscribe(destination, ({ body }) => {
            take(JSON.parse(body));
            this.changed();
          });
        };
        on('/topic/broadcast', ({ from, body }) => this.broadcasts.push(`${from}: ${body}`));
        on('/user/queue/one', ({ from, body }) => this.ones.push(`${from}: ${body}`));
        on('/app/users', (users) => (this.users = users));
        on('/app/subscribe', (here) => Object.assign(this, here)); // the last: the others are in force
      },
      onWebSocketClose: () => {
        this.server = undefined;
        this.users = [];
        this.changed();
      },
    });
    this.#client = client;
    client.activate();
  }

  broadcast(body: string): void {
    this.#client.publish({ destination: '/app/broadcast', body: JSON.stringify({ body }) });
  }

  one(body: string, to?: string): void {
    this.#client.publish({ destination: '/app/one', body: JSON.stringify({ body, to }) });
  }

  forget(): void {
    this.broadcasts.length = 0;
    this.ones.length = 0;
  }

  close(): Promise<void> {
    return this.#client.deactivate();
  }
}

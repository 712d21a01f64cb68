import type { StompFrame } from '../../lib/frame/stomp-frame.js';
import { StompSocket } from '../utils/stomp-socket.js';

/** A client of one of several servers. */
export class ClusterClient {
  #count = 0;

  private constructor(
    readonly socket: StompSocket,
    readonly sessionId: string,
  ) {}

  static async connect(url: string, user = ''): Promise<ClusterClient> {
    const socket = await StompSocket.open(url);
    socket.write(`CONNECT\naccept-version:1.2\nhost:localhost\n${user && `login:${user}\n`}\n\0`);
    const { headers } = await socket.next('CONNECTED');
    return new ClusterClient(socket, headers.get('session')!);
  }

  async subscribe(destination: string, headers = ''): Promise<string> {
    const id = `sub-${this.#count++}`;
    await this.socket.receipt(`SUBSCRIBE\nid:${id}\ndestination:${destination}\n${headers}\n\0`);
    return id;
  }

  /** With a RECEIPT, which is waited for. @throws Error when an ERROR comes in its place */
  async send(destination: string, body: string, headers = ''): Promise<StompFrame> {
    const answer = await this.socket.receipt(`SEND\ndestination:${destination}\n${headers}\n${body}\0`);
    if (answer.command === 'RECEIPT') return answer;
    throw new Error(answer.headers.get('message'));
  }

  transmit(destination: string, body: string, headers = ''): void {
    this.socket.write(`SEND\ndestination:${destination}\n${headers}\n${body}\0`);
  }

  async bodies(count: number): Promise<string[]> {
    const bodies: string[] = [];
    while (bodies.length < count) bodies.push(await this.socket.body());
    return bodies;
  }

  /** Has the application of its server do something. */
  async call<T = unknown>(name: string, ...args: unknown[]): Promise<T> {
    const { headers } = await this.send('/app/call', JSON.stringify([name, ...args]));
    const result = headers.get('result');
    return (result === undefined ? undefined : JSON.parse(result)) as T;
  }

  drop(): void {
    this.socket.webSocket.terminate();
  }
}

/** Waits until something is so. */
export async function eventually(assertion: () => Promise<void>, timeout = 10_000): Promise<void> {
  const end = performance.now() + timeout;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

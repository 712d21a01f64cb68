import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

export interface ClientFrame {
  readonly command: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Says of itself what the test wants; it stores nothing. */
export class BrokenServer {
  /** What comes of a frame; CONNECT is answered. */
  onFrame: (frame: ClientFrame, send: (command: string, headers: object, body?: object) => void) => void = () => {};

  private constructor(private readonly server: WebSocketServer) {
    server.on('connection', (webSocket) => this.#accept(webSocket));
  }

  static async start(): Promise<BrokenServer> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'v12.stomp' });
    await once(server, 'listening');
    return new BrokenServer(server);
  }

  get webSocketUrl(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const webSocket of this.server.clients) webSocket.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #accept(webSocket: WebSocket): void {
    const send = (command: string, headers: object, body?: object): void => {
      const lines = Object.entries(headers).map(([name, value]) => `${name}:${String(value)}\n`);
      webSocket.send(`${command}\n${lines.join('')}\n${body === undefined ? '' : JSON.stringify(body)}\0`);
    };
    webSocket.on('message', (data: Buffer) => {
      const frame = parse(data.toString());
      if (frame.command === 'CONNECT') send('CONNECTED', { version: '1.2' });
      else this.onFrame(frame, send);
    });
  }
}

function parse(text: string): ClientFrame {
  const [head, ...rest] = text.split('\n\n');
  const [command, ...lines] = head!.split('\n');
  const headers = Object.fromEntries(lines.map((line) => line.split(/:(.*)/s).slice(0, 2) as [string, string]));
  return { command: command!, headers, body: rest.join('\n\n').replace(/\0$/, '') };
}

import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { WebSocket } from 'ws';

/** Lets a client that knows STOMP over TCP only talk to a WebSocket: octets go through as they come, in both directions. */
export class TcpBridge {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly url: string) {
    this.#server = createServer((socket) => this.#bridge(socket));
  }

  /** @param url of the endpoint, beginning with `http:` */
  static async start(url: string): Promise<TcpBridge> {
    const bridge = new TcpBridge(url.replace(/^http/, 'ws'));
    await new Promise<void>((resolve) => bridge.#server.listen(0, '127.0.0.1', resolve));
    return bridge;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #bridge(socket: Socket): void {
    const webSocket = new WebSocket(this.url);
    this.#sockets.add(socket.pause());
    webSocket.on('open', () => socket.resume());
    webSocket.on('message', (data: Buffer) => socket.write(data));
    webSocket.on('close', () => socket.end());
    webSocket.on('error', () => socket.destroy());
    socket.on('data', (data) => webSocket.send(data));
    socket.on('end', () => webSocket.close(1000));
    socket.on('error', () => webSocket.terminate());
    socket.on('close', () => {
      this.#sockets.delete(socket);
      webSocket.terminate();
    });
  }
}

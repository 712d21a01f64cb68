import { connect, type AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { makeCertificate } from '../../../utils/certificate.js';

/** Speaks TLS for a server that does not, with a certificate of its own making for `localhost`. */
export class TlsFront {
  readonly #sockets = new Set<TLSSocket>();

  private constructor(
    private readonly server: Server,
    readonly certificate: string,
  ) {
    server.on('secureConnection', (socket) => this.#sockets.add(socket));
  }

  /** @param target a port of the loopback */
  static async start(target: number): Promise<TlsFront> {
    const { key, cert } = makeCertificate();
    const server = createServer({ key, cert }, (socket) => {
      const plain = connect({ host: '127.0.0.1', port: target });
      for (const [one, other] of [
        [socket, plain],
        [plain, socket],
      ] as const) {
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
        one.pipe(other);
      }
    });
    const front = new TlsFront(server, cert);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return front;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

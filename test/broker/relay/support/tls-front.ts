import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';

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

function makeCertificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'stomp-tls-'));
  try {
    const [key, cert] = ['key', 'cert'].map((name) => join(folder, name)) as [string, string];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const { status, stderr } = spawnSync(
      'openssl',
      ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert],
      {
        encoding: 'utf8',
      },
    );
    if (status !== 0) throw new Error(`openssl made no certificate: ${stderr}`);
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

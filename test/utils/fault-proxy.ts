import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

enum FaultMode {
  Pass,
  /** Who comes is sent away. */
  Refuse,
  /** Nothing comes through any more in either direction, and nobody is told. */
  Swallow,
}

/** So often is a slow line given its share, in milliseconds. */
const SHARE_TIME = 20;

interface Line {
  readonly client: Socket;
  readonly server: Socket;
}

/** A line between a program and a server that can be cut, refused, blackholed or slowed down. */
export class FaultProxy {
  readonly #server: Server;
  readonly #lines = new Set<Line>();
  #mode = FaultMode.Pass;
  #accepted = 0;
  #forwarded = 0;
  /** Bytes a second towards the server; 0: all. */
  #speed = 0;

  private constructor(private readonly target: number) {
    // A half-closed line stays open until the other side has closed too.
    this.#server = createServer({ allowHalfOpen: false }, (client) => this.#accept(client));
  }

  /** @param target a port of the loopback */
  static async start(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many lines go through it. */
  get size(): number {
    return this.#lines.size;
  }

  /** How many lines there were. */
  get accepted(): number {
    return this.#accepted;
  }

  /** How many bytes have gone to a slow server. */
  get forwarded(): number {
    return this.#forwarded;
  }

  /** Cuts all lines, with a reset; new ones are let through. */
  cut(): void {
    for (const { client, server } of this.#lines) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
    this.#lines.clear();
  }

  /** Cuts all lines, and sends away who comes. */
  refuse(): void {
    this.#mode = FaultMode.Refuse;
    this.cut();
  }

  /** The lines stay, but nothing comes through. */
  swallow(): void {
    this.#mode = FaultMode.Swallow;
    for (const { client, server } of this.#lines) {
      client.unpipe().pause();
      server.unpipe().pause();
    }
  }

  /** Nothing comes through for a while; what is sent meanwhile comes with `release`. */
  hold(): void {
    for (const { client, server } of this.#lines) {
      client.unpipe().pause();
      server.unpipe().pause();
    }
  }

  release(): void {
    for (const { client, server } of this.#lines) {
      client.pipe(server);
      server.pipe(client);
    }
  }

  /** New lines are let through again; those that were swallowed have to be made anew. */
  heal(): void {
    if (this.#mode === FaultMode.Swallow) this.cut();
    this.#mode = FaultMode.Pass;
    this.#speed = 0;
  }

  /** The server reads so slowly; for lines that come now. */
  slow(bytesPerSecond: number): void {
    this.#speed = bytesPerSecond;
    this.cut();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket): void {
    this.#accepted++;
    if (this.#mode === FaultMode.Refuse) {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ host: '127.0.0.1', port: this.target });
    const line = { client, server };
    this.#lines.add(line);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#lines.delete(line);
        // A swallowed end is not heard of either.
        if (this.#mode !== FaultMode.Swallow) other.destroy();
      });
    }
    if (this.#mode === FaultMode.Swallow) {
      client.pause();
      server.pause();
      return;
    }
    server.pipe(client);
    if (this.#speed === 0) client.pipe(server);
    else this.#trickle(client, server);
  }

  #trickle(client: Socket, server: Socket): void {
    const share = Math.max(1, Math.round((this.#speed * SHARE_TIME) / 1_000));
    const timer = setInterval(() => {
      const bytes = client.read(Math.min(share, client.readableLength || share)) as Buffer | null;
      if (!bytes) return;
      this.#forwarded += bytes.length;
      server.write(bytes);
    }, SHARE_TIME);
    client.on('readable', () => undefined);
    client.once('close', () => clearInterval(timer));
  }
}

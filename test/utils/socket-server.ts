import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeError } from '../../lib/handler/describe-error.js';
import type { StompModuleOptions } from '../../lib/interfaces/stomp-module-options.interface.js';
import type { ChannelInterceptor } from '../../lib/messaging/channel-interceptor.js';
import type { ChannelName, MessageHandler } from '../../lib/messaging/message-channel.js';
import { resolveOptions } from '../../lib/options/stomp-options.js';
import { StompRuntime } from '../../lib/stomp.runtime.js';
import { StompServer } from '../../lib/transport/stomp-server.js';
import { RawStompClient, type RawClientOptions } from './raw-stomp-client.js';

export interface SocketServerOptions extends Omit<StompModuleOptions, 'interceptors'> {
  interceptors?: Partial<Record<ChannelName, ChannelInterceptor[]>>;
  /** What the application does with clients' frames: stands where the handlers of a Nest application stand. */
  application?: MessageHandler['handleMessage'];
}

/** A server on a real socket, without Nest: HTTP, the transports and the runtime. */
export class SocketServer {
  /** What has been logged as an error. */
  readonly errors: unknown[] = [];
  readonly runtime: StompRuntime;
  readonly #http: Server;
  readonly #transport: StompServer;

  private constructor({ interceptors = {}, application, ...options }: SocketServerOptions) {
    const resolved = resolveOptions({ endpoints: [{ path: '/ws', sockJs: { disconnectDelay: 500 } }], ...options });
    const log = {
      debug: () => {},
      warn: () => {},
      error: (message: string, error?: unknown) => void this.errors.push(error ?? message),
    };
    this.runtime = new StompRuntime(resolved, log, (error) => {
      const description = describeError(error);
      if (!description.isUnexpected) return description;
      return { code: 'ERROR', message: error instanceof Error ? error.message : 'failed', isUnexpected: false };
    });
    for (const [name, list] of Object.entries(interceptors)) this.runtime.intercept(name as ChannelName, list);
    if (application) this.runtime.inbound.subscribe({ handleMessage: application });
    this.#http = createServer((_, response) => response.writeHead(404).end());
    // No connection is closed in the very moment in which a client uses it again.
    this.#http.keepAliveTimeout = 60_000;
    this.#transport = new StompServer({
      endpoints: resolved.endpoints,
      transport: { ...resolved.transport, rateLimitKeyLimit: resolved.rateLimitKeyLimit },
      onConnection: (connection) => void this.runtime.sessions.open(connection),
      onRefused: this.runtime.handshakeRefused,
      log,
    });
  }

  static async start(options: SocketServerOptions = {}): Promise<SocketServer> {
    const server = new SocketServer(options);
    server.#transport.attach(server.#http);
    await server.runtime.start();
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  /** Where clients connect. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/ws`;
  }

  open(options?: RawClientOptions): Promise<RawStompClient> {
    return RawStompClient.open(this.url, options);
  }

  /** Opens a connection and the conversation. */
  async connect(version = '1.2', headers = '', options?: RawClientOptions): Promise<RawStompClient> {
    const client = await this.open(options);
    await client.connect(version, headers);
    return client;
  }

  async stop(): Promise<void> {
    this.#transport.close();
    await this.runtime.stop();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}

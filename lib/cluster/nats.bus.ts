import type { NatsClusterOptions } from '../interfaces/cluster-options.interface.js';
import type { ClusterBus, ClusterBusListener } from './cluster-bus.js';
import { within } from '../utils/within.js';
import { optionalClient } from './optional-client.js';

/** As much of a connection of the package `@nats-io/transport-node` as is needed here. */
interface NatsConnection {
  readonly info?: { readonly max_payload: number };
  publish(subject: string, payload: Uint8Array): void;
  subscribe(
    subject: string,
    options: { callback: (error: Error | null, message: { data: Uint8Array }) => void },
  ): unknown;
  flush(): Promise<void>;
  drain(): Promise<void>;
  close(): Promise<void>;
  status(): AsyncIterable<{ readonly type: string }>;
}

/** What the client says of its connection, and whether there is one then. */
const STATUS: Readonly<Record<string, boolean>> = {
  disconnect: false,
  staleConnection: false,
  close: false,
  reconnect: true,
};

/** How long what is under way may take when the application stops, in milliseconds. */
const CLOSE_TIME = 500;
const PING_INTERVAL = 5_000;
const LONGEST_PAUSE = 2_000;

/** Subjects of NATS, without JetStream. NATS does not answer what it is sent; a PING behind it, which it answers in order, tells that it has come. */
export class NatsBus implements ClusterBus {
  #connection: NatsConnection | undefined;
  #isAvailable = false;
  /** Of what waits for the answer to its PING. */
  readonly #rejects = new Set<(error: Error) => void>();

  constructor(private readonly options: Pick<NatsClusterOptions, 'servers' | 'subject' | 'client'>) {}

  get maxMessageSize(): number | undefined {
    return this.#connection?.info?.max_payload;
  }

  async start(listener: ClusterBusListener): Promise<void> {
    const { connect } = await optionalClient('@nats-io/transport-node', async () => {
      return (await import('@nats-io/transport-node')) as unknown as {
        connect(options: object): Promise<NatsConnection>;
      };
    });
    const { servers = 'localhost:4222', client } = this.options;
    const connection = await connect({
      servers,
      maxReconnectAttempts: -1,
      pingInterval: PING_INTERVAL,
      reconnectTimeWait: LONGEST_PAUSE / 2,
      ...client,
      noEcho: true,
    });
    this.#connection = connection;
    connection.subscribe(this.#subject, { callback: (error, message) => error ?? listener.onMessage(message.data) });
    await connection.flush();
    this.#isAvailable = true;
    void this.#watch(connection, listener);
  }

  publish(bytes: Uint8Array): Promise<void> {
    // The client would keep it for later, when it means nothing any more.
    if (!this.#isAvailable) return Promise.reject(new Error('NATS is not connected.'));
    this.#connection!.publish(this.#subject, bytes);
    return new Promise((resolve, reject) => {
      this.#rejects.add(reject);
      const settled = (): boolean => this.#rejects.delete(reject);
      this.#connection!.flush().then(resolve, reject).finally(settled);
    });
  }

  async stop(): Promise<void> {
    const connection = this.#connection;
    if (!connection) return;
    const drained = connection.drain().catch(() => {});
    if (!(await within(CLOSE_TIME, drained))) void connection.close().catch(() => {});
  }

  get #subject(): string {
    return this.options.subject ?? 'nestjs-stomp';
  }

  async #watch(connection: NatsConnection, listener: ClusterBusListener): Promise<void> {
    for await (const { type } of connection.status()) {
      const isAvailable = STATUS[type];
      if (isAvailable === undefined || isAvailable === this.#isAvailable) continue;
      this.#isAvailable = isAvailable;
      if (!isAvailable) this.#rejects.forEach((reject) => reject(new Error('The connection to NATS is lost.')));
      listener.onAvailability(isAvailable);
    }
  }
}

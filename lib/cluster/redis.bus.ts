import type { RedisClusterOptions } from '../interfaces/cluster-options.interface.js';
import type { ClusterBus, ClusterBusListener } from './cluster-bus.js';
import { within } from '../utils/within.js';
import { optionalClient } from './optional-client.js';
import { redisClientOptions } from './redis-client-options.js';

/** As much of a client of the package `redis` as is needed here. */
interface RedisClient {
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  close(): Promise<unknown>;
  destroy(): void;
  publish(channel: string, message: Buffer): Promise<number>;
  subscribe(channel: string, listener: (message: Buffer) => void, bufferMode: true): Promise<unknown>;
  on(event: 'ready' | 'reconnecting' | 'end', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** How long what is under way may take when the application stops, in milliseconds. */
const CLOSE_TIME = 500;
/**
 * Publish and subscribe of Redis. One connection publishes and another one listens, so that the listening one can be cut off for reading
 * too slowly without harm to the other.
 */
export class RedisBus implements ClusterBus {
  #publishing: RedisClient | undefined;
  #listening: RedisClient | undefined;
  #isStarted = false;
  #wasAvailable = true;

  constructor(private readonly options: Pick<RedisClusterOptions, 'url' | 'channel' | 'client'>) {}

  async start(listener: ClusterBusListener): Promise<void> {
    const { createClient } = await optionalClient('redis', async () => {
      return (await import('redis')) as unknown as { createClient(options: object): RedisClient };
    });
    const told = (): void => this.#tell(listener);
    const client = (): RedisClient => {
      const made = createClient(redisClientOptions(this.options, () => this.#isStarted));
      // Without a listener to errors the process would end.
      for (const event of ['ready', 'reconnecting', 'end'] as const) made.on(event, told);
      made.on('error', told);
      return made;
    };
    [this.#publishing, this.#listening] = [client(), client()];
    await Promise.all([this.#publishing.connect(), this.#listening.connect()]);
    await this.#listening.subscribe(this.#channel, (message) => listener.onMessage(message), true);
    this.#isStarted = true;
  }

  async publish(bytes: Uint8Array): Promise<void> {
    await this.#publishing!.publish(this.#channel, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  async stop(): Promise<void> {
    this.#isStarted = false;
    await Promise.all([this.#publishing, this.#listening].map(closeClient));
  }

  get #channel(): string {
    return this.options.channel ?? 'nestjs-stomp';
  }

  #tell(listener: ClusterBusListener): void {
    if (!this.#isStarted) return;
    const isAvailable = this.#publishing!.isReady && this.#listening!.isReady;
    if (isAvailable === this.#wasAvailable) return;
    this.#wasAvailable = isAvailable;
    listener.onAvailability(isAvailable);
  }
}

async function closeClient(client: RedisClient | undefined): Promise<void> {
  const closed = client?.isReady && client.close().catch(() => {});
  if (!closed || !(await within(CLOSE_TIME, closed))) client?.destroy();
}

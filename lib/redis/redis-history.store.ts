import { randomUUID } from 'node:crypto';
import type { HistoryEntry, HistoryPosition, HistoryStore } from '../broker/history.js';
import { ByteReader } from '../cluster/byte-reader.js';
import { ByteWriter } from '../cluster/byte-writer.js';
import { readDestination, readMessage, writeMessage } from '../cluster/message-record.js';
import { optionalClient } from '../cluster/optional-client.js';
import { redisClientOptions } from '../cluster/redis-client-options.js';
import { BrokerUnavailableException } from '../exceptions/messaging.exception.js';
import type { HistoryOptions } from '../interfaces/broker-options.interface.js';
import type { Message } from '../messaging/message.js';
import { reasonOf } from '../utils/reason-of.js';

export interface RedisHistoryOptions {
  /** @default 'redis://localhost:6379' */
  url?: string;
  /** What all keys begin with. @default 'nestjs-stomp:history:' */
  keyPrefix?: string;
  /** More options of `createClient()` of `redis`. @default {} */
  client?: Record<string, unknown>;
}

/** As much of a client of the package `redis` as is needed here. */
interface RedisClient {
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  close(): Promise<unknown>;
  destroy(): void;
  sendCommand(args: (string | Buffer)[], options: { typeMapping: Record<number, unknown> }): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** How long the position of a destination outlives its messages, in milliseconds. Afterwards its offsets begin anew. */
const POSITION_TIME = 86_400_000;
/** Messages are bytes: what Redis calls a blob string (`$`) is one. */
const BYTES = { typeMapping: { 36: Buffer } };

/**
 * The stream's ids are the offsets. A message and its offset come into being together, whichever server asks first.
 * KEYS: position, stream; ARGV: an epoch if there is none yet, the message, how many are kept, for how long, the time now
 */
const APPEND = `
redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1])
local offset = redis.call('HINCRBY', KEYS[1], 'offset', 1)
redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[3], offset .. '-0', 'm', ARGV[2], 't', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[4] + ${POSITION_TIME})
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return { redis.call('HGET', KEYS[1], 'epoch'), tostring(offset) }
`;

/** Who comes before the first message has a position, too. */
const POSITION = `
if redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1]) == 1 then redis.call('PEXPIRE', KEYS[1], ${POSITION_TIME}) end
return { redis.call('HGET', KEYS[1], 'epoch'), redis.call('HGET', KEYS[1], 'offset') or '0' }
`;

/** KEYS: position, stream; ARGV: the first offset that is wanted */
const SINCE = `
return {
  redis.call('HGET', KEYS[1], 'epoch') or '',
  redis.call('HGET', KEYS[1], 'offset') or '0',
  redis.call('XRANGE', KEYS[2], ARGV[1] .. '-0', '+')
}
`;

/**
 * Histories in Redis: they survive a restart, and all servers of a cluster have the same, with the same offsets. A client that comes back to
 * another server recovers what it has missed, and what a server misses on the bus it gets from here.
 *
 * @example
 * StompModule.forRoot({
 *   cluster: { kind: 'redis', url },
 *   broker: { history: [{ destination: '/topic/room.*' }], historyStore: new RedisHistoryStore({ url }) },
 * });
 */
export class RedisHistoryStore implements HistoryStore {
  readonly isShared = true;
  #client: RedisClient | undefined;

  constructor(private readonly options: RedisHistoryOptions = {}) {}

  async start(): Promise<void> {
    const { createClient } = await optionalClient('redis', async () => {
      return (await import('redis')) as unknown as { createClient(options: object): RedisClient };
    });
    const client = createClient(redisClientOptions(this.options, () => this.#client !== undefined));
    // Without a listener to errors the process would end; who waits for an answer is told.
    client.on('error', () => {});
    try {
      await client.connect();
    } catch (error) {
      throw new Error(`StompModule: the history in Redis is not available: ${reasonOf(error)}`, { cause: error });
    }
    this.#client = client;
  }

  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client?.isReady) await client.close();
    else client?.destroy();
  }

  async append(
    destination: string,
    message: Message,
    { size, ttl }: Required<HistoryOptions>,
  ): Promise<HistoryPosition> {
    const writer = new ByteWriter();
    writeMessage(writer, message);
    const [epoch, offset] = (await this.#eval(
      APPEND,
      destination,
      randomUUID(),
      writer.take(),
      `${size}`,
      `${ttl}`,
      `${Date.now() + ttl}`,
    )) as [Buffer, Buffer];
    return { epoch: epoch.toString(), offset: Number(offset) };
  }

  async position(destination: string): Promise<HistoryPosition> {
    const [epoch, offset] = (await this.#eval(POSITION, destination, randomUUID())) as [Buffer, Buffer];
    return { epoch: epoch.toString(), offset: Number(offset) };
  }

  async since(destination: string, { epoch, offset }: HistoryPosition): Promise<readonly HistoryEntry[] | undefined> {
    const [known, last, entries] = (await this.#eval(SINCE, destination, `${offset + 1}`)) as [
      Buffer,
      Buffer,
      StreamEntry[],
    ];
    if (known.toString() !== epoch || offset > Number(last)) return undefined;
    const now = Date.now();
    const missed = entries.filter(([, [, , , expires]]) => Number(expires) > now).map(readEntry);
    return missed.length === Number(last) - offset ? missed : undefined;
  }

  async #eval(script: string, destination: string, ...args: (string | Buffer)[]): Promise<unknown> {
    const key = `${this.options.keyPrefix ?? 'nestjs-stomp:history:'}{${destination}}`;
    try {
      if (!this.#client) throw new Error('it is not connected');
      return await this.#client.sendCommand(['EVAL', script, '2', `${key}:position`, `${key}:stream`, ...args], BYTES);
    } catch (error) {
      throw new BrokerUnavailableException(`The history in Redis is not available: ${reasonOf(error)}.`, {
        cause: error,
      });
    }
  }
}

/** `<offset>-0`, and its fields: m, the message, t, until when it is kept. */
type StreamEntry = [id: Buffer, fields: [Buffer, Buffer, Buffer, Buffer]];

function readEntry([id, [, message]]: StreamEntry): HistoryEntry {
  const record = new ByteReader(message);
  return { offset: Number.parseInt(id.toString(), 10), message: readMessage(record, readDestination(record)) };
}

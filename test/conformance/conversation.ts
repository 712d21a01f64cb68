import type { SocketServer, SocketServerOptions } from '../utils/socket-server.js';
import type { RawClientOptions, RawFrame, RawStompClient } from '../utils/raw-stomp-client.js';
import type { WireKind } from '../utils/wires.js';

export type Version = '1.0' | '1.1' | '1.2';

export const VERSIONS: readonly Version[] = ['1.0', '1.1', '1.2'];

/** One thing that a specification, or DESIGN.md where the specifications leave it open, asks of the server. */
export interface Check {
  /** Where it is written. */
  readonly clause: string;
  /** What the server does, as the rest of a sentence. */
  readonly it: string;
  /** The server it needs; without them all checks of a transport share one. */
  readonly server?: SocketServerOptions;
  /** Something that SockJS cannot carry, or does in its own way. */
  readonly only?: 'websocket';
  readonly run: (talk: Conversation) => Promise<void>;
}

let topics = 0;

/** What a check has at hand: a server, and clients over the transport that is being checked. */
export class Conversation {
  /** A destination that no other check uses. */
  readonly topic = `/topic/check-${++topics}`;
  readonly #clients: RawStompClient[] = [];

  constructor(
    readonly server: SocketServer,
    readonly wire: WireKind,
  ) {}

  async open(options: RawClientOptions = {}): Promise<RawStompClient> {
    const client = await this.server.open({ wire: this.wire, ...options });
    this.#clients.push(client);
    return client;
  }

  async connect(version?: Version, headers?: string): Promise<RawStompClient> {
    const client = await this.open();
    await client.connect(version, headers);
    return client;
  }

  /** A client with one subscription, `id` `s`, to the check's own destination. */
  async subscriber(headers = '', version?: Version): Promise<RawStompClient> {
    const client = await this.connect(version);
    await client.subscribe('s', this.topic, headers);
    return client;
  }

  /** What becomes of a SEND with these header lines and this body: the MESSAGE of a subscriber. */
  async carried(headers: string, body: string | Buffer = '', version: Version = '1.2'): Promise<RawFrame> {
    const client = await this.subscriber('', version);
    const head = `SEND\ndestination:${this.topic}\n${headers}\n`;
    client.write(typeof body === 'string' ? `${head}${body}\0` : Buffer.concat([Buffer.from(head), body, NUL]));
    return client.next('MESSAGE');
  }

  end(): void {
    for (const client of this.#clients) client.terminate();
  }
}

const NUL = Buffer.from([0]);

/** The client is answered with ERROR, and the connection closes. */
export async function refused(client: RawStompClient, code?: string, closeCode = 1002): Promise<RawFrame> {
  const error = await client.next('ERROR');
  if (code !== undefined) expect(error.header('code')).toBe(code);
  expect(await client.closed).toMatchObject({ code: closeCode });
  return error;
}

/** The same check under each of the versions. */
export function forVersions(
  versions: readonly Version[],
  clause: string,
  it: string,
  run: (talk: Conversation, version: Version) => Promise<void>,
  more: Partial<Check> = {},
): Check[] {
  return versions.map((version) => ({
    clause: `STOMP ${version} ${clause}`,
    it,
    run: (talk: Conversation) => run(talk, version),
    ...more,
  }));
}

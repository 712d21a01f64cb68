import { randomUUID } from 'node:crypto';
import { RawStompClient, type RawClientOptions, type RawFrame } from '../../../../test/utils/raw-stomp-client.js';
import type { Credentials, ImServer } from './im-server.js';

/** What a RECEIPT says of a message. */
export interface Sent {
  readonly roomId: string;
  readonly seq: number;
  readonly messageId: string;
  readonly inboxSeq: number | undefined;
  readonly dup: boolean;
}

/** Those that are connected. */
const connected = new Set<ImClient>();

/** A device, speaking in frames written by hand. */
export class ImClient {
  #correlation = 0;
  #receipt = 0;

  private constructor(
    readonly raw: RawStompClient,
    readonly credentials: Credentials,
  ) {}

  static async connect(server: ImServer, credentials: Credentials, options: RawClientOptions = {}): Promise<ImClient> {
    const path = options.wire === undefined || options.wire === 'websocket' ? '/ws' : '/sockjs';
    const url = options.wire === undefined ? server.webSocketUrl : `${server.url}${path}`;
    const raw = await RawStompClient.open(url, options);
    const client = new ImClient(raw, credentials);
    const { token, deviceId } = credentials;
    await raw.connect('1.2', `Authorization:Bearer ${token}\ndevice-id:${deviceId}\n`);
    await raw.subscribe('errors', '/user/queue/im.errors');
    await raw.subscribe('replies', '/user/queue/im.replies');
    await raw.subscribe('live', '/user/queue/im.live');
    connected.add(client);
    return client;
  }

  /** At the end of a test. */
  static disconnectAll(): void {
    for (const { raw } of connected) raw.terminate();
    connected.clear();
  }

  /** Logs in and connects. */
  static async login(server: ImServer, userId: string, deviceId = 'd1'): Promise<ImClient> {
    return ImClient.connect(server, await server.login(userId, deviceId));
  }

  /** @returns the state that comes first */
  async openInbox(headers: Record<string, string | number> = {}): Promise<any> {
    const lines = Object.entries({ ack: 'client', ...headers }).map(([name, value]) => `${name}:${value}\n`);
    await this.raw.subscribe('inbox', '/user/queue/im.inbox', lines.join(''));
    return JSON.parse((await this.nextFrame('inbox')).text);
  }

  nextFrame(subscription: string): Promise<RawFrame> {
    return this.raw.next((frame) => frame.command === 'MESSAGE' && frame.header('subscription') === subscription);
  }

  /** The next event of the inbox; it is acknowledged. */
  async nextEvent(): Promise<any> {
    const frame = await this.nextFrame('inbox');
    this.acknowledge(frame);
    return JSON.parse(frame.text);
  }

  async nextLive(kind: string): Promise<any> {
    const frame = await this.raw.next(
      (candidate) => candidate.header('subscription') === 'live' && JSON.parse(candidate.text).kind === kind,
    );
    return JSON.parse(frame.text);
  }

  /** Sends a command and waits until it is committed. @throws the error that came instead, with its `code` */
  async command(destination: string, body: object): Promise<RawFrame> {
    const id = `c-${++this.#receipt}`;
    this.write(destination, body, { receipt: id });
    const answer = await this.raw.next(
      (frame) => (frame.header('receipt-id') ?? frame.header('failed-receipt')) === id,
    );
    if (answer.command === 'RECEIPT') return answer;
    throw Object.assign(new Error(answer.text), JSON.parse(answer.text || '{}') as object);
  }

  write(destination: string, body: object, headers: Record<string, string> = {}): void {
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
    this.raw.write(
      `SEND\ndestination:${destination}\ncontent-type:application/json\n${lines.join('')}\n${JSON.stringify(body)}\0`,
    );
  }

  async send(message: object): Promise<Sent> {
    const base = { client_msg_id: randomUUID(), type: 'multicast', message_type: 1 };
    return sentOf(await this.command('/app/im.send', { ...base, ...message }));
  }

  say(roomId: string, text: string, more: object = {}): Promise<Sent> {
    return this.send({ room_id: roomId, message_content: { text }, ...more });
  }

  async timeline(destination: string, body: object): Promise<Sent> {
    return sentOf(await this.command(destination, { client_msg_id: randomUUID(), ...body }));
  }

  createRoom(title: string, memberIds: string[], kind = 'group'): Promise<Sent> {
    return this.timeline('/app/im.room.create', { kind, title, member_ids: memberIds });
  }

  async ask<T = any>(destination: string, body: object = {}): Promise<T> {
    const id = `q-${++this.#correlation}`;
    this.write(destination, body, { 'correlation-id': id });
    const reply = await this.raw.next((frame) => frame.header('correlation-id') === id);
    const answer = JSON.parse(reply.text) as T & { code?: string; message?: string };
    if (answer.code !== undefined) throw Object.assign(new Error(answer.message), answer);
    return answer;
  }

  acknowledge(frame: RawFrame): void {
    this.raw.write(`ACK\nid:${frame.header('ack')}\n\n\0`);
  }
}

function sentOf(frame: RawFrame): Sent {
  const inboxSeq = frame.header('inbox-seq');
  return {
    roomId: frame.header('room-id')!,
    seq: Number(frame.header('seq')),
    messageId: frame.header('message-id')!,
    inboxSeq: inboxSeq === undefined ? undefined : Number(inboxSeq),
    dup: frame.header('dup') === 'true',
  };
}

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { rawExchange, upgradeRequest } from '../transport/transport-server.js';

const MASK = [0, 0, 0, 0];

/** First octets of frames. */
export const TEXT = 0x81;
export const DEFLATED_TEXT = 0xc1;
export const DEFLATED_TEXT_BEGINS = 0x41;
export const CONTINUATION = 0x00;
export const LAST_CONTINUATION = 0x80;
export const PING = 0x89;

/** A WebSocket frame of a client, masked with zeros. */
export function clientFrame(first: number, payload: Buffer | string = ''): Buffer {
  const body = Buffer.from(payload);
  const length = Buffer.alloc(9, 0xff);
  length.writeBigUInt64BE(BigInt(body.length), 1);
  const head = body.length < 126 ? Buffer.from([0x80 | body.length]) : length;
  return Buffer.concat([Buffer.from([first]), head, Buffer.from(MASK), body]);
}

/** The payload of a message as RFC 7692 section 7.2.1 makes it. */
export function deflated(payload: Buffer | string): Buffer {
  return deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH, level: 9 }).subarray(0, -4);
}

/** A whole message that is compressed. */
export function deflatedFrame(payload: Buffer | string): Buffer {
  return clientFrame(DEFLATED_TEXT, deflated(payload));
}

/** A frame as it stood on the wire. */
export class ServerFrame {
  constructor(
    readonly first: number,
    readonly payload: Buffer,
  ) {}

  get isDeflated(): boolean {
    return (this.first & 0x40) !== 0;
  }

  get text(): string {
    const end = { finishFlush: constants.Z_SYNC_FLUSH };
    return (this.isDeflated ? inflateRawSync(this.payload, end) : this.payload).toString();
  }
}

/** A client that writes the frames of WebSocket by itself, bit for bit. */
export class RawWebSocket {
  readonly closed: Promise<number | undefined>;
  #bytes: Buffer = Buffer.alloc(0);
  #frames: ServerFrame[] = [];
  #isEnded = false;
  #wake: () => void = () => {};

  private constructor(
    readonly socket: Socket,
    readonly extensions: string | undefined,
  ) {
    socket.on('data', (data) => {
      this.#bytes = Buffer.concat([this.#bytes, data]);
      for (let frame = this.#read(); frame; frame = this.#read()) {
        if (frame.first !== PING) this.#frames.push(frame);
      }
      this.#wake();
    });
    this.closed = once(socket, 'close').then(() => {
      this.#isEnded = true;
      this.#wake();
      return this.#frames.find(({ first }) => first === 0x88)?.payload.readUInt16BE();
    });
  }

  /** @throws Error when the upgrade is refused */
  static async open(port: number, path = '/ws', offers = 'permessage-deflate'): Promise<RawWebSocket> {
    const { status, head, socket } = await rawExchange(
      port,
      upgradeRequest(path, { 'Sec-WebSocket-Extensions': offers }),
    );
    if (status !== 101) throw new Error(head);
    return new RawWebSocket(socket, /^sec-websocket-extensions: (.*)$/im.exec(head)?.[1]);
  }

  write(...frames: Buffer[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  /** The next frame that is no ping. */
  async next(): Promise<ServerFrame> {
    while (this.#frames.length === 0) {
      if (this.#isEnded) throw new Error('The connection was closed.');
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#frames.shift()!;
  }

  async texts(count: number): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) texts.push((await this.next()).text);
    return texts;
  }

  #read(): ServerFrame | undefined {
    const bytes = this.#bytes;
    if (bytes.length < 2) return undefined;
    const short = bytes[1]!;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < start) return undefined;
    const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    if (bytes.length < start + length) return undefined;
    this.#bytes = bytes.subarray(start + length);
    return new ServerFrame(bytes[0]!, bytes.subarray(start, start + length));
  }
}

import { connect, type Socket } from 'node:net';
import { StompDecoder } from '../../../../lib/frame/stomp-decoder.js';
import { encode } from '../../../../lib/frame/stomp-encoder.js';
import type { StompCommand } from '../../../../lib/frame/stomp-command.js';
import { StompFrame } from '../../../../lib/frame/stomp-frame.js';
import { FrameInbox } from '../../../../lib/testing/frame-inbox.js';
import { HeaderList, type HeaderInit } from '../../../../lib/utils/header-list.js';

/** Another application of the same broker, without our relay. */
export class StompTcpClient {
  readonly #inbox = new FrameInbox();
  readonly #decoder = new StompDecoder({ frame: 2 ** 26, headerCount: 1_000, headerLength: 2 ** 20 });
  #count = 0;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (bytes) => {
      this.#decoder.push(bytes);
      for (let frame = this.#decoder.read(); frame; frame = this.#decoder.read()) this.#inbox.push(frame);
    });
    socket.on('close', () => this.#inbox.end(new Error('The broker has closed the connection.')));
    socket.on('error', () => undefined);
  }

  static async connect(port: number): Promise<StompTcpClient> {
    const socket = connect({ host: '127.0.0.1', port });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const client = new StompTcpClient(socket);
    client.transmit('CONNECT', { 'accept-version': '1.2', host: '/', login: 'guest', passcode: 'guest' });
    await client.next('CONNECTED');
    return client;
  }

  transmit(command: StompCommand, headers: HeaderInit = {}, body: string | Uint8Array = ''): void {
    this.socket.write(encode(new StompFrame(command, HeaderList.from(headers), Buffer.from(body)), '1.2').bytes);
  }

  /** Bytes that our own encoder would never write. */
  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  async receipt(command: StompCommand, headers: HeaderInit, body?: string | Uint8Array): Promise<void> {
    const receipt = `r-${this.#count++}`;
    this.transmit(command, [...HeaderList.from(headers), ['receipt', receipt]], body);
    await this.#inbox.next((frame) => frame.headers.get('receipt-id') === receipt, 10_000);
  }

  next(command: StompCommand): Promise<StompFrame> {
    return this.#inbox.next((frame) => frame.command === command, 10_000);
  }

  /** Takes everything out of a queue that has no consumers. @returns the bodies */
  async drain(queue: string): Promise<string[]> {
    const id = `drain-${this.#count++}`;
    const bodies: string[] = [];
    await this.receipt('SEND', { destination: queue, persistent: 'true' }, id);
    this.transmit('SUBSCRIBE', { id, destination: queue, ack: 'auto' });
    for (let body = ''; body !== id;) {
      body = (await this.next('MESSAGE')).body.toString();
      if (body !== id) bodies.push(body);
    }
    await this.receipt('UNSUBSCRIBE', { id });
    return bodies;
  }

  close(): void {
    this.socket.destroy();
  }
}

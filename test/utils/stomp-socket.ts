import { WebSocket } from 'ws';
import { StompDecoder } from '../../lib/frame/stomp-decoder.js';
import type { StompCommand } from '../../lib/frame/stomp-command.js';
import type { StompFrame } from '../../lib/frame/stomp-frame.js';
import { FrameInbox } from '../../lib/testing/index.js';

/** Hand-written frames over a real WebSocket. */
export class StompSocket {
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #inbox = new FrameInbox();
  readonly #decoder = new StompDecoder({ frame: 2 ** 30, headerCount: 1_000, headerLength: 2 ** 20 });

  private constructor(readonly webSocket: WebSocket) {
    webSocket.on('error', () => {});
    webSocket.on('message', (data: Buffer) => this.#received(data));
    this.closed = new Promise((resolve) => {
      webSocket.once('close', (code, reason) => {
        this.#inbox.end(new Error(`The WebSocket was closed: ${code} ${reason.toString()}`));
        resolve({ code, reason: reason.toString() });
      });
    });
  }

  /** Opens the WebSocket; no frame has been sent yet. */
  static open(url: string, headers: Record<string, string> = {}, protocols = ['v12.stomp']): Promise<StompSocket> {
    const webSocket = new WebSocket(url.replace(/^http/, 'ws'), protocols, { headers });
    const client = new StompSocket(webSocket);
    return new Promise((resolve, reject) => {
      webSocket.once('open', () => resolve(client));
      webSocket.once('error', reject);
    });
  }

  /** Opens the WebSocket and waits for CONNECTED. */
  static async connect(url: string, connectHeaders = '', headers?: Record<string, string>): Promise<StompSocket> {
    const client = await this.open(url, headers);
    client.write(`CONNECT\naccept-version:1.2\nhost:localhost\n${connectHeaders}\n\0`);
    await client.next('CONNECTED');
    return client;
  }

  write(frames: string): void {
    this.webSocket.send(frames);
  }

  next(what: StompCommand | ((frame: StompFrame) => boolean), timeout = 10_000): Promise<StompFrame> {
    return this.#inbox.next(typeof what === 'function' ? what : ({ command }) => command === what, timeout);
  }

  /** The body of the next MESSAGE. */
  async body(): Promise<string> {
    return (await this.next('MESSAGE')).body.toString();
  }

  /** Sends the frame with a receipt header, waits for the RECEIPT. */
  async receipt(frame: string): Promise<StompFrame> {
    const id = `receipt-${Math.random()}`;
    this.write(frame.replace('\n', `\nreceipt:${id}\n`));
    return this.next(({ headers }) => headers.get('receipt-id') === id);
  }

  take(command: StompCommand): StompFrame[] {
    return this.#inbox.take((frame) => frame.command === command);
  }

  #received(data: Buffer): void {
    this.#decoder.push(data);
    for (let frame = this.#decoder.read(); frame !== null; frame = this.#decoder.read()) this.#inbox.push(frame);
  }
}

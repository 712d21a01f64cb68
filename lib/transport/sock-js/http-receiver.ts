import type { IncomingMessage, ServerResponse } from 'node:http';
import { progressOf } from '../socket-writer.js';
import type { SockJsTransport } from './sock-js-transport.js';

export interface HttpReceiverListener {
  /** There is room for more. */
  onReceiverDrain(): void;
  /** The response has been ended; the client will ask for the next. */
  onReceiverEnd(receiver: HttpReceiver): void;
  /** All has been handed over to the operating system. */
  onReceiverFinish(receiver: HttpReceiver): void;
  /** The client went before it had everything. */
  onReceiverBroken(receiver: HttpReceiver): void;
}

/** One HTTP response that a client waits on for frames. */
export class HttpReceiver {
  #listener: HttpReceiverListener | undefined;
  #sentBytes = 0;
  #isEnded = false;

  constructor(
    readonly transport: SockJsTransport,
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    prelude: string,
    private readonly streamBytesLimit: number,
  ) {
    response.writeHead(200, { 'Content-Type': transport.contentType });
    if (prelude !== '') response.write(prelude);
    response.on('error', () => {});
  }

  listen(listener: HttpReceiverListener): void {
    this.#listener = listener;
    const { socket } = this.request;
    // The socket, not the response: one that waits for its turn behind others on the same socket would never know.
    const broken = (): void => {
      this.#isEnded = true;
      listener.onReceiverBroken(this);
    };
    socket.once('close', broken);
    if (socket.destroyed) queueMicrotask(broken);
    this.response.on('drain', () => listener.onReceiverDrain());
    this.response.once('finish', () => {
      socket.off('close', broken);
      listener.onReceiverFinish(this);
    });
  }

  get canWrite(): boolean {
    return !this.#isEnded && !this.response.writableNeedDrain;
  }

  /** How many more bytes this response should carry. */
  get room(): number {
    return this.transport.isStreaming ? this.streamBytesLimit - this.#sentBytes : Infinity;
  }

  get bufferedBytes(): number {
    return this.response.writableLength;
  }

  get progress(): number {
    return progressOf(this.request.socket);
  }

  /** Ends the response if it is full with this. */
  write(frame: string): void {
    const text = this.transport.wrap(frame);
    this.#sentBytes += text.length;
    if (this.room > 0 && this.transport.isStreaming) this.response.write(text);
    else this.#end(text);
  }

  /** The last frame of this response. */
  end(frame: string): void {
    if (!this.#isEnded) this.#end(this.transport.wrap(frame));
  }

  cut(): void {
    this.request.socket.destroy();
  }

  #end(text: string): void {
    this.#isEnded = true;
    this.response.end(text);
    this.#listener?.onReceiverEnd(this);
  }
}

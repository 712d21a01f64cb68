import { randomUUID } from 'node:crypto';
import { Agent, request, type IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';

/** What carries the octets of a raw client. */
export type WireKind = 'websocket' | 'sockjs-websocket' | 'sockjs-xhr-streaming';

export const SOCK_JS_WIRES: readonly WireKind[] = ['sockjs-websocket', 'sockjs-xhr-streaming'];

export interface WireOptions {
  /** WebSocket sub-protocols that the client asks for. */
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

export interface WireListener {
  onData(bytes: Buffer, isText: boolean): void;
  onClose(code: number, reason: string): void;
}

export interface Wire {
  readonly protocol: string;
  send(data: string | Buffer): void;
  close(): void;
  terminate(): void;
  pause(): void;
  resume(): void;
}

/** @param url of the endpoint, beginning with `http:` */
export function openWire(kind: WireKind, url: string, listener: WireListener, options: WireOptions): Promise<Wire> {
  switch (kind) {
    case 'websocket':
      return openWebSocket(url, listener, options);
    case 'sockjs-websocket':
      return openSockJsWebSocket(url, listener, options);
    case 'sockjs-xhr-streaming':
      return XhrStreamingWire.open(url, listener, options);
  }
}

function openWebSocket(url: string, listener: WireListener, options: WireOptions): Promise<Wire> {
  const webSocket = dial(url, options);
  webSocket.on('message', (data: Buffer, isBinary) => listener.onData(data, !isBinary));
  webSocket.on('close', (code, reason) => listener.onClose(code, reason.toString()));
  return opened(
    webSocket,
    wireOver(webSocket, (data) => webSocket.send(data)),
  );
}

/** SockJS over WebSocket: an `o` frame, then arrays of strings in both directions, and a `c` frame at the end. */
function openSockJsWebSocket(url: string, listener: WireListener, options: WireOptions): Promise<Wire> {
  const webSocket = dial(`${url}/000/${randomUUID()}/websocket`, options);
  const closing = { code: 1006, reason: '' };
  return new Promise((resolve, reject) => {
    const wire = wireOver(webSocket, (data) => webSocket.send(JSON.stringify([data.toString()])));
    webSocket.once('error', reject);
    webSocket.on('message', (data: Buffer) => {
      readSockJsFrame(data.toString(), listener, closing, () => resolve(wire));
    });
    webSocket.on('close', (code) => {
      listener.onClose(closing.code === 1006 ? code : closing.code, closing.reason);
    });
  });
}

function dial(url: string, { protocols = [], headers = {} }: WireOptions): WebSocket {
  const webSocket = new WebSocket(url.replace(/^http/, 'ws'), [...protocols], { headers, perMessageDeflate: false });
  webSocket.on('error', () => {});
  return webSocket;
}

function opened(webSocket: WebSocket, wire: Wire): Promise<Wire> {
  return new Promise((resolve, reject) => {
    webSocket.once('open', () => resolve(wire));
    webSocket.once('error', reject);
  });
}

function wireOver(webSocket: WebSocket, send: (data: string | Buffer) => void): Wire {
  return {
    get protocol() {
      return webSocket.protocol;
    },
    send,
    close: () => webSocket.close(1000),
    terminate: () => webSocket.terminate(),
    pause: () => webSocket.pause(),
    resume: () => webSocket.resume(),
  };
}

function readSockJsFrame(
  frame: string,
  listener: WireListener,
  closing: { code: number; reason: string },
  onOpen: () => void,
): void {
  switch (frame[0]) {
    case 'o':
      return onOpen();
    case 'a':
      for (const text of JSON.parse(frame.slice(1)) as string[]) listener.onData(Buffer.from(text), true);
      return;
    case 'c':
      [closing.code, closing.reason] = JSON.parse(frame.slice(1)) as [number, string];
  }
}

/** SockJS over one long response for what comes and one short request for each batch of what goes. */
class XhrStreamingWire implements Wire {
  readonly protocol = '';
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2 });
  readonly #closing = { code: 1006, reason: '' };
  #response: IncomingMessage | undefined;
  #outgoing: string[] = [];
  #isSending = false;
  #isOver = false;

  private constructor(
    private readonly url: string,
    private readonly listener: WireListener,
    private readonly options: WireOptions,
  ) {}

  static open(url: string, listener: WireListener, options: WireOptions): Promise<Wire> {
    const wire = new XhrStreamingWire(`${url}/000/${randomUUID()}`, listener, options);
    return new Promise((resolve, reject) => wire.#receive(() => resolve(wire), reject));
  }

  send(data: string | Buffer): void {
    this.#outgoing.push(data.toString());
    if (!this.#isSending) this.#flush();
  }

  /** A client that is over a page's XHR has no better way. */
  close(): void {
    this.terminate();
  }

  terminate(): void {
    this.#isOver = true;
    this.#response?.destroy();
    this.#agent.destroy();
    this.listener.onClose(1006, '');
  }

  pause(): void {
    this.#response?.pause();
  }

  resume(): void {
    this.#response?.resume();
  }

  #receive(onOpen: () => void, onError: (error: Error) => void): void {
    this.#post('/xhr_streaming', '', (response) => {
      if (response.statusCode !== 200) {
        this.terminate();
        return onError(new Error(`Unexpected server response: ${response.statusCode}`));
      }
      this.#response = response;
      response.on('error', () => {});
      let rest = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop()!;
        for (const line of lines) readSockJsFrame(line, this.listener, this.#closing, onOpen);
      });
      response.on('end', () => this.#receivedAll(onError));
    }).on('error', onError);
  }

  /** The response is full, or it was the last one. */
  #receivedAll(onError: (error: Error) => void): void {
    if (this.#isOver) return;
    if (this.#closing.code === 1006) return this.#receive(() => {}, onError);
    this.#isOver = true;
    this.#agent.destroy();
    this.listener.onClose(this.#closing.code, this.#closing.reason);
  }

  #flush(): void {
    const batch = this.#outgoing.splice(0);
    this.#isSending = batch.length > 0;
    if (!this.#isSending || this.#isOver) return;
    this.#post('/xhr_send', JSON.stringify(batch), (response) => {
      response.resume();
      response.on('end', () => this.#flush());
    }).on('error', () => {});
  }

  #post(path: string, body: string, onResponse: (response: IncomingMessage) => void): ReturnType<typeof request> {
    const headers = { 'content-type': 'text/plain;charset=UTF-8', ...this.options.headers };
    const sending = request(`${this.url}${path}`, { method: 'POST', agent: this.#agent, headers }, onResponse);
    sending.end(body);
    return sending;
  }
}

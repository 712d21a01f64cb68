import { Client, type IMessage } from '@stomp/stompjs';
import SockJS from 'sockjs-client';
import Stomp, { type LegacyClient, type LegacyFrame } from 'stompjs';
import webstomp from 'webstomp-client';
import { WebSocket } from 'ws';
import { Receipts, type Delivered, type ForeignClient, type ForeignTransaction } from './foreign-client.js';

type Headers = Record<string, string>;

/** @stomp/stompjs 7: STOMP 1.2. */
export class StompJs7 implements ForeignClient {
  readonly #client: Client;
  readonly #receipts = new Receipts();

  constructor(url: string, socket: () => unknown = () => webSocket(url, ['v12.stomp', 'v11.stomp', 'v10.stomp'])) {
    this.#client = new Client({
      webSocketFactory: socket as never,
      reconnectDelay: 0,
      // As stompjs 2 does without being asked: a frame goes out in messages of 8 KiB.
      splitLargeFrames: true,
      heartbeatIncoming: 10_000,
      heartbeatOutgoing: 10_000,
    });
  }

  connect(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#client.onConnect = ({ headers }) => resolve(headers['version']!);
      this.#client.onStompError = ({ headers }) => reject(new Error(headers['message']));
      this.#client.onWebSocketError = () => reject(new Error('The WebSocket failed'));
      this.#client.activate();
    });
  }

  async subscribe(
    destination: string,
    onMessage: (message: Delivered) => void,
    headers: Headers = {},
  ): Promise<() => void> {
    const { receipt, came } = this.#nextReceipt();
    const listener = (message: IMessage): void =>
      onMessage({
        get text() {
          return message.body;
        },
        get octets() {
          return Buffer.from(message.binaryBody);
        },
        headers: message.headers as Headers,
        ack: () => message.ack(),
        nack: () => message.nack(),
      });
    const subscription = this.#client.subscribe(destination, listener, { ...headers, receipt });
    await came;
    return () => subscription.unsubscribe();
  }

  send(destination: string, body: string, headers: Headers = {}): void {
    this.#client.publish({ destination, body, headers });
  }

  async sendWithReceipt(destination: string, body: string): Promise<void> {
    const { receipt, came } = this.#nextReceipt();
    this.send(destination, body, { receipt });
    await came;
  }

  begin(): ForeignTransaction {
    return this.#client.begin();
  }

  disconnect(): Promise<void> {
    return this.#client.deactivate();
  }

  #nextReceipt(): { receipt: string; came: Promise<void> } {
    const next = this.#receipts.next();
    this.#client.watchForReceipt(next.receipt, () => this.#receipts.came(next.receipt));
    return next;
  }
}

/** stompjs 2.3.3, which countless pages still load: STOMP 1.1. */
export class StompJs2 implements ForeignClient {
  readonly #client: LegacyClient;
  readonly #receipts = new Receipts();

  constructor(socket: unknown) {
    this.#client = Stomp.over(socket);
    this.#client.debug = null;
    this.#client.onreceipt = ({ headers }) => this.#receipts.came(headers['receipt-id']!);
  }

  connect(): Promise<string> {
    return new Promise((resolve, reject) =>
      this.#client.connect({}, ({ headers }) => resolve(headers['version']!), failed(reject)),
    );
  }

  async subscribe(
    destination: string,
    onMessage: (message: Delivered) => void,
    headers: Headers = {},
  ): Promise<() => void> {
    const { receipt, came } = this.#receipts.next();
    const listener = (frame: LegacyFrame): void => onMessage(delivered(frame));
    const subscription = this.#client.subscribe(destination, listener, { ...headers, receipt });
    await came;
    return () => subscription.unsubscribe();
  }

  send(destination: string, body: string, headers: Headers = {}): void {
    this.#client.send(destination, headers, body);
  }

  async sendWithReceipt(destination: string, body: string): Promise<void> {
    const { receipt, came } = this.#receipts.next();
    this.send(destination, body, { receipt });
    await came;
  }

  begin(): ForeignTransaction {
    return this.#client.begin(`transaction-${Math.random()}`);
  }

  disconnect(): Promise<void> {
    return new Promise((resolve) => this.#client.disconnect(resolve));
  }
}

/** webstomp-client: STOMP 1.2. */
export class Webstomp implements ForeignClient {
  readonly #client: ReturnType<typeof webstomp.over>;
  readonly #receipts = new Receipts();

  constructor(socket: unknown) {
    this.#client = webstomp.over(socket, { debug: false });
    this.#client.onreceipt = ({ headers }) => this.#receipts.came((headers as unknown as Headers)['receipt-id']!);
  }

  connect(): Promise<string> {
    return new Promise((resolve, reject) =>
      this.#client.connect(
        {} as never,
        (frame) => resolve((frame!.headers as unknown as Headers)['version']!),
        failed(reject),
      ),
    );
  }

  async subscribe(
    destination: string,
    onMessage: (message: Delivered) => void,
    headers: Headers = {},
  ): Promise<() => void> {
    const { receipt, came } = this.#receipts.next();
    const listener = (message: unknown): void => onMessage(delivered(message as LegacyFrame));
    const subscription = this.#client.subscribe(destination, listener as never, { ...headers, receipt } as never);
    await came;
    return () => subscription.unsubscribe();
  }

  send(destination: string, body: string, headers: Headers = {}): void {
    this.#client.send(destination, body, headers as never);
  }

  async sendWithReceipt(destination: string, body: string): Promise<void> {
    const { receipt, came } = this.#receipts.next();
    this.send(destination, body, { receipt });
    await came;
  }

  begin(): ForeignTransaction {
    const id = `transaction-${Math.random()}`;
    this.#client.begin(id);
    return { id, commit: () => this.#client.commit(id), abort: () => this.#client.abort(id) };
  }

  disconnect(): Promise<void> {
    return new Promise((resolve) => this.#client.disconnect(resolve));
  }
}

/** A message of the old clients: what comes in binary is text to them, one character for each octet. */
function delivered(frame: LegacyFrame): Delivered {
  return {
    text: frame.body,
    octets: Buffer.from(frame.body, 'latin1'),
    headers: frame.headers,
    ack: () => frame.ack(),
    nack: () => frame.nack(),
  };
}

function failed(reject: (error: Error) => void): (error: unknown) => void {
  return (error) =>
    reject(new Error(`The client failed: ${String((error as Partial<LegacyFrame> | undefined)?.body ?? error)}`));
}

function webSocket(url: string, protocols: string[]): WebSocket {
  return new WebSocket(url.replace(/^http/, 'ws'), protocols);
}

export const LIBRARIES: Record<string, { version: string; create(url: string): ForeignClient }> = {
  '@stomp/stompjs 7': { version: '1.2', create: (url) => new StompJs7(url) },
  '@stomp/stompjs 7 over sockjs-client': { version: '1.2', create: (url) => new StompJs7(url, () => new SockJS(url)) },
  'stompjs 2.3.3': {
    version: '1.1',
    create: (url) => new StompJs2(webSocket(url, ['v10.stomp', 'v11.stomp'])),
  },
  ...Object.fromEntries(
    ['websocket', 'xhr-streaming', 'xhr-polling', 'eventsource'].map((transports) => [
      `stompjs 2.3.3 over sockjs-client, ${transports}`,
      { version: '1.1', create: (url: string) => new StompJs2(new SockJS(url, null, { transports })) },
    ]),
  ),
  'webstomp-client': { version: '1.2', create: (url) => new Webstomp(webSocket(url, ['v12.stomp'])) },
  // By itself it lists the oldest sub-protocol first, and then speaks the version of the one that was chosen.
  'webstomp-client, without a choice of ours': {
    version: '1.0',
    create: (url) => new Webstomp(webSocket(url, ['v10.stomp', 'v11.stomp', 'v12.stomp'])),
  },
};

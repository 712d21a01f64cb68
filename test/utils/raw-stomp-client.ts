import { openWire, type Wire, type WireKind, type WireOptions } from './wires.js';

/** A frame as it stood on the wire: nothing is unescaped, nothing is merged, and nothing of lib/frame has touched it. */
export class RawFrame {
  constructor(
    readonly command: string,
    readonly headers: readonly (readonly [name: string, value: string])[],
    readonly body: Buffer,
    /** Whether a text WebSocket message carried it. */
    readonly isText: boolean,
  ) {}

  header(name: string): string | undefined {
    return this.headers.find(([key]) => key === name)?.[1];
  }

  all(name: string): string[] {
    return this.headers.filter(([key]) => key === name).map(([, value]) => value);
  }

  get text(): string {
    return this.body.toString();
  }
}

export type RawMatcher = string | ((frame: RawFrame) => boolean);

interface Waiter {
  readonly matches: (frame: RawFrame) => boolean;
  readonly resolve: (frame: RawFrame) => void;
  readonly reject: (error: Error) => void;
}

export interface RawClientOptions extends WireOptions {
  readonly wire?: WireKind;
  /** How long `next` waits, in milliseconds. */
  readonly timeout?: number;
}

/**
 * The client's end of a conversation in which every octet is written by hand. It reads what comes with a parser of its own,
 * which shares nothing with the server's.
 */
export class RawStompClient {
  /** What came, one entry for each message of the transport. */
  readonly messages: { readonly at: number; readonly bytes: Buffer; readonly isText: boolean }[] = [];
  /** When anything came that was no more than EOLs. */
  readonly beats: number[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #waiting: Waiter[] = [];
  readonly #timeout: number;
  #frames: RawFrame[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #end: Error | undefined;
  #wire!: Wire;
  #receipts = 0;
  #tellBeat: () => void = () => {};

  private constructor(url: string, options: RawClientOptions, opened: (failed?: Error) => void) {
    this.#timeout = options.timeout ?? 8_000;
    this.closed = new Promise((resolve) => {
      const listener = {
        onData: (bytes: Buffer, isText: boolean) => this.#received(bytes, isText),
        onClose: (code: number, reason: string) => {
          this.#ended(new Error(`The connection was closed: ${code} ${reason}`));
          resolve({ code, reason });
        },
      };
      openWire(options.wire ?? 'websocket', url, listener, options).then(
        (wire) => {
          this.#wire = wire;
          opened();
        },
        (error: Error) => opened(error),
      );
    });
  }

  /** Opens the connection; no frame has been sent yet. */
  static open(url: string, options: RawClientOptions = {}): Promise<RawStompClient> {
    return new Promise((resolve, reject) => {
      const client: RawStompClient = new RawStompClient(url, options, (failed) =>
        failed ? reject(failed) : resolve(client),
      );
    });
  }

  /** The sub-protocol that the server has chosen. */
  get protocol(): string {
    return this.#wire.protocol;
  }

  /** Sends one message of the transport: text as text, bytes as binary. */
  write(data: string | Buffer): this {
    this.#wire.send(data);
    return this;
  }

  /** Opens the conversation. `headers` are whole lines, each with its line feed. */
  async connect(version: string | undefined = '1.2', headers = ''): Promise<RawFrame> {
    this.write(`CONNECT\n${version === '1.0' ? '' : `accept-version:${version}\nhost:localhost\n`}${headers}\n\0`);
    return this.next('CONNECTED');
  }

  /** The first frame that matches and has not been given out, now or when it comes. */
  next(what: RawMatcher): Promise<RawFrame> {
    const matches = typeof what === 'string' ? (frame: RawFrame) => frame.command === what : what;
    const index = this.#frames.findIndex(matches);
    if (index >= 0) return Promise.resolve(this.#frames.splice(index, 1)[0]!);
    if (this.#end) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        matches,
        resolve: (frame) => (clearTimeout(timer), resolve(frame)),
        reject: (error) => (clearTimeout(timer), reject(error)),
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        const came = this.#frames.map(({ command, text }) => `${command} ${text.slice(0, 40)}`).join(', ') || 'nothing';
        reject(new Error(`The expected frame did not come within ${this.#timeout} ms; what came: ${came}`));
      }, this.#timeout);
      this.#waiting.push(waiter);
    });
  }

  /** The next frame, whatever it is. */
  nextAny(): Promise<RawFrame> {
    return this.next(() => true);
  }

  /** The body of the next MESSAGE, as text. */
  async body(): Promise<string> {
    return (await this.next('MESSAGE')).text;
  }

  async bodies(count: number): Promise<string[]> {
    const bodies: string[] = [];
    while (bodies.length < count) bodies.push(await this.body());
    return bodies;
  }

  /** Sends the frame with a receipt header and waits for the RECEIPT. */
  async receipt(frame: string): Promise<RawFrame> {
    const id = `raw-${++this.#receipts}`;
    this.write(frame.replace('\n', `\nreceipt:${id}\n`));
    const answer = await this.next((candidate) => candidate.header('receipt-id') === id);
    if (answer.command !== 'RECEIPT') throw new Error(`${answer.command}: ${answer.header('message')}`);
    return answer;
  }

  /** SUBSCRIBE and the wait for its RECEIPT. `headers` are whole lines, each with its line feed. */
  async subscribe(id: string, destination: string, headers = ''): Promise<void> {
    await this.receipt(`SUBSCRIBE\nid:${id}\ndestination:${destination}\n${headers}\n\0`);
  }

  /** The server has handled all that was written before, and its answers are here. */
  async settled(): Promise<void> {
    await this.receipt('SEND\ndestination:/topic/settled\n\n\0');
  }

  /** All frames of the command that have come and have not been given out. */
  take(command?: string): RawFrame[] {
    const taken = this.#frames.filter((frame) => command === undefined || frame.command === command);
    this.#frames = this.#frames.filter((frame) => !taken.includes(frame));
    return taken;
  }

  /** When `count` heart-beats have come altogether. */
  async beaten(count: number): Promise<void> {
    while (this.beats.length < count) {
      if (this.#end) throw this.#end;
      await new Promise<void>((resolve) => (this.#tellBeat = resolve));
    }
  }

  /** Closes as a client does that has nothing more to say. */
  close(): void {
    this.#wire.close();
  }

  /** Cuts the line without a word. */
  terminate(): void {
    this.#wire.terminate();
  }

  /** Stops and starts to read, as a client does that is too slow. */
  pause(): void {
    this.#wire.pause();
  }

  resume(): void {
    this.#wire.resume();
  }

  #received(bytes: Buffer, isText: boolean): void {
    const at = performance.now();
    this.messages.push({ at, bytes, isText });
    if (this.#bytes.length === 0 && bytes.every((octet) => octet === 0x0a)) {
      this.beats.push(at);
      this.#tellBeat();
      return;
    }
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (let frame = this.#parse(isText); frame; frame = this.#parse(isText)) this.#give(frame);
  }

  #parse(isText: boolean): RawFrame | undefined {
    let start = 0;
    while (this.#bytes[start] === 0x0a) start++;
    const headEnd = this.#bytes.indexOf('\n\n', start);
    if (headEnd < 0) return undefined;
    const [command, ...lines] = this.#bytes.toString('utf8', start, headEnd).split('\n');
    const headers = lines.map((line) => {
      const colon = line.indexOf(':');
      if (colon < 1) throw new Error(`The server sent a header without a name or a colon: ${JSON.stringify(line)}`);
      return [line.slice(0, colon), line.slice(colon + 1)] as const;
    });
    const length = headers.find(([name]) => name === 'content-length')?.[1];
    const bodyStart = headEnd + 2;
    const end = length === undefined ? this.#bytes.indexOf(0, bodyStart) : bodyStart + Number(length);
    if (end < 0 || end >= this.#bytes.length) return undefined;
    if (this.#bytes[end] !== 0) throw new Error('The server sent a body that does not end where it says.');
    const frame = new RawFrame(command!, headers, Buffer.from(this.#bytes.subarray(bodyStart, end)), isText);
    this.#bytes = this.#bytes.subarray(end + 1);
    return frame;
  }

  #give(frame: RawFrame): void {
    const index = this.#waiting.findIndex(({ matches }) => matches(frame));
    if (index < 0) this.#frames.push(frame);
    else this.#waiting.splice(index, 1)[0]!.resolve(frame);
  }

  #ended(error: Error): void {
    this.#end = error;
    this.#tellBeat();
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

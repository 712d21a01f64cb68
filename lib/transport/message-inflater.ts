import { inflateRawSync } from 'node:zlib';
import { CloseCode } from '../exceptions/stomp.exception.js';
import { atTurnEnd, type TurnEndListener } from './turn-end.js';

/** How `ws` wants to be called back, but not before it has returned. */
type Done = (error: null, message: Buffer) => void;

/** RFC 6455 section 7.4.1: data that are not what the message says they are. */
const INVALID_PAYLOAD = 1007;
const NOTHING = Buffer.alloc(0);
/** The end that senders leave out (RFC 7692 section 7.2.2), then an empty last block: a message that is cut off has no end. */
const TRAILER = Buffer.from([0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff]);
/** So many bytes a client may have unfolded in one turn of the event loop: as many as it can send uncompressed in one. */
const BYTES_A_TURN = 65_536;
/** What it costs to begin, in bytes that could have been unfolded meanwhile. */
const COST_OF_ONE = 1_024;

/**
 * Unfolds a client's messages, in place of what `ws` has for it: that goes on with all it has read though the client should wait, and keeps
 * a window for each connection. What one read brings, 64 KiB, may be messages of 64 MiB. So none is unfolded before there is use for it:
 * not while the client is made to wait, nor when it has had its share of a turn.
 */
export class MessageInflater implements TurnEndListener {
  #pieces: Buffer[] = [];
  #isWhole = false;
  #done: Done | undefined;
  #spent = 0;
  #isPaused = false;
  #isCut = false;
  #isStopped = false;

  constructor(
    private readonly maxPayload: number,
    /** Called with a close code for what is too large or cannot be unfolded. Nothing is unfolded after that. */
    private readonly onError: (code: number) => void,
  ) {}

  /** Called by `ws` for a piece of a message, and not again until that is done. */
  decompress(piece: Buffer, isLast: boolean, done: Done): void {
    this.#pieces.push(piece);
    this.#isWhole = isLast;
    this.#done = done;
    process.nextTick(() => this.#goOn());
  }

  /** Called by `ws` when the connection is closed. */
  cleanup(): void {}

  pause(): void {
    this.#isPaused = true;
    if (this.#isCut) this.stop();
  }

  resume(): void {
    this.#isPaused = false;
    process.nextTick(() => this.#goOn());
  }

  /** The line is gone. A client that should wait cannot: what it has sent beyond that is lost. */
  cut(): void {
    this.#isCut = true;
    if (this.#isPaused) this.stop();
  }

  /** Nobody listens any more; but a close frame of the client must be found behind its messages. */
  stop(): void {
    this.#isStopped = true;
    this.#goOn();
  }

  onTurnEnd(): void {
    this.#spent = 0;
    this.#goOn();
  }

  #goOn(): void {
    if (!this.#done) return;
    if (this.#isStopped) this.#pieces = [];
    if (this.#isStopped || !this.#isWhole) return this.#finish(NOTHING);
    if (this.#isPaused || this.#spent >= BYTES_A_TURN) return;
    let message: Buffer;
    try {
      message = this.#unfold();
    } catch (error) {
      const isTooBig = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      this.onError(isTooBig ? CloseCode.TooBig : INVALID_PAYLOAD);
      return this.stop();
    }
    this.#finish(message);
  }

  #unfold(): Buffer {
    const bytes = Buffer.concat([...this.#pieces, TRAILER]);
    this.#pieces = [];
    if (this.#spent === 0) atTurnEnd(this);
    this.#spent += COST_OF_ONE;
    const message = inflateRawSync(bytes, { maxOutputLength: this.maxPayload });
    this.#spent += message.length;
    return compact(message);
  }

  #finish(message: Buffer): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(null, message);
  }
}

/** What zlib gives may be a few bytes at the beginning of 16 KiB, all of which would be held as long as they are. */
function compact(bytes: Buffer): Buffer {
  if (2 * bytes.length >= bytes.buffer.byteLength) return bytes;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

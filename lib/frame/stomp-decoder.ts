import { Buffer, isUtf8 } from 'node:buffer';
import { CloseCode, StompException, quote } from '../exceptions/stomp.exception.js';
import { HeaderList } from '../utils/header-list.js';
import { unescapeHeader } from './header-escaping.js';
import { LONGEST_COMMAND, hasEscapedHeaders, mayHaveBody, stompCommandOf, type StompCommand } from './stomp-command.js';
import { StompFrame } from './stomp-frame.js';
import type { StompVersion } from './stomp-version.js';

const LF = 0x0a;
const CR = 0x0d;
const NUL = 0x00;
const BACKSLASH = 0x5c;
const NOTHING: Buffer = Buffer.alloc(0);
const NO_HEADERS = new HeaderList();
/** So many bytes of header lines become one string at most, for each of its parts that is kept keeps the whole. */
const AT_ONCE = 512;
const CONTENT_LENGTH = /^\d{1,15}$/;

/** Where in a frame the reading stands. */
enum DecoderState {
  /** Between frames, where EOLs are heart-beats. */
  Idle,
  Command,
  Headers,
  Body,
}

export interface DecoderLimits {
  /** Bytes of a whole frame. */
  readonly frame: number;
  readonly headerCount: number;
  /** Bytes of one header line. */
  readonly headerLength: number;
}

export interface DecoderOptions {
  /** Whether headers that are none are left out, and what is no text in one is replaced. Frames still end where they end. */
  readonly isLenient?: boolean;
}

/**
 * Makes frames of bytes that come in pieces, cut anywhere. The reader pulls: `push` bytes, then `read` until there is no
 * whole frame left. So each frame is read under the version that the frames before it have agreed upon, and bytes that
 * nobody is ready to handle stay bytes.
 *
 * Reads each byte once, however it is cut; holds no more than one frame's limit beside what was pushed last; and throws
 * nothing but `StompException`, after which the stream has no meaning any more.
 */
export class StompDecoder {
  /** Decides which escapes there are. Until CONNECTED it does not matter: CONNECT has none. */
  version: StompVersion = '1.2';

  #state = DecoderState.Idle;
  #bytes = NOTHING;
  #room = NOTHING; // what #bytes is a view of when it had to be joined from pieces: may be larger
  #frameStart = 0;
  #lineStart = 0;
  #at = 0; // all before has been looked at
  #isPlain = true; // whether the current line has been ASCII without an escape so far
  #command: StompCommand = 'SEND';
  #headers = NO_HEADERS;
  #contentLength = -1;

  constructor(
    readonly limits: DecoderLimits,
    private readonly options: DecoderOptions = {},
  ) {}

  /** Bytes that have come but do not make a frame yet, or have not been read. */
  get bufferedBytes(): number {
    return this.#bytes.length - this.#frameStart;
  }

  push(bytes: Buffer): void {
    if (this.bufferedBytes === 0) {
      this.#goOnIn(bytes);
      return;
    }
    if (this.#bytes.length + bytes.length > this.#room.length) {
      const kept = this.#bytes.subarray(this.#frameStart);
      this.#room = Buffer.allocUnsafeSlow(Math.max(2 * kept.length, kept.length + bytes.length, 256));
      kept.copy(this.#room);
      this.#goOnIn(this.#room.subarray(0, kept.length));
    }
    const joined = this.#bytes.length + bytes.copy(this.#room, this.#bytes.length);
    this.#bytes = this.#room.subarray(0, joined);
  }

  /**
   * The next frame, or null until more bytes come.
   * @throws StompException when the bytes are no STOMP, or exceed a limit
   */
  read(): StompFrame | null {
    if (this.#state === DecoderState.Idle && !this.#skipHeartBeats()) return null;
    if (this.#state === DecoderState.Command && !this.#readCommand()) return null;
    if (this.#state === DecoderState.Headers && !this.#readHeaders()) return null;
    return this.#readBody();
  }

  /** From here on positions count in other bytes, which begin with the current frame. */
  #goOnIn(bytes: Buffer): void {
    this.#lineStart -= this.#frameStart;
    this.#at -= this.#frameStart;
    this.#frameStart = 0;
    this.#bytes = bytes;
  }

  /** Everything has been read: holds on to no bytes until more come. */
  #forget(): void {
    this.#frameStart = this.#lineStart = this.#at = 0;
    this.#bytes = this.#room = NOTHING;
  }

  #skipHeartBeats(): boolean {
    const bytes = this.#bytes;
    let at = this.#frameStart;
    while (at < bytes.length) {
      const byte = bytes[at];
      if (byte === LF) at++;
      else if (byte !== CR) break;
      else if (at + 1 === bytes.length) break;
      else if (bytes[at + 1] === LF) at += 2;
      else throw malformed('A carriage return must be followed by a line feed.');
    }
    this.#frameStart = this.#lineStart = this.#at = at;
    if (at === bytes.length) this.#forget();
    if (at === bytes.length || bytes[at] === CR) return false;
    this.#state = DecoderState.Command;
    return true;
  }

  #readCommand(): boolean {
    const end = this.#lineEnd();
    if (end < 0) {
      if (this.#bytes.length - this.#lineStart > LONGEST_COMMAND + 1) throw this.#unknownCommand(this.#bytes.length);
      return false;
    }
    const command = stompCommandOf(this.#bytes, this.#lineStart, end);
    if (command === undefined) throw this.#unknownCommand(end);
    this.#command = command;
    this.#headers = new HeaderList();
    this.#lineStart = this.#at;
    this.#state = DecoderState.Headers;
    return true;
  }

  #readHeaders(): boolean {
    // Lines from here on have been looked at, and are plain.
    let plain = this.#lineStart;
    for (;;) {
      const end = this.#lineEnd();
      const start = this.#lineStart;
      if ((end < 0 ? this.#endSoFar : end) - start > this.limits.headerLength) throw this.#headerTooLong();
      if (end < 0 || end === start || !this.#isPlain || start - plain > AT_ONCE) {
        this.#readPlainHeaders(plain, start);
        plain = start;
      }
      if (end < 0) {
        this.#checkSize(this.#bytes.length - this.#frameStart);
        return false;
      }
      this.#lineStart = this.#at;
      if (end === start) break;
      if (this.#isPlain) continue;
      this.#readSpecialHeader(this.#readUtf8(start, end));
      plain = this.#at;
    }
    this.#contentLength = this.#declaredLength();
    this.#checkSize(this.#at - this.#frameStart + Math.max(this.#contentLength, 0) + 1);
    this.#state = DecoderState.Body;
    return true;
  }

  /** Whole lines of ASCII without an escape become strings in one go. */
  #readPlainHeaders(start: number, end: number): void {
    if (start === end) return;
    const text = this.#bytes.toString('latin1', start, end);
    let lineEnd: number;
    for (let at = 0; at < text.length; at = lineEnd + 1) {
      lineEnd = text.indexOf('\n', at);
      const nameEnd = text.indexOf(':', at);
      const valueEnd = text.charCodeAt(lineEnd - 1) === CR ? lineEnd - 1 : lineEnd;
      if (nameEnd > at && nameEnd < valueEnd) this.#append(text.slice(at, nameEnd), text.slice(nameEnd + 1, valueEnd));
      else this.#readNoHeader(text.slice(at, valueEnd));
    }
  }

  #append(name: string, value: string): void {
    if (this.#headers.size === this.limits.headerCount) throw this.#tooManyHeaders();
    this.#headers.append(name, value);
  }

  #readNoHeader(line: string): void {
    if (this.options.isLenient) return;
    throw malformed(`A header must have the form name:value, but one is ${quote(line)}.`);
  }

  #readSpecialHeader(line: string): void {
    const nameEnd = line.indexOf(':');
    if (nameEnd <= 0) return this.#readNoHeader(line);
    const name = line.slice(0, nameEnd);
    const value = line.slice(nameEnd + 1);
    if (hasEscapedHeaders(this.#command)) this.#append(this.#unescape(name), this.#unescape(value));
    else this.#append(name, value);
  }

  #unescape(text: string): string {
    try {
      return unescapeHeader(text, this.version);
    } catch (error) {
      if (this.options.isLenient) return text;
      throw error;
    }
  }

  /** A header line that has more in it than ASCII. */
  #readUtf8(start: number, end: number): string {
    const bytes = this.#bytes.subarray(start, end);
    if (this.options.isLenient) return bytes.toString().replace(/[\0\r]/g, '\ufffd');
    if (bytes.includes(CR)) throw malformed('A header has a carriage return that does not end its line.');
    if (bytes.includes(NUL))
      throw malformed('A frame ended in the middle of its headers: the empty line before the body is missing.');
    if (!isUtf8(bytes)) throw malformed('A header is not valid UTF-8.');
    return bytes.toString();
  }

  #readBody(): StompFrame | null {
    const start = this.#lineStart;
    const end = this.#contentLength >= 0 ? start + this.#contentLength : this.#bytes.indexOf(NUL, this.#at);
    const isWhole = end >= 0 && end < this.#bytes.length;
    if (!isWhole) {
      this.#at = this.#bytes.length;
      this.#checkSize(this.#bytes.length - this.#frameStart);
      return null;
    }
    if (this.#bytes[end] !== NUL) {
      throw malformed(
        `A body of ${this.#contentLength} bytes, as its content-length says, is not followed by a NUL octet.`,
      );
    }
    this.#checkSize(end + 1 - this.#frameStart);
    const hasBody = mayHaveBody(this.#command);
    // STOMP 1.0 “SUBSCRIBE”: a body that means nothing is ignored.
    if (end > start && !hasBody && this.version !== '1.0') {
      throw malformed(`A ${this.#command} frame must not have a body.`);
    }
    const frame = new StompFrame(this.#command, this.#headers, this.#bytes.subarray(start, hasBody ? end : start));
    this.#state = DecoderState.Idle;
    this.#frameStart = this.#lineStart = this.#at = end + 1;
    if (this.#frameStart === this.#bytes.length) this.#forget();
    return frame;
  }

  /** End of the current line without its EOL, or -1 if it is not all there. `#at` moves behind what was looked at. */
  #lineEnd(): number {
    const bytes = this.#bytes;
    const { length } = bytes;
    let at = this.#at;
    if (at === this.#lineStart) this.#isPlain = true;
    for (; at < length; at++) {
      const byte = bytes[at]!;
      if (byte === LF) {
        this.#at = at + 1;
        return at > this.#lineStart && bytes[at - 1] === CR ? at - 1 : at;
      }
      if (byte > 0x7f || byte === BACKSLASH || byte === NUL || (byte === CR && bytes[at + 1] !== LF)) {
        this.#isPlain = false;
      }
    }
    this.#at = length;
    return -1;
  }

  /** Of a line that is not all there: a carriage return may belong to its EOL. */
  get #endSoFar(): number {
    const { length } = this.#bytes;
    return this.#bytes[length - 1] === CR ? length - 1 : length;
  }

  /** -1 when the frame ends at the first NUL. */
  #declaredLength(): number {
    const declared = this.#headers.get('content-length');
    if (declared === undefined) return -1;
    // Strict: peers that read a length differently can be made to see different frames in the same bytes.
    if (!CONTENT_LENGTH.test(declared)) {
      throw malformed(`The content-length ${quote(declared)} is not a number of bytes.`);
    }
    return Number(declared);
  }

  #checkSize(size: number): void {
    if (size > this.limits.frame) {
      throw new StompException(
        'STOMP_ERR_FRAME_TOO_LARGE',
        `The frame is larger than the ${this.limits.frame} bytes that this server accepts.`,
        CloseCode.TooBig,
      );
    }
  }

  #unknownCommand(end: number): StompException {
    const command = quote(this.#bytes.toString('utf8', this.#lineStart, Math.min(end, this.#lineStart + 64)), 20);
    return new StompException(
      'STOMP_ERR_UNKNOWN_COMMAND',
      `${command} is not a STOMP command. Commands are case-sensitive and end with a line feed.`,
    );
  }

  #headerTooLong(): StompException {
    return new StompException(
      'STOMP_ERR_HEADER_LIMIT',
      `A header is longer than the ${this.limits.headerLength} bytes that this server accepts.`,
    );
  }

  #tooManyHeaders(): StompException {
    return new StompException(
      'STOMP_ERR_HEADER_LIMIT',
      `The frame has more than the ${this.limits.headerCount} headers that this server accepts.`,
    );
  }
}

function malformed(sentence: string): StompException {
  return new StompException('STOMP_ERR_MALFORMED_FRAME', sentence);
}

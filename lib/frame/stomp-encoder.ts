import { isUtf8 } from 'node:buffer';
import type { EncodedFrame } from './encoded-frame.js';
import { FrameMemory } from './frame-memory.js';
import { escapeHeader, escapeHeaderName } from './header-escaping.js';
import { hasEscapedHeaders, mayHaveBody, type StompCommand } from './stomp-command.js';
import type { StompFrame } from './stomp-frame.js';
import type { StompVersion } from './stomp-version.js';

const LF = 0x0a;
const COLON = 0x3a;
const NUL = 0x00;

/** The bytes of a frame. */
export function encode({ command, headers, body }: StompFrame, version: StompVersion): EncodedFrame {
  STOMP_ENCODER.begin(command, version);
  headers.forEach((name, value) => STOMP_ENCODER.header(name, value));
  return STOMP_ENCODER.end(body);
}

/**
 * Writes one frame after the other: how it begins, each of its headers, then its body. The bytes of frames are made here and nowhere else;
 * for what is sent most there is no list of headers in between.
 */
class StompEncoder {
  readonly #memory = new FrameMemory();
  #command: StompCommand = 'MESSAGE';
  #escaping: StompVersion = '1.2';
  #contentType: string | undefined;

  /** Before anything else of a frame. One that has not come to its end is given up. */
  begin(command: StompCommand, version: StompVersion): void {
    this.#command = command;
    this.#escaping = hasEscapedHeaders(command) ? version : '1.0';
    this.#contentType = undefined;
    this.#memory.begin();
    this.#memory.plain(command);
    this.#memory.byte(LF);
  }

  header(name: string, value: string): void {
    // The length is counted here and nowhere else; a header without a name no peer could read.
    if (name === 'content-length' || name === '') return;
    if (name === 'content-type') this.#contentType ??= value;
    this.#write(name, value);
  }

  end(body: Buffer): EncodedFrame {
    const memory = this.#memory;
    if (mayHaveBody(this.#command)) this.#write('content-length', `${body.length}`);
    // What is large moves once.
    memory.reserve(body.length + 2);
    memory.byte(LF);
    const isAscii = memory.bytes(body);
    memory.byte(NUL);
    return memory.take(isText(this.#contentType, body, isAscii));
  }

  #write(name: string, value: string): void {
    const memory = this.#memory;
    if (!memory.plain(name)) memory.text(escapeHeaderName(name, this.#escaping));
    memory.byte(COLON);
    if (!memory.plain(value)) memory.text(escapeHeader(value, this.#escaping));
    memory.byte(LF);
  }
}

/** There is one: a frame is written without a break. */
export const STOMP_ENCODER = new StompEncoder();

/**
 * Whether a text WebSocket message may carry the frame. A peer must fail the whole connection on a text message that is not
 * UTF-8 (RFC 6455 section 8.1), so what the content type promises is checked.
 */
function isText(contentType: string | undefined, body: Buffer, isAscii: boolean): boolean {
  if (body.length === 0) return true;
  return (contentType === undefined || TEXTUAL.test(contentType)) && (isAscii || isUtf8(body));
}

const TEXTUAL =
  /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml)\b|application\/(?:javascript|x-www-form-urlencoded)\b|[^/]*$)/i;

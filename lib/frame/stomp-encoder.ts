import { isUtf8 } from 'node:buffer';
import { EncodedFrame, HEADROOM } from './encoded-frame.js';
import { escapeHeader, escapeHeaderName } from './header-escaping.js';
import { hasEscapedHeaders, mayHaveBody, type StompCommand } from './stomp-command.js';
import type { StompFrame } from './stomp-frame.js';
import type { StompVersion } from './stomp-version.js';

/** The bytes of a frame. */
export function encode({ command, headers, body }: StompFrame, version: StompVersion): EncodedFrame {
  const encoder = new StompEncoder(command, version);
  headers.forEach((name, value) => encoder.header(name, value));
  return encoder.body(body);
}

/**
 * Writes one frame: its headers, one after another, then its body. The bytes of frames are made here and nowhere else; without a list of
 * headers in between for what is sent most.
 */
export class StompEncoder {
  #head: string;
  #contentType: string | undefined;
  readonly #escaping: StompVersion;

  constructor(
    private readonly command: StompCommand,
    version: StompVersion,
  ) {
    this.#head = `${command}\n`;
    this.#escaping = hasEscapedHeaders(command) ? version : '1.0';
  }

  /** A header under any name. */
  header(name: string, value: string): void {
    // The length is counted here and nowhere else; a header without a name no peer could read.
    if (name === 'content-length' || name === '') return;
    this.ownHeader(escapeHeaderName(name, this.#escaping), value);
  }

  /** A header whose name is known to need no escapes. */
  ownHeader(name: string, value: string): void {
    if (name === 'content-type') this.#contentType ??= value;
    this.#head += `${name}:${escapeHeader(value, this.#escaping)}\n`;
  }

  /** The end of the frame. */
  body(body: Buffer): EncodedFrame {
    if (mayHaveBody(this.command)) this.#head += `content-length:${body.length}\n`;
    this.#head += '\n';
    const headLength = Buffer.byteLength(this.#head);
    const length = headLength + body.length + 1;
    const memory = Buffer.allocUnsafe(HEADROOM + length);
    memory.write(this.#head, HEADROOM);
    body.copy(memory, HEADROOM + headLength);
    memory[memory.length - 1] = 0;
    return new EncodedFrame(memory, length, isText(this.#contentType, body));
  }
}

/**
 * Whether a text WebSocket message may carry the frame. A peer must fail the whole connection on a text message that is not
 * UTF-8 (RFC 6455 section 8.1), so what the content type promises is checked.
 */
function isText(contentType: string | undefined, body: Buffer): boolean {
  return body.length === 0 || (isTextual(contentType) && isUtf8(body));
}

function isTextual(contentType: string | undefined): boolean {
  // What most have is compared: that takes less time than a pattern.
  return contentType === undefined || contentType === 'application/json' || TEXTUAL.test(contentType);
}

const TEXTUAL =
  /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml)\b|application\/(?:javascript|x-www-form-urlencoded)\b|[^/]*$)/i;

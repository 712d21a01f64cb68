import { isUtf8 } from 'node:buffer';
import { HeaderList } from '../utils/header-list.js';
import { escapeHeader, escapeHeaderName } from './header-escaping.js';
import { hasEscapedHeaders, mayHaveBody } from './stomp-command.js';
import type { StompFrame } from './stomp-frame.js';
import type { StompVersion } from './stomp-version.js';

/** A frame's bytes, and room for the wrapping that each kind of connection puts around them once for all receivers. */
export class EncodedFrame {
  webSocketFrame: Buffer | undefined = undefined;
  deflatedFrame: Buffer | undefined = undefined;
  sockJsFrame: string | undefined = undefined;
  #bytes: Buffer | undefined = undefined;

  constructor(
    /** Ends with the frame; what is before it is free for a head that a connection puts there. */
    readonly memory: Buffer,
    readonly length: number,
    readonly isText: boolean,
  ) {}

  /** Made when it is asked for: a WebSocket is written the frame with its head. */
  get bytes(): Buffer {
    return (this.#bytes ??= this.memory.subarray(-this.length));
  }
}

/** The longest head of a WebSocket message (RFC 6455 “Base Framing Protocol”): with room for it a frame need not be copied to get one. */
const HEADROOM = 10;

/** The lone EOL that keeps a silent connection alive. */
export const HEART_BEAT = new EncodedFrame(Buffer.from('\n'), 1, true);

/** The bytes of a frame. They are made here and nowhere else. */
export function encode(frame: StompFrame, version: StompVersion): EncodedFrame {
  const { command, headers, body } = frame;
  let head = `${command}\n`;
  const escaping = hasEscapedHeaders(command) ? version : '1.0';
  headers.forEach((name, value) => {
    // The length is counted here and nowhere else; a header without a name no peer could read.
    if (name === 'content-length' || name === '') return;
    head += `${escapeHeaderName(name, escaping)}:${escapeHeader(value, escaping)}\n`;
  });
  if (mayHaveBody(command)) head += `content-length:${body.length}\n`;
  head += '\n';
  const headLength = Buffer.byteLength(head);
  const length = headLength + body.length + 1;
  const memory = Buffer.allocUnsafe(HEADROOM + length);
  memory.write(head, HEADROOM);
  body.copy(memory, HEADROOM + headLength);
  memory[memory.length - 1] = 0;
  return new EncodedFrame(memory, length, isText(headers, body));
}

/**
 * Whether a text WebSocket message may carry the frame. A peer must fail the whole connection on a text message that is not
 * UTF-8 (RFC 6455 section 8.1), so what the content type promises is checked.
 */
function isText(headers: HeaderList, body: Buffer): boolean {
  if (body.length === 0) return true;
  const contentType = headers.get('content-type');
  return (contentType === undefined || TEXTUAL.test(contentType)) && isUtf8(body);
}

const TEXTUAL =
  /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml)\b|application\/(?:javascript|x-www-form-urlencoded)\b|[^/]*$)/i;

import { constants, deflateRawSync } from 'node:zlib';
import * as ws from 'ws';
import type { PerMessageDeflateOptions } from '../interfaces/transport-options.interface.js';
import type { OutboundFrame } from './client-connection.js';
import { HandshakeRefusal } from './handshake-refusal.js';
import { atTurnEnd, type TurnEndListener } from './turn-end.js';
import { plainFrame, webSocketFrame } from './web-socket-frame.js';

type Offer = Readonly<Record<string, readonly (string | true)[]>>;

/** @types/ws does not know it yet. Takes time in proportion to the header, and throws a SyntaxError when it is malformed. */
const { parse } = (ws as unknown as { extension: { parse(header: string): Record<string, Offer[]> } }).extension;

/** The name of the extension, as clients offer it and as `ws` looks it up. */
export const PER_MESSAGE_DEFLATE = 'permessage-deflate';

const isFlag = (value: string | true): boolean => value === true;
/** What an offer may say (RFC 7692 section 7.1). All receivers share one compressed message: none may ask for a window of its own. */
const PARAMETERS = new Map<string, (value: string | true) => boolean>([
  ['server_no_context_takeover', isFlag],
  ['client_no_context_takeover', isFlag],
  ['server_max_window_bits', (value) => value === '15'],
  ['client_max_window_bits', (value) => value === true || /^(?:[89]|1[0-5])$/.test(value)],
]);

/** So many bytes are compressed in one turn of the event loop: a millisecond of work, ten if they are random. What comes beyond goes as it is. */
const BYTES_A_TURN = 524_288;
/** What it costs to begin, in bytes that could have been compressed meanwhile. */
const COST_OF_ONE = 4_096;

/**
 * Compression as this server speaks it (RFC 7692): each message by itself, without context takeover in either direction. So a message is
 * compressed once for all of its receivers, nothing is kept for a connection, and the size of a message tells nothing of another one.
 */
export class PerMessageDeflate implements TurnEndListener {
  readonly #threshold: number;
  readonly #level: number;
  #spent = 0;

  constructor({ threshold = 1_024, level = 1 }: PerMessageDeflateOptions) {
    this.#threshold = threshold;
    this.#level = level;
  }

  /**
   * @param offers the client's `Sec-WebSocket-Extensions`
   * @returns the server's: an answer to the first offer that it can keep, or undefined if there is none
   * @throws HandshakeRefusal when the header is malformed (RFC 6455 section 9.1)
   */
  agree(offers: string | undefined): string | undefined {
    const offer = offersIn(offers).find(isAcceptable);
    if (!offer) return undefined;
    const window = 'server_max_window_bits' in offer ? '; server_max_window_bits=15' : '';
    return `${PER_MESSAGE_DEFLATE}; server_no_context_takeover; client_no_context_takeover${window}`;
  }

  /** The frame for a client that has agreed: compressed if that makes it smaller, and if there is time. */
  frameOf(frame: OutboundFrame): Buffer {
    if (frame.deflatedFrame) return frame.deflatedFrame;
    const { length } = frame.bytes;
    if (length < this.#threshold || this.#spent + length > BYTES_A_TURN) return plainFrame(frame);
    if (this.#spent === 0) atTurnEnd(this);
    this.#spent += length + COST_OF_ONE;
    const deflated = deflate(frame.bytes, this.#level);
    const isSmaller = deflated.length < length;
    return (frame.deflatedFrame = isSmaller ? webSocketFrame(deflated, frame.isText, true) : plainFrame(frame));
  }

  onTurnEnd(): void {
    this.#spent = 0;
  }
}

function offersIn(header: string | undefined): readonly Offer[] {
  if (header === undefined) return [];
  try {
    return parse(header)[PER_MESSAGE_DEFLATE] ?? [];
  } catch {
    throw new HandshakeRefusal(400, '"Sec-WebSocket-Extensions" is invalid.');
  }
}

/** An offer with anything unknown, invalid or repeated in it is declined, the next one may do (RFC 7692 section 7). */
function isAcceptable(offer: Offer): boolean {
  return Object.entries(offer).every(([name, values]) => values.length === 1 && PARAMETERS.get(name)?.(values[0]!));
}

/** RFC 7692 section 7.2.1: to the end of a byte, and without the four bytes that say so. */
function deflate(bytes: Buffer, level: number): Buffer {
  // A window larger than the message has no use, and takes 256 KiB that would have to be cleared each time.
  const windowBits = Math.min(Math.max(32 - Math.clz32(bytes.length - 1), 9), 15);
  const memLevel = Math.min(windowBits - 5, 8);
  return deflateRawSync(bytes, { level, windowBits, memLevel, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

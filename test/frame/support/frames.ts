import { StompException } from '../../../lib/exceptions/stomp.exception.js';
import { StompDecoder, type DecoderLimits } from '../../../lib/frame/stomp-decoder.js';
import type { StompFrame } from '../../../lib/frame/stomp-frame.js';
import type { StompVersion } from '../../../lib/frame/stomp-version.js';

export const LIMITS: DecoderLimits = { frame: 65_536, headerCount: 100, headerLength: 8_192 };

/** A frame in a form that can be compared. */
export interface PlainFrame {
  readonly command: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

export interface Decoded {
  readonly frames: readonly PlainFrame[];
  /** What ended the reading, if anything did. */
  readonly error: StompException | undefined;
  /** The most bytes that the decoder held after all frames there were had been read. */
  readonly mostBuffered: number;
}

/** The body as bytes written out, so that a difference can be read. */
export function plain({ command, headers, body }: StompFrame): PlainFrame {
  return { command, headers: [...headers], body: body.toString('latin1') };
}

/** Feeds a decoder with pieces and reads all frames. Only what a decoder may throw is caught. */
export function decode(
  pieces: readonly (Uint8Array | string)[],
  version: StompVersion = '1.2',
  limits: Partial<DecoderLimits> = {},
): Decoded {
  const decoder = new StompDecoder({ ...LIMITS, ...limits });
  decoder.version = version;
  const frames: PlainFrame[] = [];
  let mostBuffered = 0;
  try {
    for (const piece of pieces) {
      decoder.push(Buffer.from(piece));
      for (let frame = decoder.read(); frame !== null; frame = decoder.read()) frames.push(plain(frame));
      mostBuffered = Math.max(mostBuffered, decoder.bufferedBytes);
    }
    return { frames, error: undefined, mostBuffered };
  } catch (error) {
    if (!(error instanceof StompException)) throw error;
    return { frames, error, mostBuffered };
  }
}

/** The only frame there is. */
export function decodeOne(bytes: Uint8Array | string, version?: StompVersion): PlainFrame {
  const { frames, error } = decode([bytes], version);
  if (error) throw error;
  if (frames.length !== 1) throw new Error(`There are ${frames.length} frames.`);
  return frames[0]!;
}

export function inPiecesOf(size: number, bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

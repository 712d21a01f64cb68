import { StompException } from '../../lib/exceptions/stomp.exception.js';
import { StompDecoder, type DecoderLimits } from '../../lib/frame/stomp-decoder.js';
import { encode } from '../../lib/frame/stomp-encoder.js';
import type { StompFrame } from '../../lib/frame/stomp-frame.js';
import { STOMP_VERSIONS, type StompVersion } from '../../lib/frame/stomp-version.js';
import { mutatedFrames, randomPieces } from './mutated-frames.js';
import { Random } from './random.js';

// `npm run fuzz -- --seed 7 --count 1000000` sets them; the number of a failing input is its own seed.
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const COUNT = Number(process.env.FUZZ_COUNT ?? 20_000);

const LIMITS: DecoderLimits = { frame: 400, headerCount: 8, headerLength: 80 };

interface Read {
  readonly frames: readonly string[];
  readonly failed: boolean;
}

describe('The codec', () => {
  // Half of the inputs end in an exception, and most of its cost is a stack that nobody reads.
  const { stackTraceLimit } = Error;
  beforeAll(() => void (Error.stackTraceLimit = 0));
  afterAll(() => void (Error.stackTraceLimit = stackTraceLimit));

  it(
    `withstands ${COUNT} mutated inputs from seed ${SEED} on`,
    () => {
      for (let seed = SEED; seed < SEED + COUNT; seed++) {
        const random = new Random(seed);
        const bytes = mutatedFrames(random);
        const version = random.pick(STOMP_VERSIONS);
        try {
          const whole = read([bytes], version);
          const pieces = read(randomPieces(bytes, random), version);
          if (whole.failed !== pieces.failed || whole.frames.join() !== pieces.frames.join()) {
            throw new Error('The frames depend on where the bytes are cut.');
          }
        } catch (cause) {
          throw new Error(`Input ${seed} (--seed ${seed} --count 1): ${JSON.stringify(bytes.toString('latin1'))}`, {
            cause,
          });
        }
      }
    },
    // A machine that is ten times slower than it should be.
    Math.max(30_000, COUNT / 2),
  );
});

/** @throws whatever is neither a frame nor a StompException */
function read(pieces: readonly Buffer[], version: StompVersion): Read {
  const decoder = new StompDecoder(LIMITS);
  decoder.version = version;
  const frames: string[] = [];
  try {
    for (const piece of pieces) {
      decoder.push(piece);
      for (let frame = decoder.read(); frame; frame = decoder.read()) frames.push(written(frame, version));
      if (decoder.bufferedBytes > LIMITS.frame) throw new Error(`${decoder.bufferedBytes} bytes are held.`);
    }
    return { frames, failed: false };
  } catch (error) {
    if (error instanceof StompException) return { frames, failed: true };
    throw error;
  }
}

/** The frame as the encoder writes it, which must be one frame again. */
function written(frame: StompFrame, version: StompVersion): string {
  const { bytes } = encode(frame, version);
  const decoder = new StompDecoder({ frame: 2 ** 20, headerCount: 100, headerLength: 2 ** 20 });
  decoder.version = version;
  decoder.push(bytes);
  const again = decoder.read();
  if (!again || decoder.bufferedBytes > 0)
    throw new Error('A frame that was read is not one frame when it is written.');
  if (!again.body.equals(frame.body)) throw new Error('A body is another when it is written and read.');
  return bytes.toString('latin1');
}

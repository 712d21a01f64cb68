import fc from 'fast-check';
import { mayHaveBody, STOMP_COMMANDS } from '../../lib/frame/stomp-command.js';
import { StompDecoder } from '../../lib/frame/stomp-decoder.js';
import { encode } from '../../lib/frame/stomp-encoder.js';
import { StompFrame } from '../../lib/frame/stomp-frame.js';
import { STOMP_VERSIONS, type StompVersion } from '../../lib/frame/stomp-version.js';
import { HeaderList } from '../../lib/utils/header-list.js';
import { LIMITS, decode, inPiecesOf, plain, type PlainFrame } from './support/frames.js';

/** Text of every kind that a header of the version can carry: the dangerous characters often. */
function headerText(version: StompVersion, isName: boolean): fc.Arbitrary<string> {
  const unwritable = { '1.0': isName ? /[\r\n\0:]/g : /[\r\n\0]/g, '1.1': /[\r\0]/g, '1.2': /\0/g }[version];
  const character = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('\\', ':', '\n', '\r', 'n', 'c', 'r', ' ', 'é', '€', '😀', '\0') },
    { weight: 6, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
  );
  return fc
    .oneof(
      fc.constantFrom('destination', 'receipt', '__proto__', 'constructor', 'content-type', 'x'),
      fc.array(character, { minLength: isName ? 1 : 0, maxLength: 12 }).map((all) => all.join('')),
    )
    .map((text) => Buffer.from(text.replace(unwritable, '_')).toString());
}

function frameOf(version: StompVersion): fc.Arbitrary<StompFrame> {
  const header = fc.tuple(headerText(version, true), headerText(version, false));
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.constantFrom('\0', 'SEND\n\n\0', '\n\n', 'äö€😀').map((text) => Buffer.from(text)),
  );
  return fc
    .tuple(fc.constantFrom(...STOMP_COMMANDS), fc.array(header, { maxLength: 8 }), body)
    .map(([command, headers, bytes]) => {
      // CONNECT and CONNECTED have no escapes, whatever the version.
      const isPlain = ['CONNECT', 'STOMP', 'CONNECTED'].includes(command);
      const kept = isPlain
        ? headers.map(([n, v]) => [n.replace(/[\r\n\0:]/g, '_'), v.replace(/[\r\n\0]/g, '_')])
        : headers;
      const list = HeaderList.from(kept as [string, string][]);
      list.delete('content-length');
      return new StompFrame(command, list, Buffer.from(mayHaveBody(command) ? bytes : []));
    });
}

const versionAndFrames = fc
  .constantFrom(...STOMP_VERSIONS)
  .chain((version) => fc.tuple(fc.constant(version), fc.array(frameOf(version), { minLength: 1, maxLength: 5 })));

/** Bytes that look like STOMP more or less. */
const looselyStomp = fc
  .array(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.constantFrom('SEND', 'CONNECT', 'MESSAGE', '\n', '\r\n', '\n\n', '\0', ':', 'a:b\n', '\\', '\\n'),
      },
      {
        weight: 3,
        arbitrary: fc.constantFrom('content-length:', '3', '-1', '0', '99999', 'destination:/topic/x\n', '\r'),
      },
      { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 10 }) },
    ),
    { maxLength: 40 },
  )
  .map((parts) => Buffer.from(parts.join('')));

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  looselyStomp,
  // A whole frame with some of its bytes changed.
  fc
    .tuple(versionAndFrames, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
    .map(([[version, frames], changes]) => {
      const bytes = Buffer.concat(frames.map((frame) => encode(frame, version).bytes));
      for (const [at, octet] of changes) bytes[at % bytes.length] = octet;
      return bytes;
    }),
);

/** Cuts bytes at places that are given as fractions of their length. */
function cut(bytes: Buffer, fractions: readonly number[]): Buffer[] {
  const places = [...new Set(fractions.map((fraction) => Math.floor(fraction * bytes.length)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((end, index) => bytes.subarray(places[index - 1] ?? 0, end));
}

const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

function withoutLength(frame: PlainFrame): PlainFrame {
  return { ...frame, headers: frame.headers.filter(([name]) => name !== 'content-length') };
}

const SMALL = { frame: 300, headerCount: 6, headerLength: 40 };

// Many of the inputs end in an exception, and most of its cost is a stack that nobody reads.
const { stackTraceLimit } = Error;
beforeAll(() => void (Error.stackTraceLimit = 0));
afterAll(() => void (Error.stackTraceLimit = stackTraceLimit));

describe('For every frame', () => {
  it.each(STOMP_VERSIONS)('decode(encode(frame)) is the frame, in STOMP %s', (version) => {
    fc.assert(
      fc.property(frameOf(version), (frame) => {
        const { frames, error } = decode([encode(frame, version).bytes], version);
        expect(error).toBeUndefined();
        expect(frames.map(withoutLength)).toEqual([plain(frame)]);
      }),
      { numRuns: 500 },
    );
  });

  it('encode(decode(bytes)) are the bytes that were encoded', () => {
    fc.assert(
      fc.property(versionAndFrames, ([version, frames]) => {
        for (const frame of frames) {
          const { bytes } = encode(frame, version);
          const decoder = new StompDecoder(LIMITS);
          decoder.version = version;
          decoder.push(bytes);
          expect(encode(decoder.read()!, version).bytes).toEqual(bytes);
        }
      }),
    );
  });

  it('any header, whatever it holds, stays one header of one frame', () => {
    const hostile = fc.string({ unit: fc.constantFrom('\r', '\n', '\0', ':', '\\', 'n', 'r', 'c', 'x'), minLength: 1 });
    fc.assert(
      fc.property(fc.constantFrom(...STOMP_VERSIONS), hostile, hostile, (version, name, value) => {
        const list = HeaderList.from([
          [name, value],
          ['end', 'x'],
        ]);
        for (const command of ['MESSAGE', 'RECEIPT', 'ERROR', 'CONNECTED'] as const) {
          const { bytes } = encode(new StompFrame(command, list), version);
          const { frames } = decode([bytes], version);
          expect(frames).toHaveLength(1);
          expect(withoutLength(frames[0]!).headers).toHaveLength(2);
          expect(bytes.indexOf(0)).toBe(bytes.length - 1);
        }
      }),
    );
  });
});

describe('For all bytes', () => {
  it('the frames are the same however they are cut', () => {
    fc.assert(
      fc.property(anyBytes, cuts, fc.constantFrom(...STOMP_VERSIONS), (bytes, fractions, version) => {
        const whole = decode([bytes], version);
        const split = decode(cut(bytes, fractions), version);
        const bytewise = decode(inPiecesOf(1, bytes), version);
        expect(split.frames).toEqual(whole.frames);
        expect(bytewise.frames).toEqual(whole.frames);
        expect(!split.error).toBe(!whole.error);
        expect(!bytewise.error).toBe(!whole.error);
      }),
      { numRuns: 500 },
    );
  });

  it('and so they are at the limits', () => {
    fc.assert(
      fc.property(anyBytes, cuts, (bytes, fractions) => {
        const whole = decode([bytes], '1.2', SMALL);
        const split = decode(cut(bytes, fractions), '1.2', SMALL);
        expect(split.frames).toEqual(whole.frames);
        expect(!split.error).toBe(!whole.error);
      }),
      { numRuns: 500 },
    );
  });

  it('nothing is thrown but StompException, and the reading ends', () => {
    fc.assert(
      fc.property(anyBytes, fc.constantFrom(...STOMP_VERSIONS), (bytes, version) => {
        // `decode` lets everything else through. A frame takes six bytes at least: ACK, its line, the empty line and NUL.
        const { frames } = decode([bytes], version);
        expect(frames.length).toBeLessThanOrEqual(bytes.length / 6);
        for (const { command } of frames) expect(STOMP_COMMANDS).toContain(command);
      }),
      { numRuns: 1_000 },
    );
  });

  it('no more is held than the limit and one piece', () => {
    fc.assert(
      fc.property(fc.array(anyBytes, { maxLength: 20 }), (pieces) => {
        expect(decode(pieces, '1.2', SMALL).mostBuffered).toBeLessThanOrEqual(SMALL.frame);
      }),
    );
  });

  it('frames that are read obey the limits', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        for (const { headers, body } of decode([bytes], '1.0', SMALL).frames) {
          expect(headers.length).toBeLessThanOrEqual(SMALL.headerCount);
          expect(body.length).toBeLessThan(SMALL.frame);
          for (const [name, value] of headers) {
            expect(Buffer.byteLength(`${name}:${value}`)).toBeLessThanOrEqual(SMALL.headerLength);
          }
        }
      }),
    );
  });

  it('what has been read can be written and read again', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const decoder = new StompDecoder(LIMITS);
        decoder.push(bytes);
        try {
          for (let frame = decoder.read(); frame; frame = decoder.read()) {
            const again = decode([encode(frame, '1.2').bytes]);
            // CONNECT is never unescaped, so nothing of it needs to be.
            expect(again.frames.map(withoutLength)).toEqual([withoutLength(plain(frame))]);
          }
        } catch (error) {
          expect(error).toMatchObject({ name: 'StompException' });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('two decoders share nothing', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, fc.nat(20), (first, second, size) => {
        const decoders = [new StompDecoder(LIMITS), new StompDecoder(LIMITS)];
        const pieces = [inPiecesOf(size + 1, first), inPiecesOf(size + 1, second)];
        const frames: PlainFrame[][] = [[], []];
        const failed = [false, false];
        for (let i = 0; i < Math.max(pieces[0]!.length, pieces[1]!.length); i++) {
          for (const which of [0, 1]) {
            const piece = pieces[which]![i];
            if (!piece || failed[which]) continue;
            try {
              decoders[which]!.push(piece);
              for (let frame = decoders[which]!.read(); frame; frame = decoders[which]!.read())
                frames[which]!.push(plain(frame));
            } catch {
              failed[which] = true;
            }
          }
        }
        expect(frames[0]).toEqual(decode(pieces[0]!).frames);
        expect(frames[1]).toEqual(decode(pieces[1]!).frames);
      }),
    );
  });
});

describe('The time that reading takes', () => {
  const timeOf = (pieces: readonly Buffer[]): number => {
    const decoder = new StompDecoder({ frame: 2 ** 24, headerCount: 2 ** 20, headerLength: 2 ** 22 });
    const start = performance.now();
    for (const piece of pieces) {
      decoder.push(piece);
      while (decoder.read());
    }
    return performance.now() - start;
  };
  const fastestOf = (pieces: readonly Buffer[]): number => Math.min(...[1, 2, 3, 4].map(() => timeOf(pieces)));

  it.each<[string, (size: number) => Buffer]>([
    ['a body', (size) => Buffer.from(`SEND\n\n${'x'.repeat(size)}\0`)],
    ['a body with a length', (size) => Buffer.from(`SEND\ncontent-length:${size}\n\n${'\0'.repeat(size)}\0`)],
    ['one header', (size) => Buffer.from(`SEND\na:${'x'.repeat(size)}\n\n\0`)],
    ['many headers', (size) => Buffer.from(`SEND\n${'a:b\n'.repeat(size / 4)}\n\0`)],
    ['EOLs', (size) => Buffer.from('\n'.repeat(size))],
  ])('is in proportion to the bytes, though %s comes byte by byte', (_, bytesOf) => {
    const small = inPiecesOf(1, bytesOf(65_536));
    const large = inPiecesOf(1, bytesOf(4 * 65_536));
    timeOf(small);
    // Four times the bytes: a decoder that begins anew with each byte would take sixteen times as long.
    expect(fastestOf(large)).toBeLessThan(12 * fastestOf(small) + 100);
  });
});

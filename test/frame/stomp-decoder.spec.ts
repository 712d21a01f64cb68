import { StompException } from '../../lib/exceptions/stomp.exception.js';
import { StompDecoder, type DecoderLimits } from '../../lib/frame/stomp-decoder.js';
import type { StompVersion } from '../../lib/frame/stomp-version.js';
import { LIMITS, decode, decodeOne, inPiecesOf, plain } from './support/frames.js';

/** The code of the error that the bytes end in. */
function codeOf(bytes: string | Uint8Array, version?: StompVersion, limits?: Partial<DecoderLimits>) {
  return decode([bytes], version, limits).error?.code;
}

const MALFORMED = 'STOMP_ERR_MALFORMED_FRAME';
const TOO_LARGE = 'STOMP_ERR_FRAME_TOO_LARGE';
const HEADER_LIMIT = 'STOMP_ERR_HEADER_LIMIT';

describe('The decoder, on “STOMP Frames”,', () => {
  it('reads command, headers and body', () => {
    expect(decodeOne('SEND\ndestination:/queue/a\ncontent-type:text/plain\n\nhello queue a\0')).toEqual({
      command: 'SEND',
      headers: [
        ['destination', '/queue/a'],
        ['content-type', 'text/plain'],
      ],
      body: 'hello queue a',
    });
  });

  it('ends lines at LF and at CR LF, mixed at will', () => {
    expect(decodeOne('SEND\r\ndestination:/a\nfoo:bar\r\n\r\nx\0')).toEqual(
      decodeOne('SEND\ndestination:/a\nfoo:bar\n\nx\0'),
    );
  });

  it('takes EOLs between frames for heart-beats', () => {
    const { frames } = decode(['\n\r\n\nSEND\ndestination:/a\n\n1\0\n\r\n\nSEND\ndestination:/a\n\n2\0\r\n']);
    expect(frames.map(({ body }) => body)).toEqual(['1', '2']);
  });

  it('takes lone EOLs for no frame and holds nothing of them', () => {
    const { frames, error, mostBuffered } = decode(Array.from({ length: 1_000 }, () => '\n\r\n'.repeat(10)));
    expect({ frames, error, mostBuffered }).toEqual({ frames: [], error: undefined, mostBuffered: 0 });
  });

  it('waits for the LF of a CR LF between frames', () => {
    expect(decode(['\r', '\nSEND\ndestination:/a\n\n\0']).frames).toHaveLength(1);
  });

  it.each([
    ['between frames', '\rSEND\n\n\0'],
    ['twice between frames', '\r\r\nSEND\n\n\0'],
    ['in a name', 'SEND\nfo\ro:bar\n\n\0'],
    ['in a value', 'SEND\nfoo:b\rar\n\n\0'],
    ['before the CR LF of a header', 'SEND\nfoo:bar\r\r\n\n\0'],
    ['as the empty line', 'SEND\nfoo:bar\n\r\r\n\0'],
  ])('refuses a lone CR %s', (_, bytes) => {
    expect(codeOf(bytes)).toBe(MALFORMED);
  });

  it('keeps CR, LF and colons of a body', () => {
    expect(decodeOne('SEND\n\n\r\na:b\r\n\n\0').body).toBe('\r\na:b\r\n\n');
  });

  it('reads many frames in one piece, and one frame in many pieces', () => {
    const bytes = Buffer.from('SEND\na:b\n\none\0\nSUBSCRIBE\nid:1\n\n\0ACK\nid:2\n\n\0');
    const { frames } = decode([bytes]);
    expect(frames.map(({ command }) => command)).toEqual(['SEND', 'SUBSCRIBE', 'ACK']);
    for (let size = 1; size < bytes.length; size++) {
      expect(decode(inPiecesOf(size, bytes)).frames).toEqual(frames);
    }
  });

  it('puts a character together that was cut in two', () => {
    const bytes = Buffer.from('SEND\nnäme:wért €😀\n\n€😀\0');
    const { headers, body } = decode(inPiecesOf(1, bytes)).frames[0]!;
    expect(headers).toEqual([['näme', 'wért €😀']]);
    expect(Buffer.from(body, 'latin1').toString()).toBe('€😀');
  });

  it('gives no frame before its NUL', () => {
    const decoder = new StompDecoder(LIMITS);
    decoder.push(Buffer.from('SEND\n\nabc'));
    expect(decoder.read()).toBeNull();
    decoder.push(Buffer.from('\0'));
    expect(plain(decoder.read()!).body).toBe('abc');
    expect(decoder.read()).toBeNull();
  });

  it('leaves the bodies of earlier frames alone when more bytes come', () => {
    const decoder = new StompDecoder(LIMITS);
    const frames = [];
    const bytes = Buffer.from(Array.from({ length: 50 }, (_, i) => `SEND\n\nbody ${i}\0`).join(''));
    for (const piece of inPiecesOf(7, bytes)) {
      decoder.push(piece);
      for (let frame = decoder.read(); frame; frame = decoder.read()) frames.push(frame);
    }
    expect(frames.map(({ body }) => body.toString())).toEqual(Array.from({ length: 50 }, (_, i) => `body ${i}`));
  });
});

describe('The decoder, on commands,', () => {
  it.each([
    'CONNECT',
    'STOMP',
    'SEND',
    'SUBSCRIBE',
    'UNSUBSCRIBE',
    'BEGIN',
    'COMMIT',
    'ABORT',
    'ACK',
    'NACK',
    'DISCONNECT',
    'CONNECTED',
    'MESSAGE',
    'RECEIPT',
    'ERROR',
  ])('knows %s', (command) => {
    expect(decodeOne(`${command}\n\n\0`)).toEqual({ command, headers: [], body: '' });
  });

  it.each([
    'send',
    'Send',
    ' SEND',
    'SEND ',
    'SENDX',
    'SEN',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'GET / HTTP/1.1',
    'SEND\0',
    '\0',
    '\ufeffSEND',
    'SÉND',
  ])('refuses %j', (command) => {
    expect(codeOf(`${command}\n\n\0`)).toBe('STOMP_ERR_UNKNOWN_COMMAND');
  });

  it('waits for no end of a line that cannot be a command any more', () => {
    expect(codeOf('UNSUBSCRIBE')).toBeUndefined();
    expect(codeOf('UNSUBSCRIBE\r')).toBeUndefined();
    expect(codeOf('UNSUBSCRIBEXX')).toBe('STOMP_ERR_UNKNOWN_COMMAND');
  });

  it('shows an unknown command shortened and harmless', () => {
    const { error } = decode(['<script>\r\n' + 'x'.repeat(10_000)]);
    expect(error!.message).toBe(
      '"<script>" is not a STOMP command. Commands are case-sensitive and end with a line feed.',
    );
    expect(decode(['x'.repeat(10_000)]).error!.message.length).toBeLessThan(150);
  });
});

describe('The decoder, on headers,', () => {
  it('carries repeated headers in their order; the first one counts', () => {
    expect(decodeOne('SEND\nfoo:World\nbar:x\nfoo:Hello\n\n\0').headers).toEqual([
      ['foo', 'World'],
      ['bar', 'x'],
      ['foo', 'Hello'],
    ]);
  });

  it('divides at the first colon', () => {
    expect(decodeOne('SEND\nurl:ws://host:80/\n\n\0').headers).toEqual([['url', 'ws://host:80/']]);
  });

  it('trims nothing', () => {
    expect(decodeOne('SEND\n foo : bar \n\n\0').headers).toEqual([[' foo ', ' bar ']]);
  });

  it('knows empty values', () => {
    expect(decodeOne('SEND\nfoo:\n\n\0').headers).toEqual([['foo', '']]);
  });

  it.each([
    ['has no colon', 'SEND\nfoo\n\n\0'],
    ['has no name', 'SEND\n:bar\n\n\0'],
    ['is a colon', 'SEND\n:\n\n\0'],
    ['has a NUL in its value', 'SEND\nfoo:b\0ar\n\n\0'],
    ['has a NUL in its name', 'SEND\nf\0oo:bar\n\n\0'],
    ['ends with the frame', 'SEND\nfoo:bar\0\n\n\0'],
  ])('refuses a header that %s', (_, bytes) => {
    expect(codeOf(bytes)).toBe(MALFORMED);
  });

  it.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point beyond the last', [0xf4, 0x90, 0x80, 0x80]],
    ['a character that is not all there', [0xe2, 0x82]],
    ['Latin-1', [0xe9]],
  ])('refuses %s, which is not UTF-8', (_, octets) => {
    for (const [before, after] of [
      ['SEND\nfoo:', '\n\n\0'],
      ['SEND\n', ':bar\n\n\0'],
    ]) {
      expect(codeOf(Buffer.concat([Buffer.from(before!), Buffer.from(octets), Buffer.from(after!)]))).toBe(MALFORMED);
    }
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'takes %s for a header like any other',
    (name) => {
      expect(decodeOne(`SEND\n${name}:x\n${name}:y\n\n\0`).headers).toEqual([
        [name, 'x'],
        [name, 'y'],
      ]);
      expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    },
  );
});

describe('The decoder, on “Value Encoding”,', () => {
  const escaped = 'SEND\nk\\c\\\\:a\\nb\\cc\\\\d\n\n\0';

  it('reads all escapes of STOMP 1.2', () => {
    expect(decodeOne('SEND\nk\\c:a\\rb\\nc\\cd\\\\e\n\n\0', '1.2').headers).toEqual([['k:', 'a\rb\nc:d\\e']]);
  });

  it('reads those of STOMP 1.1, which has no \\r', () => {
    expect(decodeOne(escaped, '1.1').headers).toEqual([['k:\\', 'a\nb:c\\d']]);
    expect(codeOf('SEND\nk:\\r\n\n\0', '1.1')).toBe(MALFORMED);
  });

  it('knows none in STOMP 1.0', () => {
    expect(decodeOne(escaped, '1.0').headers).toEqual([['k\\c\\\\', 'a\\nb\\cc\\\\d']]);
    expect(decodeOne('SEND\npath:C:\\temp\\\n\n\0', '1.0').headers).toEqual([['path', 'C:\\temp\\']]);
  });

  it('reads an escaped backslash before a letter as it is meant', () => {
    expect(decodeOne('SEND\nk:\\\\n\\\\\\n\n\n\0').headers).toEqual([['k', '\\n\\\n']]);
  });

  it.each(['\\t', '\\0', '\\x41', '\\', 'a\\', '\\N', '\\C', '\\ ', '\\:', '\\\\\\', '\\é', '\\😀'])(
    'refuses the undefined escape %j in 1.1 and 1.2',
    (value) => {
      for (const version of ['1.1', '1.2'] as const) {
        expect(codeOf(`SEND\nfoo:${value}\n\n\0`, version)).toBe(MALFORMED);
        expect(codeOf(`SEND\n${value.replace(':', '')}:foo\n\n\0`, version)).toBe(MALFORMED);
      }
    },
  );

  it.each(['CONNECT', 'STOMP', 'CONNECTED'])('leaves the headers of %s as they are', (command) => {
    for (const version of ['1.0', '1.1', '1.2'] as const) {
      expect(decodeOne(`${command}\npass\\code:a\\nb\\t:c\\\n\n\0`, version).headers).toEqual([
        ['pass\\code', 'a\\nb\\t:c\\'],
      ]);
    }
  });

  it('reads each frame under the version that holds when it is read', () => {
    const decoder = new StompDecoder(LIMITS);
    decoder.push(Buffer.from('CONNECT\na:\\r\n\n\0SEND\na:\\r\n\n\0'));
    expect(plain(decoder.read()!).headers).toEqual([['a', '\\r']]);
    decoder.version = '1.1';
    expect(() => decoder.read()).toThrow(StompException);
  });
});

describe('A lenient decoder', () => {
  it('leaves out what is no header, replaces what is no text, and ends frames where they end', () => {
    const decoder = new StompDecoder(LIMITS, { isLenient: true });
    const odd = Buffer.from('no header\n:no name\nbytes:\xff\xfe\nnul:a\0b\nescape:\\t\\n\ngood:yes\n', 'latin1');
    decoder.push(Buffer.concat([Buffer.from('MESSAGE\n'), odd, Buffer.from('\nbody\0SEND\n\n\0')]));
    expect(plain(decoder.read()!)).toMatchObject({
      headers: [
        ['bytes', '\ufffd\ufffd'],
        ['nul', 'a\ufffdb'],
        ['escape', '\\t\\n'],
        ['good', 'yes'],
      ],
      body: 'body',
    });
    expect(decoder.read()!.command).toBe('SEND');
  });
});

describe('The decoder, on content-length,', () => {
  it('reads NULs within the body', () => {
    expect(decodeOne('SEND\ncontent-length:5\n\na\0b\0c\0').body).toBe('a\0b\0c');
  });

  it('reads a frame within a body as a body', () => {
    const inner = 'SEND\ndestination:/topic/admin\n\nforged\0';
    const { frames } = decode([`SEND\ncontent-length:${inner.length}\n\n${inner}\0`]);
    expect(frames.map(({ body }) => body)).toEqual([inner]);
  });

  it('counts octets, not characters', () => {
    const body = Buffer.from('€😀');
    const bytes = Buffer.concat([Buffer.from('SEND\ncontent-length:7\n\n'), body, Buffer.from([0])]);
    expect(decodeOne(bytes).body).toBe(body.toString('latin1'));
  });

  it('lets the first of several count', () => {
    expect(decodeOne('SEND\ncontent-length:3\ncontent-length:1\n\na\0b\0').body).toBe('a\0b');
  });

  it('takes leading zeros and an empty body', () => {
    expect(decodeOne('SEND\ncontent-length:0003\n\nabc\0').body).toBe('abc');
    expect(decodeOne('SEND\ncontent-length:0\n\n\0').body).toBe('');
    expect(decodeOne('SUBSCRIBE\ncontent-length:0\n\n\0').body).toBe('');
  });

  it('ends at the first NUL when there is none', () => {
    expect(decode(['SEND\n\na\0']).frames[0]!.body).toBe('a');
  });

  it.each([
    ['shorter than the body', '2'],
    ['0 with a body', '0'],
    ['longer than the body, the next frame following', '4'],
  ])('refuses one that is %s', (_, length) => {
    expect(codeOf(`SEND\ncontent-length:${length}\n\nabc\0SEND\n\n\0`)).toBe(MALFORMED);
  });

  it('waits for the rest when it is longer than what has come', () => {
    expect(decode(['SEND\ncontent-length:100\n\nabc\0'])).toMatchObject({ frames: [], error: undefined });
  });

  it.each([
    '-1',
    '-0',
    '+3',
    '',
    ' ',
    ' 3',
    '3 ',
    '3.0',
    '3e0',
    '0x3',
    'NaN',
    'Infinity',
    'three',
    '3,3',
    '٣',
    '1'.repeat(16),
    '9'.repeat(400),
    '3\\n',
  ])('refuses %j', (length) => {
    expect(codeOf(`SEND\ncontent-length:${length}\n\nabc\0`)).toBe(MALFORMED);
  });

  it.each(['999999999999999', '9007199254740', '65537', '4294967296'])(
    'refuses %s at once, before a body has come',
    (length) => {
      expect(codeOf(`SEND\ncontent-length:${length}\n\n`)).toBe(TOO_LARGE);
    },
  );
});

describe('The decoder, on “Body”,', () => {
  it.each(['SEND', 'MESSAGE', 'ERROR'])('lets %s have one', (command) => {
    expect(decodeOne(`${command}\n\nbody\0`).body).toBe('body');
  });

  it.each(['CONNECT', 'SUBSCRIBE', 'UNSUBSCRIBE', 'BEGIN', 'COMMIT', 'ABORT', 'ACK', 'NACK', 'DISCONNECT', 'RECEIPT'])(
    'refuses one on %s',
    (command) => {
      expect(codeOf(`${command}\n\nbody\0`)).toBe(MALFORMED);
      expect(codeOf(`${command}\ncontent-length:4\n\nbody\0`)).toBe(MALFORMED);
    },
  );

  it('ignores one in STOMP 1.0 where it means nothing', () => {
    expect(decodeOne('SUBSCRIBE\ndestination:/a\n\nbody\0', '1.0').body).toBe('');
    expect(decode(['SUBSCRIBE\ncontent-length:3\n\na\0b\0ACK\n\n\0'], '1.0').frames).toHaveLength(2);
  });
});

describe('The decoder, on limits,', () => {
  const frameOf = (size: number): string => `SEND\n\n${'x'.repeat(size - 'SEND\n\n\0'.length)}\0`;
  const sizedFrameOf = (size: number): string => {
    const head = `SEND\ncontent-length:${String(size).padStart(5, '0')}\n\n`;
    const length = size - head.length - 1;
    return `SEND\ncontent-length:${String(length).padStart(5, '0')}\n\n${'\0'.repeat(length)}\0`;
  };

  it.each([1, 7, 100, 1_000])('takes a frame of exactly the limit, in pieces of %i', (size) => {
    for (const bytes of [frameOf(300), sizedFrameOf(300)]) {
      expect(bytes).toHaveLength(300);
      expect(decode(inPiecesOf(size, Buffer.from(bytes)), '1.2', { frame: 300 }).frames).toHaveLength(1);
    }
  });

  it.each([1, 7, 100, 1_000])('refuses a frame of one byte more, in pieces of %i', (size) => {
    for (const bytes of [frameOf(301), sizedFrameOf(301)]) {
      const { frames, error } = decode(inPiecesOf(size, Buffer.from(bytes)), '1.2', { frame: 300 });
      expect(frames).toEqual([]);
      expect(error).toMatchObject({ code: TOO_LARGE, closeCode: 1009 });
    }
  });

  it('counts each frame for itself, and not the EOLs between them', () => {
    const bytes = Buffer.from(`${'\n'.repeat(500)}${frameOf(300)}`.repeat(5));
    for (const size of [1, 64, 10_000]) {
      expect(decode(inPiecesOf(size, bytes), '1.2', { frame: 300 }).frames).toHaveLength(5);
    }
  });

  it('counts the headers as part of the frame', () => {
    const head = `SEND\n${'a:b\n'.repeat(50)}`;
    expect(codeOf(head, '1.2', { frame: head.length - 1 })).toBe(TOO_LARGE);
    expect(codeOf(`${head}\n`, '1.2', { frame: head.length + 1 })).toBe(TOO_LARGE);
    expect(codeOf(`${head}\n\0`, '1.2', { frame: head.length + 2 })).toBeUndefined();
  });

  it('takes as many headers as the limit allows and not one more', () => {
    const frame = (count: number): string => `SEND\n${'a:b\n'.repeat(count)}\n\0`;
    expect(codeOf(frame(10), '1.2', { headerCount: 10 })).toBeUndefined();
    expect(codeOf(frame(11), '1.2', { headerCount: 10 })).toBe(HEADER_LIMIT);
  });

  it.each(['\n', '\r\n'])('takes a header line of exactly the limit and not one byte more, ending in %j', (eol) => {
    const frame = (length: number): Buffer => Buffer.from(`SEND${eol}a:${'b'.repeat(length - 2)}${eol}${eol}\0`);
    for (const size of [1, 3, 1_000]) {
      expect(decode(inPiecesOf(size, frame(50)), '1.2', { headerLength: 50 }).frames).toHaveLength(1);
      expect(decode(inPiecesOf(size, frame(51)), '1.2', { headerLength: 50 }).error?.code).toBe(HEADER_LIMIT);
    }
  });

  it('waits for no end of a header line that is too long already', () => {
    expect(codeOf(`SEND\na:${'b'.repeat(50)}`, '1.2', { headerLength: 50 })).toBe(HEADER_LIMIT);
  });

  it('never holds more than the limit and a piece, whatever comes', () => {
    const endless: [string, string][] = [
      ['a command', 'X'],
      ['headers', 'a:b\n'],
      ['one header', 'x'],
      ['a body', '\x01'],
    ];
    for (const [what, piece] of endless) {
      const start = { 'a command': '', headers: 'SEND\n', 'one header': 'SEND\na:', 'a body': 'SEND\n\n' }[what]!;
      const { error, mostBuffered } = decode([start, ...Array.from({ length: 2_000 }, () => piece.repeat(10))], '1.2', {
        frame: 1_000,
        headerCount: 1_000_000,
        headerLength: 1_000_000,
      });
      expect(error).toBeInstanceOf(StompException);
      expect(mostBuffered).toBeLessThanOrEqual(1_000);
    }
  });

  it('says what is wrong without repeating much of it', () => {
    const sentences = [
      'SEND\nno colon in a line of many words and many more words than anyone would want to read in a log\n\n\0',
      `SEND\na:\\x${'y'.repeat(1_000)}\n\n\0`,
      `SEND\ncontent-length:${'9'.repeat(1_000)}\n\n\0`,
    ].map((bytes) => decode([bytes]).error!.message);
    for (const sentence of sentences) {
      expect(sentence.length).toBeLessThan(200);
      expect(sentence).not.toContain('\n');
    }
  });
});

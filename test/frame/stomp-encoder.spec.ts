import type { StompCommand } from '../../lib/frame/stomp-command.js';
import { HEART_BEAT } from '../../lib/frame/encoded-frame.js';
import { encode } from '../../lib/frame/stomp-encoder.js';
import { StompFrame } from '../../lib/frame/stomp-frame.js';
import { STOMP_VERSIONS, type StompVersion } from '../../lib/frame/stomp-version.js';
import { HeaderList, type HeaderInit } from '../../lib/utils/header-list.js';
import { decode, decodeOne } from './support/frames.js';

function bytesOf(
  command: StompCommand,
  headers: HeaderInit,
  body: string | Uint8Array = '',
  version: StompVersion = '1.2',
): Buffer {
  return encode(new StompFrame(command, HeaderList.from(headers), Buffer.from(body)), version).bytes;
}

describe('The encoder', () => {
  it('writes command, headers, content-length, body and NUL', () => {
    expect(bytesOf('MESSAGE', { subscription: '0', 'message-id': '7' }, 'hi').toString()).toBe(
      'MESSAGE\nsubscription:0\nmessage-id:7\ncontent-length:2\n\nhi\0',
    );
  });

  it('counts octets, not characters', () => {
    expect(bytesOf('MESSAGE', {}, '€😀').toString()).toBe('MESSAGE\ncontent-length:7\n\n€😀\0');
  });

  it('writes no content-length on frames that have no body', () => {
    expect(bytesOf('RECEIPT', { 'receipt-id': '1' }).toString()).toBe('RECEIPT\nreceipt-id:1\n\n\0');
    expect(bytesOf('CONNECTED', { version: '1.2' }).toString()).toBe('CONNECTED\nversion:1.2\n\n\0');
  });

  it('counts for itself: what a frame says of its length is not written', () => {
    const headers = { 'content-length': '1', 'x-kind': 'a' };
    expect(bytesOf('MESSAGE', headers, 'abc').toString()).toBe('MESSAGE\nx-kind:a\ncontent-length:3\n\nabc\0');
    expect(bytesOf('RECEIPT', headers).toString()).toBe('RECEIPT\nx-kind:a\n\n\0');
  });

  it('writes repeated headers as often as they are there', () => {
    const headers = [
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ] as const;
    expect(decodeOne(bytesOf('RECEIPT', headers)).headers).toEqual(headers);
  });

  it('has a heart-beat that is a lone EOL', () => {
    expect(HEART_BEAT.bytes).toEqual(Buffer.from('\n'));
    expect(HEART_BEAT.isText).toBe(true);
  });
});

describe('Frames that are written one after another', () => {
  /** Of all sizes, so that they begin and end everywhere in the memory that small ones share. */
  const SIZES = Array.from({ length: 500 }, (_, index) => (index * 37) % 9_001);

  it('keep their bytes, and have room for the head of a WebSocket message before them', () => {
    const frames = SIZES.map((size) => {
      const headers = HeaderList.from({ size, 'ünï:cödé': '小明'.repeat(size % 50), plain: 'x'.repeat(size % 700) });
      return encode(new StompFrame('MESSAGE', headers, Buffer.alloc(size, `${size}|`)), '1.2');
    });
    for (const { memory, start } of frames) memory.fill('head', start - 10, start);
    frames.forEach((frame, index) => {
      const size = SIZES[index]!;
      const { headers, body } = decodeOne(frame.bytes);
      expect(headers).toEqual([
        ['size', `${size}`],
        ['ünï:cödé', '小明'.repeat(size % 50)],
        ['plain', 'x'.repeat(size % 700)],
        ['content-length', `${size}`],
      ]);
      expect(body).toBe(Buffer.alloc(size, `${size}|`).toString());
    });
  });

  it('may have more headers than the memory of small frames has room for', () => {
    const headers = Array.from({ length: 300 }, (_, index) => [`name-${index}`, 'x'.repeat(index)] as const);
    const [large, small] = [headers, [['a', 'b'] as const]].map((list) => bytesOf('RECEIPT', list));
    expect(decode([large!], '1.2', { headerCount: 300 }).frames[0]!.headers).toEqual(headers);
    expect(small!.toString()).toBe('RECEIPT\na:b\n\n\0');
  });

  it('do not hold on to one that could not be finished', () => {
    const unwritable = new HeaderList().append('a', 'b').append('c', undefined as unknown as string);
    expect(() => encode(new StompFrame('RECEIPT', unwritable), '1.2')).toThrow(TypeError);
    expect(bytesOf('RECEIPT', { a: 'b' }).toString()).toBe('RECEIPT\na:b\n\n\0');
  });
});

describe('The encoder, on “Value Encoding”,', () => {
  const text = 'a\\b:c\nd\re';

  it('writes all escapes of STOMP 1.2', () => {
    expect(bytesOf('RECEIPT', { [text]: text }, '', '1.2').toString()).toBe(
      'RECEIPT\na\\\\b\\cc\\nd\\re:a\\\\b\\cc\\nd\\re\n\n\0',
    );
  });

  it('writes those of STOMP 1.1, and a space for CR, which it cannot write', () => {
    expect(bytesOf('RECEIPT', { [text]: text }, '', '1.1').toString()).toBe(
      'RECEIPT\na\\\\b\\cc\\nd e:a\\\\b\\cc\\nd e\n\n\0',
    );
  });

  it('writes none in STOMP 1.0, and spaces for what would end a header or its name', () => {
    expect(bytesOf('RECEIPT', { [text]: text }, '', '1.0').toString()).toBe('RECEIPT\na\\b c d e:a\\b:c d e\n\n\0');
  });

  it.each(['CONNECTED', 'CONNECT'] as const)('writes none in %s, whatever the version', (command) => {
    for (const version of STOMP_VERSIONS) {
      expect(bytesOf(command, { 'user-name': 'a\\b:c\nadmin:true\r\n' }, '', version).toString()).toBe(
        `${command}\nuser-name:a\\b:c admin:true  \n\n\0`,
      );
    }
  });

  it.each(STOMP_VERSIONS)('lets no header become two, or end its frame, in %s', (version) => {
    const hostile = [
      'x\nadmin:true',
      'x\r\nadmin:true',
      'x\r',
      '\n\nbody\0MESSAGE\n\n',
      'x\0',
      'x\0\nMESSAGE\ndestination:/topic/forged\n\nforged',
      'x:y',
      ':',
      '\u0000',
      '\u2028\u0085',
      '\\n',
      '\\',
    ];
    for (const command of ['MESSAGE', 'RECEIPT', 'ERROR', 'CONNECTED'] as const) {
      for (const one of hostile) {
        const bytes = bytesOf(
          command,
          [
            [one, 'value'],
            ['name', one],
            ['last', 'x'],
          ],
          '',
          version,
        );
        // Nothing but the frame's own NUL: clients that look for it find one frame.
        expect(bytes.indexOf(0)).toBe(bytes.length - 1);
        const { frames, error } = decode([bytes], version);
        expect(error).toBeUndefined();
        expect(frames).toHaveLength(1);
        const headers = frames[0]!.headers.filter(([name]) => name !== 'content-length');
        expect(headers).toHaveLength(3);
        expect(headers[0]![1]).toBe('value');
        expect(headers[1]![0]).toBe('name');
        expect(headers[2]).toEqual(['last', 'x']);
      }
    }
  });

  it('leaves out a header without a name, which no client could read', () => {
    expect(
      bytesOf('RECEIPT', [
        ['', 'x'],
        ['a', 'b'],
      ]).toString(),
    ).toBe('RECEIPT\na:b\n\n\0');
  });

  it('writes valid UTF-8 whatever a string holds', () => {
    expect(decodeOne(bytesOf('RECEIPT', { half: '\ud83d' })).headers).toEqual([['half', '\ufffd']]);
  });

  it.each(['__proto__', 'constructor'])('writes a header called %s like any other', (name) => {
    expect(bytesOf('RECEIPT', [[name, 'x']]).toString()).toBe(`RECEIPT\n${name}:x\n\n\0`);
  });
});

describe('A frame goes out in a text WebSocket message', () => {
  const isText = (contentType: string | undefined, body: string | Uint8Array): boolean =>
    encode(new StompFrame('MESSAGE', HeaderList.from({ 'content-type': contentType }), Buffer.from(body)), '1.2')
      .isText;

  it.each([
    undefined,
    'text/plain',
    'text/plain;charset=UTF-8',
    'TEXT/HTML',
    'application/json',
    'application/json; charset=utf-8',
    'application/vnd.api+json',
    'application/xml',
    'application/atom+xml',
    'application/javascript',
    'application/x-www-form-urlencoded',
    'text',
    '',
  ])('when its content type is %p', (contentType) => {
    expect(isText(contentType, 'äöü')).toBe(true);
  });

  it('when it has no body, whatever its content type', () => {
    expect(isText('application/octet-stream', '')).toBe(true);
  });

  it.each(['application/octet-stream', 'image/png', 'application/jsonp', 'audio/text', 'application/x-protobuf'])(
    'but not when its content type is %s',
    (contentType) => {
      expect(isText(contentType, 'text all the same')).toBe(false);
    },
  );

  it.each([undefined, 'text/plain', 'application/json'])(
    'but not when its body is no UTF-8, though its content type is %p',
    (contentType) => {
      expect(isText(contentType, Buffer.from([0xff, 0xfe]))).toBe(false);
    },
  );
});

import fc from 'fast-check';
import { MessageConversionException } from '../../lib/exceptions/messaging.exception.js';
import {
  CompositeMessageConverter,
  DEFAULT_CONVERTERS,
  type MessageConverter,
  type TargetType,
} from '../../lib/messaging/message-converter.js';
import { Message } from '../../lib/messaging/message.js';

class Dto {}

const converter = new CompositeMessageConverter();

const read = (contentType: string | undefined, payload: string | Uint8Array, target?: TargetType): unknown =>
  converter.fromMessage(Message.to('/app/x', Buffer.from(payload), { 'content-type': contentType }), target);

const bytes = (text: string): Buffer => Buffer.from(text);

describe('A payload is read', () => {
  it.each<[contentType: string | undefined, payload: string, target: TargetType, value: unknown]>([
    // text
    ['text/plain', 'hi', undefined, 'hi'],
    ['text/plain', 'hi', Object, 'hi'],
    ['text/plain', 'hi', String, 'hi'],
    ['text/plain', '', String, ''],
    ['text/plain;charset=UTF-8', '{"a":1}', undefined, '{"a":1}'],
    ['TEXT/HTML', '<b>', String, '<b>'],
    ['text/plain', '42', Number, 42],
    ['text/plain', ' -1.5 ', Number, -1.5],
    ['text/plain', 'true', Boolean, true],
    ['text/plain', ' false\n', Boolean, false],
    ['text/plain', 'hi', Buffer, bytes('hi')],
    // JSON
    ['application/json', '{"a":1}', undefined, { a: 1 }],
    ['application/json', '{"a":1}', Object, { a: 1 }],
    ['application/json', '{"a":1}', Dto, { a: 1 }],
    ['application/json;charset=utf-8', '[1]', Array, [1]],
    ['application/vnd.api+json', '"x"', String, 'x'],
    ['model/gltf+json', '{"a":1}', undefined, { a: 1 }],
    ['APPLICATION/JSON', '1', Number, 1],
    ['application/json', 'false', Boolean, false],
    ['application/json', '{"a":1}', Buffer, bytes('{"a":1}')],
    ['application/json', '{"a":{"b":1}}', Map, new Map([['a', { b: 1 }]])],
    ['application/json', '"2026-01-02T03:04:05.678Z"', Date, new Date('2026-01-02T03:04:05.678Z')],
    ['application/json', '86400000', Date, new Date('1970-01-02')],
    ['text/plain', '2026-01-02\n', Date, new Date('2026-01-02')],
    // no content type
    [undefined, '{"a":1}', undefined, { a: 1 }],
    [undefined, '{"a":1}', Dto, { a: 1 }],
    [undefined, '{"a":1}', String, '{"a":1}'],
    [undefined, 'hello', String, 'hello'],
    [undefined, 'hello', undefined, 'hello'],
    [undefined, '7', Number, 7],
    [undefined, 'hello', Buffer, bytes('hello')],
    // bytes
    ['application/octet-stream', 'hi', undefined, bytes('hi')],
    ['application/octet-stream', 'hi', Buffer, bytes('hi')],
    ['application/octet-stream', 'hi', Uint8Array, bytes('hi')],
    ['image/png', 'hi', Buffer, bytes('hi')],
  ])('of %p: %j as %p', (contentType, payload, target, value) => {
    expect(read(contentType, payload, target)).toEqual(value);
  });

  it.each<[contentType: string | undefined, payload: string, target: TargetType, sentence: string]>([
    ['text/plain', '{"a":1}', Dto, 'Cannot convert a payload of content-type "text/plain" to a Dto.'],
    ['text/plain', 'forty-two', Number, 'The payload is not a Number.'],
    ['text/plain', '', Number, 'The payload is not a Number.'],
    ['text/plain', 'yes', Boolean, 'The payload is not a Boolean.'],
    ['text/plain', 'constructor', Boolean, 'The payload is not a Boolean.'],
    ['text/plain', 'toString', Boolean, 'The payload is not a Boolean.'],
    ['application/json', '{"a":', undefined, 'The payload is not valid JSON.'],
    ['application/json', '', Dto, 'The payload is not valid JSON.'],
    ['application/json', '"x"', Dto, 'The payload is JSON, but not a Dto.'],
    ['application/json', 'null', Dto, 'The payload is JSON, but not a Dto.'],
    ['application/json', '{}', String, 'The payload is JSON, but not a String.'],
    ['application/json', '"1"', Number, 'The payload is JSON, but not a Number.'],
    ['application/json', '{}', Array, 'The payload is JSON, but not a Array.'],
    // A validator would find nothing to validate in a list.
    ['application/json', '[{}]', Dto, 'The payload is JSON, but not a Dto.'],
    ['application/json', '[]', Map, 'The payload is JSON, but not a Map.'],
    ['application/json', '[["a",1]]', Map, 'The payload is JSON, but not a Map.'],
    ['application/json', '{}', Date, 'The payload is JSON, but not a Date.'],
    ['application/json', '"soon"', Date, 'The payload is JSON, but not a Date.'],
    ['application/json', '1e300', Date, 'The payload is JSON, but not a Date.'],
    ['text/plain', 'soon', Date, 'The payload is not a Date.'],
    ['text/plain', '', Date, 'The payload is not a Date.'],
    ['text/plain', 'a=1', Map, 'Cannot convert a payload of content-type "text/plain" to a Map.'],
    [undefined, 'hello', Dto, 'The payload is not valid JSON.'],
    ['image/png', 'x', undefined, 'Cannot convert a payload of content-type "image/png" to a value.'],
    ['application/octet-stream', 'x', String, 'Cannot convert a payload of content-type "application/octet-stream"'],
    ['application/jsonp', '{}', undefined, 'Cannot convert a payload of content-type "application/jsonp"'],
  ])('but not of %p: %j as %p', (contentType, payload, target, sentence) => {
    expect(() => read(contentType, payload, target)).toThrow(MessageConversionException);
    expect(() => read(contentType, payload, target)).toThrow(sentence);
  });

  it('but not when it should be text and is no UTF-8', () => {
    for (const [contentType, target] of [
      ['text/plain', String],
      ['application/json', undefined],
      [undefined, String],
    ] as const) {
      expect(() => read(contentType, Buffer.from([0xff]), target)).toThrow('The payload is not valid UTF-8.');
    }
  });

  it.each<[contentType: string, octets: number[], value: string]>([
    ['text/plain', [0xc3, 0xa9], 'é'],
    ['text/plain;charset=utf-8', [0xc3, 0xa9], 'é'],
    ['text/plain', [0xef, 0xbf, 0xbd], '\ufffd'],
    ['text/plain; Charset="UTF8"', [0xc3, 0xa9], 'é'],
    ['text/plain;charset=ISO-8859-1', [0xe9, 0x80], 'é\x80'],
    ['text/plain;format=flowed; charset = latin1 ;x=y', [0xe9], 'é'],
    ['text/plain;charset=US-ASCII', [0x65], 'e'],
    ['application/json;charset=iso-8859-1', [0x22, 0xe9, 0x22], 'é'],
    ['text/plain;charset=iso-8859-1;charset=utf-8', [0xe9], 'é'],
  ])('in the charset of %s', (contentType, octets, value) => {
    expect(read(contentType, Buffer.from(octets), String)).toBe(value);
  });

  it.each<[contentType: string, octets: number[], sentence: string]>([
    ['text/plain;charset=US-ASCII', [0x80], 'The payload is not valid US-ASCII.'],
    ['text/plain;charset="UTF-8"', [0xe9], 'The payload is not valid UTF-8.'],
    ['text/plain', [0xef, 0xbf, 0xbd, 0xe9], 'The payload is not valid UTF-8.'],
    ['text/plain', [0xed, 0xa0, 0xbd], 'The payload is not valid UTF-8.'],
    ['text/plain;charset=UTF-16', [0, 0x65], 'The charset "UTF-16" cannot be read or written. Use UTF-8, US-ASCII or'],
    ['text/plain;charset=', [0x65], 'The charset "" cannot be read or written.'],
    ['text/plain;charset="utf-8', [0x65], 'The charset "\\"utf-8" cannot be read or written.'],
    ['text/plain;charset=constructor', [0x65], 'The charset "constructor" cannot be read or written.'],
    [`text/plain;charset=${'x'.repeat(5_000)}`, [0x65], `The charset "${'x'.repeat(40)}…" cannot be read or written.`],
  ])('but not in a charset that is unknown or not kept to: %.40s', (contentType, octets, sentence) => {
    expect(() => read(contentType, Buffer.from(octets), String)).toThrow(MessageConversionException);
    expect(() => read(contentType, Buffer.from(octets), String)).toThrow(sentence);
  });

  it('as bytes whatever the charset is', () => {
    expect(read('text/plain;charset=UTF-16', 'hi', Buffer)).toEqual(bytes('hi'));
  });

  it.each([
    '',
    ' ',
    '/',
    ';',
    'text',
    'text/',
    ';charset=utf-8',
    'application//json',
    'json',
    '\0',
    '*/*',
    '{}/[]+json',
  ])('but not of a content type that is none: %j', (contentType) => {
    expect(() => read(contentType, '{}', Dto)).toThrow(MessageConversionException);
  });

  it('or refused by a MessageConversionException, whatever a client sends', () => {
    const part = fc.constantFrom(
      'text',
      'application',
      '/',
      'json',
      '+',
      ';',
      'charset',
      '=',
      '"',
      'latin1',
      ' ',
      '\n',
      'é',
    );
    const contentTypes = fc.oneof(
      fc.string(),
      fc.array(part).map((parts) => parts.join('')),
    );
    const payloads = fc.oneof(fc.uint8Array(), fc.json().map(bytes));
    const targets = fc.constantFrom<TargetType>(
      undefined,
      Object,
      String,
      Number,
      Boolean,
      Buffer,
      Array,
      Map,
      Date,
      Dto,
    );
    fc.assert(
      fc.property(contentTypes, payloads, targets, (contentType, payload, target) => {
        try {
          read(contentType, payload, target);
        } catch (error) {
          expect(error).toBeInstanceOf(MessageConversionException);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('into bytes of its own for a Buffer, so that a handler may keep it', () => {
    const payload = Buffer.from('abc');
    const message = Message.to('/app/x', payload);
    const buffer = converter.fromMessage(message, Buffer) as Buffer;
    payload.fill(0);
    expect(buffer.toString()).toBe('abc');
  });

  it('without touching any prototype', () => {
    const value = read('application/json', '{"__proto__": {"polluted": true}}', Dto) as object;
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.keys(value)).toEqual(['__proto__']);
  });
});

describe('A value is written', () => {
  it.each<[value: unknown, contentType: string, payload: string]>([
    ['hi', 'text/plain;charset=UTF-8', 'hi'],
    ['', 'text/plain;charset=UTF-8', ''],
    [Buffer.from('hi'), 'application/octet-stream', 'hi'],
    [new Uint8Array([104, 105]).subarray(1), 'application/octet-stream', 'i'],
    [{ a: 1 }, 'application/json', '{"a":1}'],
    [[1, 'x'], 'application/json', '[1,"x"]'],
    [42, 'application/json', '42'],
    [true, 'application/json', 'true'],
    [null, 'application/json', 'null'],
    [new Date(0), 'application/json', '"1970-01-01T00:00:00.000Z"'],
  ])('%p as %s', (value, contentType, payload) => {
    const message = converter.toMessage(value);
    expect(message.headers.contentType).toBe(contentType);
    expect(Buffer.from(message.payload).toString()).toBe(payload);
    expect(message.headers.command).toBe('SEND');
  });

  it('with the content type that the sender names', () => {
    const { headers, payload } = converter.toMessage('{}', { 'content-type': 'application/json', 'x-kind': 'a' });
    expect([...headers.nativeHeaders]).toEqual([
      ['content-type', 'application/json'],
      ['x-kind', 'a'],
    ]);
    expect(Buffer.from(payload).toString()).toBe('{}');
  });

  it.each<[value: unknown, contentType: string, octets: number[]]>([
    ['é', 'text/plain;charset=UTF-8', [0xc3, 0xa9]],
    ['é', 'text/plain;charset=ISO-8859-1', [0xe9]],
    ['e', 'text/plain;charset=US-ASCII', [0x65]],
    ['é', 'application/json;charset=ISO-8859-1', [0xe9]],
    [['é'], 'application/json;charset=ISO-8859-1', [0x5b, 0x22, 0xe9, 0x22, 0x5d]],
    [42, 'text/plain', [0x34, 0x32]],
    [true, 'text/csv', [...bytes('true')]],
    [42, 'application/json', [0x34, 0x32]],
    [{}, 'application/vnd.api+json', [0x7b, 0x7d]],
    [bytes('<a/>'), 'application/xml', [...bytes('<a/>')]],
  ])('as that content type asks: %p as %s', (value, contentType, octets) => {
    const { headers, payload } = converter.toMessage(value, { 'content-type': contentType });
    expect(headers.contentType).toBe(contentType);
    expect([...payload]).toEqual(octets);
  });

  it.each<[value: unknown, contentType: string, sentence: string]>([
    ['é', 'text/plain;charset=US-ASCII', 'The text to send has characters that US-ASCII has not.'],
    ['€', 'text/plain;charset=ISO-8859-1', 'The text to send has characters that ISO-8859-1 has not.'],
    ['x', 'text/plain;charset=UTF-16', 'The charset "UTF-16" cannot be read or written.'],
    [{}, 'application/xml', 'Cannot convert a payload of type object to content-type "application/xml".'],
    [{}, 'text/plain', 'Cannot convert a payload of type object to content-type "text/plain".'],
    [
      42,
      'application/octet-stream',
      'Cannot convert a payload of type number to content-type "application/octet-stream".',
    ],
  ])('but not if it cannot be: %p as %s', (value, contentType, sentence) => {
    expect(() => converter.toMessage(value, { 'content-type': contentType })).toThrow(MessageConversionException);
    expect(() => converter.toMessage(value, { 'content-type': contentType })).toThrow(sentence);
  });

  it('without changing the headers it was given', () => {
    const given = { 'x-kind': 'a' };
    converter.toMessage('hi', given);
    expect(given).toEqual({ 'x-kind': 'a' });
  });

  it.each([undefined, () => {}, Symbol('x')])('but not %p', (value) => {
    expect(() => converter.toMessage(value)).toThrow('cannot be written as JSON');
  });

  it.each([
    ['a BigInt', { n: 1n }],
    [
      'a cycle',
      (() => {
        const ring: Record<string, unknown> = {};
        ring['ring'] = ring;
        return ring;
      })(),
    ],
    [
      'what throws',
      {
        toJSON: () => {
          throw new Error('secret of the server');
        },
      },
    ],
  ])('but not %s', (_, value) => {
    expect(() => converter.toMessage(value)).toThrow(MessageConversionException);
    expect(() => converter.toMessage(value)).toThrow('The value to send cannot be written as JSON.');
  });
});

describe('Converters of the application', () => {
  const xml: MessageConverter = {
    fromMessage: (message) => (message.headers.contentType === 'application/xml' ? { xml: true } : undefined),
    toMessage: (payload, nativeHeaders) =>
      payload instanceof Dto
        ? Message.to('', Buffer.from('<dto/>'), nativeHeaders.set('content-type', 'application/xml'))
        : undefined,
  };
  const both = new CompositeMessageConverter([xml, ...DEFAULT_CONVERTERS]);

  it('are asked first, and the others for what is not theirs', () => {
    expect(both.fromMessage(Message.to('', Buffer.from('<a/>'), { 'content-type': 'application/xml' }))).toEqual({
      xml: true,
    });
    expect(both.fromMessage(Message.to('', Buffer.from('a'), { 'content-type': 'text/plain' }))).toBe('a');
    expect(both.toMessage(new Dto()).headers.contentType).toBe('application/xml');
    expect(both.toMessage('a').headers.contentType).toBe('text/plain;charset=UTF-8');
  });
});

describe('A content type', () => {
  const byRule = new CompositeMessageConverter(DEFAULT_CONVERTERS, ({ contentType, destination }) => {
    if (destination === '/app/strict' && contentType === undefined) {
      throw new MessageConversionException('The message has no content-type.');
    }
    return destination === '/app/text' ? 'text/plain' : (contentType ?? 'application/json');
  });
  const readAt = (destination: string, payload: string, contentType?: string): unknown =>
    byRule.fromMessage(Message.to(destination, bytes(payload), { 'content-type': contentType, 'x-kind': 'a' }));

  it('may be one that the application supplies where the message has none', () => {
    expect(readAt('/app/x', '{"a":1}')).toEqual({ a: 1 });
    expect(() => readAt('/app/x', 'hello')).toThrow('The payload is not valid JSON.');
    expect(readAt('/app/x', 'hello', 'text/plain')).toBe('hello');
  });

  it('may be another than the message names', () => {
    expect(readAt('/app/text', '{"a":1}', 'application/json')).toBe('{"a":1}');
  });

  it('may be required', () => {
    expect(() => readAt('/app/strict', '{}')).toThrow('The message has no content-type.');
    expect(readAt('/app/strict', '{}', 'application/json')).toEqual({});
  });

  it('that the application supplies is what converters see, and nobody else', () => {
    const seen: unknown[] = [];
    const spy: MessageConverter = {
      fromMessage: ({ headers }) => seen.push([...headers.nativeHeaders], headers.destination),
      toMessage: () => undefined,
    };
    const message = Message.to('/app/x', bytes('{}'), { 'x-kind': 'a' });
    new CompositeMessageConverter([spy], () => 'application/json').fromMessage(message);
    expect(seen).toEqual([
      [
        ['x-kind', 'a'],
        ['content-type', 'application/json'],
      ],
      '/app/x',
    ]);
    expect(message.headers.contentType).toBeUndefined();
  });

  it('may be taken away', () => {
    const message = Message.to('/app/x', bytes('{"a":1}'), { 'content-type': 'image/png' });
    expect(new CompositeMessageConverter(DEFAULT_CONVERTERS, () => undefined).fromMessage(message)).toEqual({ a: 1 });
  });
});

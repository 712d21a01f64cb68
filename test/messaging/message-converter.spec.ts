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
    ['APPLICATION/JSON', '1', Number, 1],
    ['application/json', 'false', Boolean, false],
    ['application/json', '{"a":1}', Buffer, bytes('{"a":1}')],
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

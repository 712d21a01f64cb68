import { decode, encode, ExtensionCodec } from '@msgpack/msgpack';
import fc from 'fast-check';
import { MessagePackMessageConverter, type MessagePackOptions } from 'nestjs-stomp/msgpack';
import { MessageConversionException, StompOptionException } from '../../lib/exceptions/index.js';
import { CompositeMessageConverter, DEFAULT_CONVERTERS } from '../../lib/messaging/message-converter.js';
import { Message } from '../../lib/messaging/message.js';
import type { TargetType } from '../../lib/messaging/target-type.js';

class Dto {}

const CONTENT_TYPE = 'application/msgpack';

const converterWith = (options?: MessagePackOptions) =>
  new CompositeMessageConverter([new MessagePackMessageConverter(options), ...DEFAULT_CONVERTERS]);
const converter = converterWith();

const read = (payload: Uint8Array, target?: TargetType, contentType = CONTENT_TYPE, by = converter): unknown =>
  by.fromMessage(Message.to('/app/x', payload, { 'content-type': contentType }), target);

const write = (value: unknown, by = converter): Message => by.toMessage(value, { 'content-type': CONTENT_TYPE });

const hostile = (...octets: number[]): Uint8Array => Uint8Array.from(octets);
const repeated = (count: number, ...octets: number[]): number[] => Array.from({ length: count }, () => octets).flat();

describe('MessagePack is read', () => {
  it.each<[value: unknown, target: TargetType]>([
    [{ a: [1, -1, 2.5, true, null, 'é'] }, undefined],
    [{ a: 1 }, Object],
    [{ a: 1 }, Dto],
    [[1, 2], Array],
    ['hi', String],
    [42, Number],
    [32, Number],
    [false, Boolean],
    [new Date('2026-01-02T03:04:05.678Z'), Date],
    [{ at: new Date(0), bytes: new Uint8Array([1, 2, 255]) }, undefined],
    [new Uint8Array([1, 2, 255]), undefined],
    [Array.from({ length: 70_000 }, (_, index) => index), undefined],
    [Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`key ${index}`, 2 ** index])), undefined],
  ])('as what was written: %.60p as %p', (value, target) => {
    expect(read(encode(value), target)).toEqual(value);
  });

  it.each([CONTENT_TYPE, 'application/x-msgpack', 'application/vnd.msgpack', ' APPLICATION/MsgPack ;version=5'])(
    'of the content type %s',
    (contentType) => {
      expect(read(encode({ a: 1 }), undefined, contentType)).toEqual({ a: 1 });
    },
  );

  it.each(['application/msgpackx', 'text/msgpack', 'application/octet-stream', 'application/json'])(
    'but not of the content type %s',
    (contentType) => {
      const own = new MessagePackMessageConverter();
      const message = Message.to('/app/x', encode({ a: 1 }), { 'content-type': contentType });
      expect(own.fromMessage(message, undefined)).toBeUndefined();
    },
  );

  it('as a Map, with keys that are text', () => {
    expect(read(encode({ a: 1, 2: 'b' }), Map)).toEqual(new Map(Object.entries({ a: 1, 2: 'b' })));
  });

  it('not at all where bytes are wanted', () => {
    expect(read(encode({ a: 1 }), Buffer)).toEqual(Buffer.from(encode({ a: 1 })));
  });

  it('into bytes of its own, so that a handler may keep them', () => {
    const payload = encode({ bytes: new Uint8Array([1, 2, 3]) });
    const { bytes } = read(payload) as { bytes: Uint8Array };
    payload.fill(0);
    expect([...bytes]).toEqual([1, 2, 3]);
  });

  it.each<[value: unknown, target: TargetType]>([
    ['hi', Number],
    [1, String],
    [[], Dto],
    [1, Dto],
    [new Date(0), Dto],
    [new Uint8Array(1), Dto],
    [{}, Array],
    [null, undefined],
    [null, Dto],
  ])('but not where something else is wanted: %p as %p', (value, target) => {
    expect(() => read(encode(value), target)).toThrow(MessageConversionException);
    expect(() => read(encode(value), target)).toThrow('The payload is MessagePack, but not a');
  });

  it('whatever the value is, as a decoder without limits would read it', () => {
    const strings = fc.string({ unit: 'grapheme' });
    const leaves = fc.oneof(strings, fc.integer(), fc.double(), fc.maxSafeInteger(), fc.boolean(), fc.uint8Array());
    const { value: values } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium' },
        leaves,
        fc.array(tie('value'), { maxLength: 40 }),
        fc.dictionary(strings.filter((key) => key !== '__proto__'), tie('value')), // prettier-ignore
      ),
    }));
    fc.assert(fc.property(values, (value) => expect(read(encode(value))).toEqual(decode(encode(value)))));
  });
});

describe('What is no MessagePack', () => {
  it.each<[what: string, payload: Uint8Array]>([
    ['nothing', hostile()],
    ['an octet without a meaning', hostile(0xc1)],
    ['a value and more', hostile(1, 2)],
    ['half a number', hostile(0xcb, 1, 2)],
    ['a length without an end', hostile(0xdd, 1)],
    ['text of 4 GB in five octets', hostile(0xdb, 0xff, 0xff, 0xff, 0xff)],
    ['bytes of 4 GB in five octets', hostile(0xc6, 0xff, 0xff, 0xff, 0xff)],
    ['an extension of 4 GB in six octets', hostile(0xc9, 0xff, 0xff, 0xff, 0xff, 1)],
    ['an array of 4,294,967,295 values in five octets', hostile(0xdd, 0xff, 0xff, 0xff, 0xff)],
    ['a map of 4,294,967,295 entries in five octets', hostile(0xdf, 0xff, 0xff, 0xff, 0xff)],
    // 32 million values are the most for which V8 makes room at once.
    ['arrays in an array, each as long as there is room for', hostile(...repeated(99, 0xdd, 1, 0xff, 0xff, 0xff))],
    [
      'arrays in an array, each as long as the payload',
      hostile(...repeated(50, 0xdc, 0x75, 0x30), ...repeated(60_000, 0)),
    ],
    ['arrays that are nested too deeply', hostile(...repeated(60_000, 0x91), 0)],
    ['maps that are nested too deeply', hostile(...repeated(20_000, 0x81, 0xa0), 0)],
    ['an unknown extension', hostile(0xd4, 1, 0)],
    ['an unknown extension of the specification', hostile(0xd4, 0xfe, 0)],
    ['a timestamp of a wrong length', hostile(0xd4, 0xff, 0)],
    ['a timestamp beyond all dates', hostile(0xc7, 12, 0xff, 0, 0, 0, 0, ...repeated(8, 0x7f))],
    ['a key __proto__', hostile(0x81, 0xa9, ...Buffer.from('__proto__'), 0x80)],
    ['a key that is no text', hostile(0x81, 0x80, 1)],
    ['text that is no UTF-8', hostile(0xa2, 0xc3, 0x28)],
    ['text that ends within a character', hostile(0x92, 0xa1, 0xc3, 0xa1, 0xa9)],
  ])('is refused: %s', (_what, payload) => {
    expect(() => read(payload)).toThrow(MessageConversionException);
    expect(() => read(payload)).toThrow('The payload is not valid MessagePack.');
  });

  it('is refused whatever it is', () => {
    const edges = fc.constantFrom(0x80, 0x90, 0xa0, 0xc0, 0xc1, 0xc4, 0xc7, 0xc9, 0xca, 0xcf, 0xd8, 0xd9, 0xdb, 0xdc, 0xdd, 0xdf, 0xff); // prettier-ignore
    const octets = fc.array(fc.oneof(edges, fc.nat(255), fc.nat(8)), { maxLength: 40 });
    fc.assert(
      fc.property(octets, (payload) => {
        try {
          read(Uint8Array.from(payload));
        } catch (error) {
          expect(error).toBeInstanceOf(MessageConversionException);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('does not touch any prototype', () => {
    const value = read(encode({ constructor: { prototype: { polluted: true } } })) as object;
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.keys(value)).toEqual(['constructor']);
  });
});

describe('MessagePack is written', () => {
  it('where the content type asks for it, with what else the sender says', () => {
    const { payload, headers } = converter.toMessage({ a: 1 }, { 'content-type': 'application/x-msgpack', 'x-a': '1' });
    expect([...payload]).toEqual([0x81, 0xa1, 0x61, 1]);
    expect([...headers.nativeHeaders]).toEqual([
      ['content-type', 'application/x-msgpack'],
      ['x-a', '1'],
    ]);
  });

  it.each<[value: unknown, octets: number[]]>([
    ['hi', [0xa2, 0x68, 0x69]],
    [42, [42]],
    [null, [0xc0]],
    [{ a: undefined, b: 1 }, [0x81, 0xa1, 0x62, 1]],
    [new Date(0), [0xd6, 0xff, 0, 0, 0, 0]],
  ])('for %p', (value, octets) => {
    expect([...write(value).payload]).toEqual(octets);
  });

  it('but bytes are what they are', () => {
    const payload = encode({ a: 1 });
    const message = write(payload);
    expect([...message.payload]).toEqual([...payload]);
    expect(message.headers.contentType).toBe(CONTENT_TYPE);
  });

  it('and JSON where no content type asks for it', () => {
    expect(converter.toMessage({ a: 1 }).headers.contentType).toBe('application/json');
  });

  it.each([
    ['a function', () => {}],
    ['a bigint', { n: 1n }],
    ['a symbol', [Symbol('x')]],
  ])('but not for %s', (_what, value) => {
    expect(() => write(value)).toThrow(MessageConversionException);
    expect(() => write(value)).toThrow('The value to send cannot be written as MessagePack.');
  });

  it('but not for a cycle', () => {
    const ring: Record<string, unknown> = {};
    ring['ring'] = ring;
    expect(() => write(ring)).toThrow('The value to send cannot be written as MessagePack.');
  });
});

describe('The options of the MessagePack converter', () => {
  it('let it read and write as deep as they say, and no deeper', () => {
    const deep = converterWith({ maxDepth: 2 });
    expect(read(write([[1]], deep).payload, undefined, CONTENT_TYPE, deep)).toEqual([[1]]);
    expect(() => write([[[1]]], deep)).toThrow(MessageConversionException);
    expect(() => read(encode([[[1]]]), undefined, CONTENT_TYPE, deep)).toThrow(MessageConversionException);
  });

  it('let it keep every digit of 64 bits', () => {
    const big = converterWith({ useBigInt64: true });
    const value = { n: 2n ** 63n };
    expect(read(write(value, big).payload, undefined, CONTENT_TYPE, big)).toEqual(value);
    expect(read(write(7n, big).payload, BigInt, CONTENT_TYPE, big)).toBe(7n);
  });

  it('let it know extensions of the application, and no others', () => {
    const extensionCodec = new ExtensionCodec();
    extensionCodec.register({
      type: 7,
      encode: (value) => (value instanceof Set ? encode([...value]) : null),
      decode: (data) => new Set(data),
    });
    const extended = converterWith({ extensionCodec });
    const { payload } = write({ set: new Set([1, 2]) }, extended);
    expect(read(payload, undefined, CONTENT_TYPE, extended)).toEqual({ set: new Set([0x92, 1, 2]) });
    expect(read(write(new Set(), extended).payload, Set, CONTENT_TYPE, extended)).toEqual(new Set([0x90]));
    expect(() => read(write(new Set(), extended).payload, Dto, CONTENT_TYPE, extended)).toThrow('but not a Dto');
    expect(() => read(hostile(0xd4, 8, 0), undefined, CONTENT_TYPE, extended)).toThrow(MessageConversionException);
    expect(() => read(payload)).toThrow(MessageConversionException);
  });

  it.each<[options: object, option: string]>([
    [{ maxDepth: 0 }, 'maxDepth'],
    [{ maxDepth: 100_000 }, 'maxDepth'],
    [{ useBigInt64: 'yes' }, 'useBigInt64'],
    [{ extensionCodec: {} }, 'extensionCodec'],
    [{ maxStrLength: 1 }, 'maxStrLength'],
  ])('are checked: %p', (options, option) => {
    expect(() => new MessagePackMessageConverter(options)).toThrow(StompOptionException);
    expect(() => new MessagePackMessageConverter(options)).toThrow(`the option MessagePackMessageConverter.${option} `);
  });
});

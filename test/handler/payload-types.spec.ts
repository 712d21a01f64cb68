import {
  Controller,
  ParseArrayPipe,
  ParseDatePipe,
  ParseEnumPipe,
  ParseIntPipe,
  ParseUUIDPipe,
  ValidationPipe,
} from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { Type } from 'class-transformer';
import { IsArray, IsDate, IsInt, IsPositive, IsString, Length, ValidateNested } from 'class-validator';
import { MessageMapping, Payload, SendToUser } from '../../lib/index.js';
import type { StompTestClient } from '../../lib/testing/index.js';
import { startModule, type StartedModule } from './support/start-module.js';

class Item {
  @IsString() @Length(2, 10) name!: string;
  @IsInt() @IsPositive() count!: number;
}

class Order {
  @IsString() buyer!: string;
  @Type(() => Date) @IsDate() due!: Date;
  @IsArray() @ValidateNested({ each: true }) @Type(() => Item) items!: Item[];
}

enum Colour {
  Red = 'red',
  Blue = 'blue',
}

const isItem = (value: unknown): boolean => value instanceof Item;

/** Each method answers with what it was given, and what that is. */
@Controller()
@SendToUser('/queue/given')
class PayloadController {
  @MessageMapping('/string')
  string(value: string) {
    return [typeof value, value];
  }

  @MessageMapping('/number')
  number(value: number) {
    return [typeof value, value];
  }

  @MessageMapping('/boolean')
  boolean(value: boolean) {
    return [typeof value, value];
  }

  @MessageMapping('/buffer')
  buffer(value: Buffer) {
    return [Buffer.isBuffer(value), [...value]];
  }

  @MessageMapping('/bytes')
  bytes(value: Uint8Array) {
    return [value instanceof Uint8Array, [...value]];
  }

  @MessageMapping('/date')
  date(value: Date) {
    return [value instanceof Date, value];
  }

  @MessageMapping('/map')
  map(value: Map<string, unknown>) {
    return [value instanceof Map, [...value]];
  }

  @MessageMapping('/record')
  record(value: Record<string, unknown>) {
    return [typeof value, value];
  }

  @MessageMapping('/item')
  item(value: Item) {
    return [isItem(value), value];
  }

  @MessageMapping('/order')
  order(value: Order) {
    return [value.items.every(isItem) && value.due instanceof Date, value];
  }

  @MessageMapping('/list')
  list(value: Item[]) {
    return [value.some(isItem), value];
  }

  @MessageMapping('/items')
  items(@Payload(new ParseArrayPipe({ items: Item, stopAtFirstError: false })) value: Item[]) {
    return [value.every(isItem), value];
  }

  @MessageMapping('/items/field')
  itemsOfField(@Payload('items', new ParseArrayPipe({ items: Item })) value: Item[]) {
    return [value.every(isItem), value];
  }

  @MessageMapping('/numbers')
  numbers(@Payload(new ParseArrayPipe({ items: Number })) value: number[]) {
    return [typeof value[0], value];
  }

  @MessageMapping('/int')
  int(@Payload(ParseIntPipe) value: number) {
    return [typeof value, value];
  }

  @MessageMapping('/parsed-date')
  parsedDate(@Payload(ParseDatePipe) value: Date) {
    return [value instanceof Date, value];
  }

  @MessageMapping('/colour')
  colour(@Payload(new ParseEnumPipe(Colour)) value: Colour) {
    return [typeof value, value];
  }

  @MessageMapping('/uuid')
  uuid(@Payload(ParseUUIDPipe) value: string) {
    return [typeof value, value];
  }
}

const JSON_HEADER = { 'content-type': 'application/json' };
const TEXT_HEADER = { 'content-type': 'text/plain' };
const UUID = '6f0c2c1e-94f3-4d3e-9f3a-0c5a0a1b2c3d';
const ORDER = { buyer: 'alice', due: '2026-01-02T00:00:00.000Z', items: [{ name: 'tea', count: 2 }] };

describe('A payload of the declared type', () => {
  let application: StartedModule;
  let client: StompTestClient;

  beforeAll(async () => {
    application = await startModule({
      controllers: [PayloadController],
      providers: [{ provide: APP_PIPE, useValue: new ValidationPipe({ transform: true, whitelist: true }) }],
    });
    client = await application.connect('alice');
    await client.subscribe('/user/queue/given');
    await client.subscribe('/user/queue/errors');
  });

  afterAll(() => application.stop());

  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

  it.each<[destination: string, headers: Record<string, string>, payload: unknown, given: unknown]>([
    ['/app/string', TEXT_HEADER, '42', ['string', '42']],
    ['/app/string', JSON_HEADER, '"42"', ['string', '42']],
    ['/app/string', {}, '{"a":1}', ['string', '{"a":1}']],
    ['/app/number', TEXT_HEADER, '42', ['number', 42]],
    ['/app/number', JSON_HEADER, '42', ['number', 42]],
    ['/app/number', {}, '42', ['number', 42]],
    ['/app/boolean', TEXT_HEADER, 'false', ['boolean', false]],
    ['/app/boolean', {}, 'false', ['boolean', false]],
    ['/app/buffer', TEXT_HEADER, 'é', [true, [0xc3, 0xa9]]],
    ['/app/bytes', {}, 'a', [true, [0x61]]],
    ['/app/date', TEXT_HEADER, '2026-01-02', [true, '2026-01-02T00:00:00.000Z']],
    ['/app/date', {}, '"2026-01-02"', [true, '2026-01-02T00:00:00.000Z']],
    ['/app/map', JSON_HEADER, { a: { b: 1 } }, [true, [['a', { b: 1 }]]]],
    ['/app/record', JSON_HEADER, { a: { b: 1 } }, ['object', { a: { b: 1 } }]],
    ['/app/item', {}, { name: 'tea', count: 2, other: 1 }, [true, { name: 'tea', count: 2 }]],
    ['/app/order', JSON_HEADER, ORDER, [true, ORDER]],
    // TypeScript leaves only "Array" at run time …
    ['/app/list', JSON_HEADER, [{ name: 'tea', count: -1 }], [false, [{ name: 'tea', count: -1 }]]],
    // … so a pipe has to say what is in it.
    ['/app/items', JSON_HEADER, [{ name: 'tea', count: 2, other: 1 }], [true, [{ name: 'tea', count: 2, other: 1 }]]],
    ['/app/items/field', {}, ORDER, [true, ORDER.items]],
    ['/app/numbers', JSON_HEADER, [1, '2'], ['number', [1, 2]]],
    ['/app/int', TEXT_HEADER, '7', ['number', 7]],
    ['/app/int', JSON_HEADER, '7', ['number', 7]],
    ['/app/int', JSON_HEADER, '"7"', ['number', 7]],
    ['/app/int', {}, '7', ['number', 7]],
    ['/app/parsed-date', TEXT_HEADER, '2026-01-02', [true, '2026-01-02T00:00:00.000Z']],
    ['/app/colour', TEXT_HEADER, 'red', ['string', 'red']],
    ['/app/colour', JSON_HEADER, '"blue"', ['string', 'blue']],
    ['/app/uuid', {}, UUID, ['string', UUID]],
  ])('comes to %s, by %j: %j', async (destination, headers, payload, given) => {
    client.transmit('SEND', { destination, ...headers }, text(payload));
    expect(await client.nextBody('/user/queue/given')).toEqual(given);
  });

  it.each<[destination: string, headers: Record<string, string>, payload: unknown, message: string]>([
    ['/app/number', TEXT_HEADER, 'x', 'The payload is not a Number.'],
    ['/app/item', JSON_HEADER, [], 'The payload is JSON, but not a Item.'],
    ['/app/item', TEXT_HEADER, '{}', 'Cannot convert a payload of content-type "text/plain" to a Item.'],
    ['/app/list', JSON_HEADER, {}, 'The payload is JSON, but not a Array.'],
    ['/app/map', JSON_HEADER, [], 'The payload is JSON, but not a Map.'],
    ['/app/date', JSON_HEADER, '"soon"', 'The payload is JSON, but not a Date.'],
  ])('is refused at %s, by %j, if it is another: %j', async (destination, headers, payload, message) => {
    client.transmit('SEND', { destination, ...headers }, text(payload));
    expect(await client.nextError()).toEqual({ code: 'MESSAGE_CONVERSION', message });
  });

  it.each<[destination: string, payload: unknown, messages: string | string[]]>([
    ['/app/item', { name: 'x', count: 0 }, ['name must be longer than or equal to 2 characters', 'count must be a positive number']], // prettier-ignore
    ['/app/order', { ...ORDER, items: [{ name: 'tea', count: 0.5 }] }, ['items.0.count must be an integer number']],
    [
      '/app/items',
      [
        { name: 'tea', count: 1 },
        { name: 'tea', count: 0 },
      ],
      ['[1] count must be a positive number'],
    ],
    ['/app/numbers', [1, 'two'], '[1] item must be a number'],
    ['/app/int', 'x', 'Validation failed (numeric string is expected)'],
  ])(
    'is refused at %s if its fields are not valid, and the client is told which',
    async (destination, payload, message) => {
      client.transmit('SEND', { destination, ...JSON_HEADER, receipt: 'r-1' }, JSON.stringify(payload));
      expect(await client.nextError()).toEqual({
        code: 'BAD_REQUEST',
        message: Array.isArray(message) ? 'Bad Request Exception' : message,
        details: { statusCode: 400, error: 'Bad Request', message },
        receiptId: 'r-1',
      });
    },
  );
});

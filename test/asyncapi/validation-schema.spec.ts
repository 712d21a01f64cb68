import 'reflect-metadata';
import { Type, plainToInstance } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  ArrayMinSize,
  ArrayNotEmpty,
  Contains,
  Equals,
  IsArray,
  IsBoolean,
  IsDate,
  IsDateString,
  IsDefined,
  IsDivisibleBy,
  IsEmail,
  IsEnum,
  IsFQDN,
  IsIP,
  IsISO8601,
  IsIn,
  IsInt,
  IsMongoId,
  IsNegative,
  IsNotEmpty,
  IsNotIn,
  IsNumber,
  IsObject,
  IsOptional,
  IsPositive,
  IsRFC3339,
  IsString,
  IsUUID,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  NotContains,
  ValidateIf,
  ValidateNested,
  registerDecorator,
  validateSync,
} from 'class-validator';
import { ComponentSchemas } from '../../lib/asyncapi/component-schemas.js';
import { accepts } from './official-schema.js';

enum Level {
  Low,
  High = 5,
}

enum Colour {
  Red = 'red',
  Blue = 'blue',
}

class Address {
  @IsString()
  street!: string;
}

class Person {
  @IsString()
  name!: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => Person)
  friend?: Person;

  @IsOptional()
  @IsInt()
  age?: number;
}

class Employee extends Person {
  @IsEmail()
  mail!: string;
}

class Untouchable {
  constructor() {
    throw new Error('A class of a payload is not to be instantiated for its description.');
  }
}

abstract class Shape {
  kind!: string;
}
class Circle extends Shape {
  @IsNumber()
  radius!: number;
}
class Square extends Shape {
  @IsNumber()
  side!: number;
}

interface Case {
  readonly type?: unknown;
  /** As they stand in the source, from top to bottom. */
  readonly decorators: PropertyDecorator[];
  readonly accepted: unknown[];
  readonly refused: unknown[];
}

const nestedShape = Type(() => Shape, {
  discriminator: {
    property: 'kind',
    subTypes: [
      { value: Circle, name: 'circle' },
      { value: Square, name: 'square' },
    ],
  },
});

const UUID = 'd9428888-122b-41e1-b85c-61a5dd3c8a9f';

const CASES: Record<string, Case> = {
  '@IsString': { decorators: [IsString()], accepted: ['', '小明'], refused: [1, null, undefined, []] },
  '@IsInt': { type: Number, decorators: [IsInt()], accepted: [0, -3], refused: [1.5, '1', undefined] },
  '@IsInt over its bounds': {
    type: Number,
    decorators: [IsInt(), Min(1), Max(5)],
    accepted: [1, 5],
    refused: [0, 6, 1.5, '3'],
  },
  '@IsInt under its bounds': {
    type: Number,
    decorators: [Min(1), Max(5), IsInt()],
    accepted: [1, 5],
    refused: [0, 6, 1.5, '3'],
  },
  '@IsNumber over @IsInt': { type: Number, decorators: [IsNumber(), IsInt()], accepted: [1], refused: [1.5] },
  '@IsPositive': { type: Number, decorators: [IsNumber(), IsPositive()], accepted: [0.1], refused: [0, -1, '1'] },
  '@IsNegative': { type: Number, decorators: [IsNumber(), IsNegative()], accepted: [-1], refused: [0, 1] },
  '@IsDivisibleBy': { type: Number, decorators: [IsDivisibleBy(5)], accepted: [0, 10], refused: [3, '10'] },
  '@IsNotEmpty over @IsInt': {
    type: Number,
    decorators: [IsNotEmpty(), IsInt()],
    accepted: [0, 7],
    refused: ['', 'x', null],
  },
  '@IsNotEmpty': { type: String, decorators: [IsNotEmpty()], accepted: ['x'], refused: ['', undefined] },
  '@IsBoolean': { type: Boolean, decorators: [IsBoolean()], accepted: [true, false], refused: ['true', 1] },
  '@Length': { decorators: [Length(2, 3)], accepted: ['ab', '😀😀😀'], refused: ['a', 'abcd', 12] },
  '@Length without an upper bound': { decorators: [Length(2)], accepted: ['ab', 'abcdefgh'], refused: ['a'] },
  '@MinLength': { decorators: [MinLength(2)], accepted: ['ab'], refused: ['a', 12] },
  '@MaxLength': { decorators: [MaxLength(2)], accepted: ['', 'ab'], refused: ['abc', 1] },
  '@Matches': { decorators: [Matches(/^[a-z]+$/)], accepted: ['abc'], refused: ['ABC', '', 1] },
  'two @Matches': { decorators: [Matches(/[a-z]/), Matches(/[0-9]/)], accepted: ['a1'], refused: ['a', '1'] },
  '@Contains': { decorators: [Contains('(*')], accepted: ['a(*b'], refused: ['a(', '*'] },
  '@NotContains': { decorators: [NotContains('.')], accepted: ['ab', ''], refused: ['a.b', 1] },
  '@IsEnum of numbers': { type: Number, decorators: [IsEnum(Level)], accepted: [0, 5], refused: [1, '5'] },
  '@IsEnum of texts': { type: String, decorators: [IsEnum(Colour)], accepted: ['red'], refused: ['Red', undefined] },
  '@IsIn': { type: Object, decorators: [IsIn([1, 'two'])], accepted: [1, 'two'], refused: [2, '1', undefined] },
  '@IsNotIn': { type: Object, decorators: [IsNotIn([1, 2])], accepted: [3, 'x', undefined], refused: [1, 2] },
  '@Equals': { type: String, decorators: [Equals('yes')], accepted: ['yes'], refused: ['no', undefined] },
  '@IsOptional': { type: String, decorators: [IsOptional(), IsString()], accepted: ['x', undefined], refused: [1] },
  '@ValidateIf': {
    type: String,
    decorators: [ValidateIf(({ p }: { p: unknown }) => p !== undefined), IsString()],
    accepted: ['x', undefined],
    refused: [1],
  },
  '@IsDefined': { type: Object, decorators: [IsDefined()], accepted: [1, 'x', {}], refused: [undefined] },
  '@Allow': { type: Object, decorators: [Allow()], accepted: [1, undefined, {}], refused: [] },
  '@IsObject': { type: Object, decorators: [IsObject()], accepted: [{}, { a: 1 }], refused: [[], 'x', null] },
  '@IsArray': { type: Array, decorators: [IsArray()], accepted: [[], [1, 'x']], refused: ['x', {}, undefined] },
  '@IsString of each': {
    type: Array,
    decorators: [IsArray(), IsString({ each: true })],
    accepted: [[], ['x']],
    refused: [[1], 'x'],
  },
  '@IsNotEmpty over a list': {
    type: Array,
    decorators: [IsNotEmpty(), IsArray(), IsInt({ each: true })],
    accepted: [[], [1]],
    refused: [['x'], 'x'],
  },
  '@IsEnum of each': {
    type: Object,
    decorators: [IsArray(), IsEnum(Colour, { each: true })],
    accepted: [['red', 'blue']],
    refused: [['green'], 'red'],
  },
  '@ArrayMinSize and @ArrayMaxSize': {
    type: Array,
    decorators: [ArrayMinSize(1), ArrayMaxSize(2)],
    accepted: [[1], [1, 2]],
    refused: [[], [1, 2, 3]],
  },
  '@ArrayNotEmpty': { type: Array, decorators: [ArrayNotEmpty()], accepted: [[1]], refused: [[], 'x'] },
  '@IsEmail': { decorators: [IsEmail()], accepted: ['alice@example.com'], refused: ['alice', 1] },
  '@IsFQDN': { decorators: [IsFQDN()], accepted: ['chat.example.com'], refused: ['chat example', 1] },
  '@IsMongoId': { decorators: [IsMongoId()], accepted: ['0123456789abcdef01234567'], refused: ['0123', 1] },
  '@IsUUID': { type: String, decorators: [IsUUID()], accepted: [UUID], refused: ['d9428888', 1] },
  '@IsIP': { type: String, decorators: [IsIP()], accepted: ['127.0.0.1', '::1'], refused: ['here', '300.1.1.1'] },
  '@IsIP of a version': { type: String, decorators: [IsIP(6)], accepted: ['::1'], refused: ['127.0.0.1'] },
  '@IsDateString': {
    type: String,
    decorators: [IsDateString()],
    accepted: ['2026-01-31', '2026-01-31T10:00:00Z'],
    refused: ['yesterday', 1],
  },
  '@IsISO8601': { decorators: [IsISO8601()], accepted: ['2026-01-31'], refused: ['31.1.2026', 1] },
  '@IsRFC3339': { decorators: [IsRFC3339()], accepted: ['2026-01-31T10:00:00Z'], refused: ['2026-01-31', 1] },
  '@IsDate': {
    type: Date,
    decorators: [IsDate(), Type(() => Date)],
    accepted: ['2026-01-31T10:00:00Z'],
    refused: ['yesterday'],
  },
  '@ValidateNested': {
    type: Address,
    decorators: [ValidateNested(), Type(() => Address)],
    accepted: [{ street: 'x' }, undefined],
    refused: [{ street: 1 }, {}],
  },
  '@ValidateNested of each': {
    type: Array,
    decorators: [ValidateNested({ each: true }), Type(() => Address)],
    accepted: [[], [{ street: 'x' }]],
    refused: [[{}]],
  },
  '@ValidateNested of a list': {
    type: Array,
    decorators: [ValidateNested(), Type(() => Address)],
    accepted: [[{ street: 'x' }]],
    refused: [[{}]],
  },
  '@ValidateNested of a set': {
    type: Set,
    decorators: [ValidateNested(), Type(() => Address)],
    accepted: [[{ street: 'x' }]],
    refused: [[{}]],
  },
  '@ValidateNested of a map': {
    type: Map,
    decorators: [ValidateNested(), Type(() => Address)],
    accepted: [{ home: { street: 'x' } }, {}],
    refused: [{ home: {} }, { street: 'x' }],
  },
  'a class that is its own property': {
    type: Person,
    decorators: [ValidateNested(), Type(() => Person)],
    accepted: [{ name: 'alice', friend: { name: 'bob' } }],
    refused: [{ name: 'alice', friend: { name: 1 } }],
  },
  'inherited validators': {
    type: Employee,
    decorators: [ValidateNested(), Type(() => Employee)],
    accepted: [{ name: 'alice', mail: 'alice@example.com' }],
    refused: [{ mail: 'alice@example.com' }, { name: 'alice' }, { name: 'alice', mail: 'alice@example.com', age: 'x' }],
  },
  'sub-types': {
    type: Shape,
    decorators: [ValidateNested(), nestedShape],
    accepted: [
      { kind: 'circle', radius: 1 },
      { kind: 'square', side: 2 },
    ],
    refused: [{ kind: 'circle' }],
  },
};

describe('The schema of a class', () => {
  it.each(Object.keys(CASES))('accepts and refuses with %s what class-validator does', (name) => {
    const { accepted, refused } = CASES[name]!;
    const dto = classOf(CASES[name]!);
    const isValid = (p: unknown): boolean => validateSync(plainToInstance(dto, JSON.parse(asJson(p)))).length === 0;
    expect(accepted.filter((p) => !isValid(p))).toEqual([]);
    expect(accepted.filter((p) => !isAccepted(dto, p))).toEqual([]);
    expect(refused.filter((p) => isValid(p))).toEqual([]);
    expect(refused.filter((p) => isAccepted(dto, p))).toEqual([]);
  });

  it('leaves out an expression that JSON Schema would read in another way', () => {
    expect(propertyOf({ decorators: [Matches(/^[a-z]+$/i)], type: String })).toEqual({ type: 'string' });
    expect(propertyOf({ decorators: [Matches(String.raw`\_`)], type: String })).toEqual({ type: 'string' });
  });

  it('says no more than the declared type of validators that it does not know', () => {
    const custom: PropertyDecorator = (target, key) =>
      registerDecorator({
        target: target.constructor,
        propertyName: key as string,
        validator: { validate: () => true },
      });
    expect(propertyOf({ decorators: [custom], type: Number })).toEqual({ type: 'number' });
  });

  it('is that of any object without validators', () => {
    class Plain {}
    const schemas = new ComponentSchemas();
    expect(schemas.of(Plain)).toEqual({ $ref: '#/components/schemas/Plain' });
    expect(schemas.schemas).toEqual({ Plain: { type: 'object' } });
  });

  it('is one for each class, though two have the same name', () => {
    const first = classOf({ decorators: [IsString()] });
    const second = classOf({ decorators: [IsInt()], type: Number });
    const schemas = new ComponentSchemas();
    expect([schemas.of(first), schemas.of(second), schemas.of(first)]).toEqual(
      ['Dto', 'Dto_2', 'Dto'].map((name) => ({ $ref: `#/components/schemas/${name}` })),
    );
  });

  it('is found without making an object of the class', () => {
    expect(propertyOf({ decorators: [ValidateNested(), Type(() => Untouchable)], type: Untouchable })).toEqual({
      $ref: '#/components/schemas/Untouchable',
    });
  });
});

function classOf({ type, decorators }: Pick<Case, 'type' | 'decorators'>): new () => object {
  class Dto {}
  Reflect.defineMetadata('design:type', type, Dto.prototype, 'p');
  for (const decorator of decorators.toReversed()) decorator(Dto.prototype, 'p');
  return Dto;
}

function propertyOf(declaration: Pick<Case, 'type' | 'decorators'>): unknown {
  const schemas = new ComponentSchemas();
  schemas.of(classOf(declaration));
  return (schemas.schemas.Dto!.properties as Record<string, unknown>).p;
}

function isAccepted(dto: new () => object, p: unknown): boolean {
  const schemas = new ComponentSchemas();
  const schema = schemas.of(dto);
  return accepts(schema, schemas.schemas, JSON.parse(asJson(p)));
}

/** What does not exist in JSON is left out. */
function asJson(p: unknown): string {
  return JSON.stringify({ p });
}

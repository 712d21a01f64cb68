import type { JsonSchema } from './async-api-document.interface.js';

/** What a validator of class-validator says, as keywords of JSON Schema. */
type Keywords = JsonSchema | ((...constraints: any[]) => JsonSchema);

const DATE: JsonSchema = { type: 'string', anyOf: [{ format: 'date-time' }, { format: 'date' }] };

/**
 * By the name of the validator. One that is not here says nothing that JSON Schema has a word for, or nothing that is certain; its
 * property still has its declared type. Numbers' bounds name no type, so that `@IsInt()` beside them keeps its own.
 */
const KEYWORDS = new Map<string | undefined, Keywords>([
  ['isString', { type: 'string' }],
  ['isBoolean', { type: 'boolean' }],
  ['isInt', { type: 'integer' }],
  ['isNumber', { type: 'number' }],
  ['isObject', { type: 'object' }],
  ['isArray', { type: 'array' }],
  ['isDate', { type: 'string', format: 'date-time' }],
  ['isDateString', DATE],
  ['isIso8601', DATE],
  ['isRFC3339', { type: 'string', format: 'date-time' }],

  ['equals', (value) => ({ const: value })],
  ['isIn', (values) => ({ enum: values })],
  ['isNotIn', (values) => ({ not: { enum: values } })],
  ['isEnum', (_, values) => ({ enum: values })],
  ['isNotEmpty', { minLength: 1 }],

  ['min', (minimum) => ({ minimum })],
  ['max', (maximum) => ({ maximum })],
  ['isPositive', { exclusiveMinimum: 0 }],
  ['isNegative', { exclusiveMaximum: 0 }],
  ['isDivisibleBy', (multipleOf) => ({ multipleOf })],

  ['isLength', (minLength, maxLength) => ({ type: 'string', minLength, maxLength })],
  ['minLength', (minLength) => ({ type: 'string', minLength })],
  ['maxLength', (maxLength) => ({ type: 'string', maxLength })],
  ['matches', (pattern, modifiers) => ({ type: 'string', pattern: patternOf(pattern, modifiers) })],
  ['contains', (part) => ({ type: 'string', pattern: escapeRegex(part) })],
  ['notContains', (part) => ({ type: 'string', not: { pattern: escapeRegex(part) } })],
  ['isEmail', { type: 'string', format: 'email' }],
  ['isFqdn', { type: 'string', format: 'hostname' }],
  [
    'isIp',
    (version) => ({ type: 'string', anyOf: (version ? [version] : [4, 6]).map((v) => ({ format: `ipv${v}` })) }),
  ],
  ['isUuid', { type: 'string', format: 'uuid' }],
  ['isMongoId', { type: 'string', pattern: '^[0-9a-fA-F]{24}$' }],

  ['arrayNotEmpty', { type: 'array', minItems: 1 }],
  ['arrayMinSize', (minItems) => ({ type: 'array', minItems })],
  ['arrayMaxSize', (maxItems) => ({ type: 'array', maxItems })],
]);

/** Without those of which the validator says nothing. */
export function keywordsOf(validator: string | undefined, constraints: readonly unknown[] = []): JsonSchema {
  const keywords = KEYWORDS.get(validator) ?? {};
  const given = Object.entries(typeof keywords === 'function' ? keywords(...constraints) : keywords);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** JSON Schema has no flags, and reads patterns as Unicode: an expression that would mean something else is left out. */
function patternOf(pattern: RegExp | string, modifiers: string | undefined): string | undefined {
  try {
    const { source, flags } = new RegExp(pattern, modifiers);
    return /[imsv]/.test(flags) ? undefined : new RegExp(source, 'u').source;
  } catch {
    return undefined;
  }
}

function escapeRegex(part: string): string {
  return part.replace(/[\\^$.|?*+()[\]{}/]/g, '\\$&');
}

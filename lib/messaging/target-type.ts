/** The class that a value is wanted as: the declared type of a handler's parameter. `Object` or undefined: anything. */
export type TargetType = (abstract new (...args: any[]) => unknown) | ((...args: any[]) => unknown) | undefined;

export function isAnything(target: TargetType): boolean {
  return target === undefined || target === Object;
}

export function typeName(target: TargetType): string {
  return isAnything(target) ? 'a value' : `a ${target!.name}`;
}

/**
 * A value of JSON or the like as the declared type. A plain object will do for every class: what a DTO's fields hold is for validation
 * to say.
 * @returns undefined when it is something else
 */
export function valueAs(value: unknown, target: TargetType): unknown {
  if (value === null) return undefined;
  if (isAnything(target) || (typeof value === 'object' && value instanceof target!)) return value;
  switch (target) {
    case String:
    case Number:
    case Boolean:
    case BigInt:
      return typeof value === target!.name.toLowerCase() ? value : undefined;
    case Array:
      return Array.isArray(value) ? value : undefined;
    case Date:
      return dateOf(value);
    case Map:
      return isObject(value) ? new Map(Object.entries(value)) : undefined;
    default:
      return isObject(value) ? value : undefined;
  }
}

const BOOLEANS = new Map([
  ['true', true],
  ['false', false],
]);

/** Whether text can be a value of the type. */
export function isTextual(target: TargetType): boolean {
  return isAnything(target) || target === String || target === Number || target === Boolean || target === Date;
}

/** Text as such a type. @returns undefined when it is something else */
export function textAs(text: string, target: TargetType): unknown {
  if (target === String || isAnything(target)) return text;
  const trimmed = text.trim();
  if (target === Boolean) return BOOLEANS.get(trimmed);
  if (target === Date) return dateOf(trimmed);
  if (target !== Number || trimmed === '') return undefined;
  const number = Number(trimmed);
  return Number.isNaN(number) ? undefined : number;
}

/** From ISO 8601, or from milliseconds since 1970. */
function dateOf(value: unknown): Date | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

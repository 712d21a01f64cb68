import { isIP } from 'node:net';
import { StompOptionException } from '../exceptions/stomp-option.exception.js';

/** @throws StompOptionException that names the option, its value and what it should be */
export type Check = (value: unknown, option: string) => void;

function check(expected: string, holds: (value: unknown) => boolean): Check {
  return (value, option) => {
    if (!holds(value)) throw new StompOptionException(option, value, expected);
  };
}

export const aBoolean = check('true or false', (value) => typeof value === 'boolean');
export const aFunction = check('a function', (value) => typeof value === 'function');
export const aString = check('a text that is not empty', (value) => typeof value === 'string' && value.length > 0);
export const aText = check('a text', (value) => typeof value === 'string');
export const aPath = check('a path that begins with "/" and has no "?" or "#"', isPath);
export const aPrefix = check('a destination prefix such as "/app", without wildcards', isPrefix);
/** Brokers know no others. */
export const aSlashPrefix = check(
  'a destination prefix that begins with "/", such as "/topic", without wildcards',
  (value) => isPrefix(value) && (value as string).startsWith('/'),
);
/** It is written into a header that has no escapes. */
export const aCredential: Check = (value, option) => {
  if (typeof value === 'string' && isOneLine(value)) return;
  const shown = typeof value === 'string' ? 'PROTECTED' : value;
  throw new StompOptionException(option, shown, 'a text without line breaks');
};
export const aHost = check(
  'a text that is not empty, without line breaks',
  (value) => typeof value === 'string' && value.length > 0 && isOneLine(value),
);
export const aNetwork = check('an IP address, or a network such as "10.0.0.0/8"', isNetwork);
export const aPattern = check(
  'a destination or a pattern with *, **, ? and {name}, without regular expressions',
  isPattern,
);

export function aNumber(least: number, most = Number.MAX_SAFE_INTEGER): Check {
  const bound = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
  return check(
    `a whole number, ${bound}`,
    (value) => Number.isInteger(value) && least <= (value as number) && (value as number) <= most,
  );
}

export const aRate = check('a number above 0', (value) => Number.isFinite(value) && (value as number) > 0);

/** Milliseconds, `least` or more; Node fires timers at once whose delay is above the bound. */
export function aDurationFrom(least: number): Check {
  return aNumber(least, 2 ** 31 - 1);
}

export const aDuration = aDurationFrom(0);

/** Heart-beats, which the server's timers can keep from so many milliseconds on. */
export const aBeat = check('0 or a whole number of milliseconds from 100 on', (value) => {
  return Number.isInteger(value) && (value === 0 || (100 <= (value as number) && (value as number) < 2 ** 31));
});

export function oneOf(...values: unknown[]): Check {
  return check(`one of ${values.map((value) => JSON.stringify(value)).join(', ')}`, (value) => values.includes(value));
}

export function listOf(item: Check, least = 0): Check {
  const isList = check(least > 0 ? 'a list that is not empty' : 'a list', (v) => Array.isArray(v) && v.length >= least);
  return (value, option) => {
    isList(value, option);
    (value as unknown[]).forEach((entry, index) => item(entry, `${option}[${index}]`));
  };
}

export function pairOf(item: Check): Check {
  const isPair = check('a pair', (value) => Array.isArray(value) && value.length === 2);
  const list = listOf(item);
  return (value, option) => {
    isPair(value, option);
    list(value, option);
  };
}

/** The first check for values that `applies` to, the second for all others. */
export function either(applies: (value: unknown) => boolean, first: Check, second: Check): Check {
  return (value, option) => (applies(value) ? first : second)(value, option);
}

export const anObject = check(
  'an object',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

/** An object with entries of any name. */
export function recordOf(entry: Check): Check {
  return (value, option) => {
    anObject(value, option);
    for (const [name, one] of Object.entries(value as object)) entry(one, `${option}.${name}`);
  };
}

/** An object of options; those that are not there keep their default unless required, those that nobody knows are mistakes. */
export function optionsOf(known: Record<string, Check>, required: readonly string[] = []): Check {
  const names = Object.keys(known).join(', ');
  return (value, option) => {
    anObject(value, option || 'options');
    const given = value as Record<string, unknown>;
    const pathOf = (name: string): string => (option === '' ? name : `${option}.${name}`);
    for (const name of required) known[name]!(given[name], pathOf(name));
    for (const [name, entry] of Object.entries(given)) {
      const path = pathOf(name);
      if (!Object.hasOwn(known, name))
        throw new StompOptionException(path, entry, `left out: the options here are ${names}`);
      if (entry !== undefined) known[name]!(entry, path);
    }
  };
}

/** An object with all of the methods. */
export function anInstance(...methods: string[]): Check {
  return check(
    `an object with the methods ${methods.join(', ')}`,
    (value) => typeof value === 'object' && value !== null && methods.every((method) => method in value),
  );
}

/** An object with at least one of the methods. */
export function anInstanceWith(...methods: string[]): Check {
  return check(`an object with ${methods.join(' or ')}`, (value) => isInstanceWith(value, methods));
}

/** The same, or a class that Nest can make one of. */
export function instanceOrClass(...methods: string[]): Check {
  return check(
    `an object with ${methods.join(' or ')}, or an injectable class`,
    (value) => typeof value === 'function' || isInstanceWith(value, methods),
  );
}

function isInstanceWith(value: unknown, methods: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && methods.some((method) => method in value);
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && /^\/[^?#\s]*$/.test(value);
}

function isPrefix(value: unknown): boolean {
  return typeof value === 'string' && value.length > 1 && !/[*?{}\s]/.test(value);
}

function isOneLine(value: string): boolean {
  return !/[\r\n\0]/.test(value);
}

function isNetwork(value: unknown): boolean {
  const [, address = '', bits] = /^([^/%]*)(?:\/(\d{1,3}))?$/.exec(typeof value === 'string' ? value : '') ?? [];
  const family = isIP(address);
  return family > 0 && Number(bits ?? 0) <= (family === 4 ? 32 : 128);
}

function isPattern(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && !/\{[^{}]*:/.test(value);
}

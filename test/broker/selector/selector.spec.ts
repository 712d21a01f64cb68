import fc from 'fast-check';
import { parseSelector } from '../../../lib/broker/selector/selector.js';
import { StompException } from '../../../lib/exceptions/stomp.exception.js';
import { HeaderList } from '../../../lib/utils/header-list.js';

const HEADERS = HeaderList.from([
  ['foo', 'bar'],
  ['foo', 'second'],
  ['price', '10.5'],
  ['count', '7'],
  ['zero', '0'],
  ['flag', 'true'],
  ['empty', ''],
  ['x-kind', 'a.b'],
  ['quote', "it's"],
  ['__proto__', 'own'],
]);

const wants = (selector: string): boolean => parseSelector(selector)(HEADERS);

describe('A selector', () => {
  it.each([
    // Spring's form and the short one
    "headers.foo == 'bar'",
    "foo == 'bar'",
    "foo = 'bar'",
    "headers.x-kind == 'a.b'",
    // comparisons
    "foo != 'baz'",
    "foo <> 'baz'",
    'price > 10',
    'price >= 10.5',
    'price < 11',
    'price <= 10.5',
    'count = 7',
    'count = 7.0',
    'zero = 0',
    '10 < price',
    "foo > 'abc'",
    'zero > -1',
    // joined
    "foo = 'bar' and price > 10",
    "foo = 'x' or price > 10",
    "foo = 'x' and price > 99 or count = 7",
    "foo = 'x' && price > 99 || count = 7",
    "not foo = 'x'",
    "!(foo = 'x')",
    "(foo = 'x' or foo = 'bar') and (count = 7)",
    "missing = null or foo = 'x'",
    "foo = 'bar' AND NOT price < 10 OR false",
    // lists
    "foo in ('x', 'bar')",
    'count IN (1, 7)',
    "not foo in ('x')",
    // truth
    'flag',
    'flag = true',
    'true',
    'not missing',
    // null equals only null
    'missing = null',
    'foo != null',
    'null = null',
    'missing != 5',
    "missing <> 'a'",
    // text
    "quote = 'it''s'",
    "empty = ''",
    "  foo\t=\n'bar'  ",
    "__proto__ = 'own'",
  ])('wants the message: %s', (selector) => {
    expect(wants(selector)).toBe(true);
  });

  it.each([
    "foo == 'second'",
    "foo == 'Bar'",
    'missing > 0',
    'missing < 0',
    'missing = 0',
    "missing = ''",
    'empty = 0',
    'empty < 1',
    'foo > 5',
    'foo < 5',
    'count < 7',
    'foo = 0',
    'not flag',
    'foo',
    'missing',
    'false',
    'flag = false',
    "foo in ('x', 'y')",
    'missing in (1)',
    "constructor = 'x'",
    'toString',
    'hasOwnProperty',
  ])('does not want the message: %s', (selector) => {
    expect(wants(selector)).toBe(false);
  });

  it('binds “not” before “and” before “or”', () => {
    expect(wants('not false and false')).toBe(false);
    expect(wants('true or true and false')).toBe(true);
    expect(wants('(true or true) and false')).toBe(false);
  });
});

describe('A selector that is no selector', () => {
  /** What has run code, read files, or kept a server busy elsewhere; and what is just wrong. */
  const HOSTILE = [
    'T(java.lang.Runtime).getRuntime().exec("id")',
    "new java.lang.ProcessBuilder('id').start()",
    "headers['foo'] == 'bar'",
    '#root.headers',
    "foo.constructor.constructor('return process')()",
    "process.mainModule.require('child_process')",
    'headers = 1; drop table x',
    "foo = 'bar' -- comment",
    'foo = "bar"',
    "foo like '%a%'",
    "foo matches '(a+)+$'",
    'foo =~ /(a+)+$/',
    '${7*7}',
    '`id`',
    "foo = 'unclosed",
    "'",
    '',
    '   ',
    'foo =',
    '= 1',
    'foo = = 1',
    'and',
    'foo and',
    '((foo = 1)',
    'foo = 1)',
    'foo in ()',
    'foo in (1,',
    'foo in 1',
    'foo bar',
    '1 2',
    '\u0000',
    'ⅷ = 1',
    '()',
    'not',
    `${'('.repeat(17)}true${')'.repeat(17)}`,
    '('.repeat(500),
    `${'not '.repeat(200)}true`,
    `${'!'.repeat(1_000)}true`,
    `foo = '${'x'.repeat(1_024)}'`,
  ];

  it.each(HOSTILE)('is refused: %j', (selector) => {
    const start = performance.now();
    expect(() => parseSelector(selector)).toThrow(StompException);
    expect(() => parseSelector(selector)).toThrow(/^The selector is malformed: .{5,90}\.$/);
    expect(performance.now() - start).toBeLessThan(100);
  });

  it('is not one that is as deep and as long as may be', () => {
    expect(wants(`${'('.repeat(16)}true${')'.repeat(16)}`)).toBe(true);
    expect(wants("foo = 'bar' and ".repeat(60) + 'true')).toBe(true);
    expect(wants(`foo = 'bar' or foo = '${'x'.repeat(990)}'`)).toBe(true);
  });

  it('never throws anything else, and never takes long', () => {
    const part = fc.constantFrom(
      ...[
        'foo',
        "'a'",
        '1',
        '-',
        '=',
        '<',
        '(',
        ')',
        'not ',
        ' and ',
        ' or ',
        ' in ',
        ',',
        '!',
        'headers.',
        ' ',
        '.',
        "'",
        'é',
      ],
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        const start = performance.now();
        try {
          expect(typeof wants(parts.join(''))).toBe('boolean');
        } catch (error) {
          expect(error).toMatchObject({ code: 'STOMP_ERR_SELECTOR' });
        }
        expect(performance.now() - start).toBeLessThan(200);
      }),
      { numRuns: 2_000 },
    );
  });
});

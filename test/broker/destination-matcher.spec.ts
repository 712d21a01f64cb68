import fc from 'fast-check';
import { DestinationMatcher, isPattern } from '../../lib/broker/destination-matcher.js';
import { StompException } from '../../lib/exceptions/stomp.exception.js';

/** The patterns of the list that match the destination. */
function matching(patterns: readonly string[], destination: string, separator = '/'): string[] {
  const matcher = new DestinationMatcher<string>(separator);
  for (const pattern of patterns) matcher.add(pattern, pattern);
  const found: string[] = [];
  matcher.match(destination, (pattern) => found.push(pattern));
  return found;
}

const matches = (pattern: string, destination: string, separator?: string): boolean =>
  matching([pattern], destination, separator).length === 1;

describe('A pattern', () => {
  it.each([
    ['/topic/a', '/topic/a'],
    ['/topic/*', '/topic/a'],
    ['/topic/*/c', '/topic/b/c'],
    ['/topic/{room}', '/topic/a'],
    ['/topic/{}', '/topic/a'],
    ['/topic/**', '/topic'],
    ['/topic/**', '/topic/a'],
    ['/topic/**', '/topic/a/b/c'],
    ['/topic/**/c', '/topic/c'],
    ['/topic/**/c', '/topic/a/b/c'],
    ['/topic/**/c', '/topic/c/c'],
    ['/topic/**/a/**/c', '/topic/x/a/y/z/c'],
    ['/topic/**/**', '/topic/a'],
    ['/**', '/topic/a'],
    ['/topic/a?c', '/topic/abc'],
    ['/topic/???', '/topic/abc'],
    ['/topic/a*', '/topic/a'],
    ['/topic/a*', '/topic/abc'],
    ['/topic/*c', '/topic/abc'],
    ['/topic/*b*', '/topic/abc'],
    ['/topic/a*c*e', '/topic/abcde'],
    ['/topic/*?c', '/topic/abc'],
    ['/topic/*b?d*', '/topic/abcbxdz'],
    ['/topic/price.{stock}', '/topic/price.NEST'],
    ['/topic/{a}-{b}', '/topic/x-y'],
    ['/topic/a**c', '/topic/abbc'],
    ['/topic/*a*a*a*ab', '/topic/aaaaaab'],
    ['/topic/{unclosed', '/topic/{unclosed'],
    ['/topic/a.b', '/topic/a.b'],
    ['/topic/a+(b)$', '/topic/a+(b)$'],
  ])('%s matches %s', (pattern, destination) => {
    expect(matches(pattern, destination)).toBe(true);
  });

  it.each([
    ['/topic/a', '/topic/b'],
    ['/topic/a', '/topic/A'],
    ['/topic/a', '/topic/a/'],
    ['/topic/*', '/topic'],
    ['/topic/*', '/topic/'],
    ['/topic/{room}', '/topic/'],
    ['/topic/*', '/topic/a/b'],
    ['/topic/*/c', '/topic/c'],
    ['/topic/**/c', '/topic/c/d'],
    ['/topic/**', '/topics'],
    ['/topic/**', '/queue/a'],
    ['/topic/a?c', '/topic/ac'],
    ['/topic/a?c', '/topic/abbc'],
    ['/topic/???', '/topic/ab'],
    ['/topic/a*c', '/topic/ac/c'],
    ['/topic/a*a', '/topic/a'],
    ['/topic/*b?d*', '/topic/bd'],
    ['/topic/a.b', '/topic/axb'],
    ['/topic/[a-z]*', '/topic/b'],
    ['/topic/*a*a*a*ab', '/topic/aaaaaa'],
  ])('%s does not match %s', (pattern, destination) => {
    expect(matches(pattern, destination)).toBe(false);
  });

  it('divides at the separator that was chosen', () => {
    expect(matches('/topic/price.*', '/topic/price.NEST', '.')).toBe(true);
    expect(matches('/topic/price.*', '/topic/price.NEST.bid', '.')).toBe(false);
    expect(matches('/topic/price.**', '/topic/price.NEST.bid', '.')).toBe(true);
  });

  it.each(['/topic/{id:[0-9]+}', '/topic/{id:(a+)+$}', '/topic/x{:', '/topic/{a:', '/{a:/b}'])(
    'with a regular expression is refused: %s',
    (pattern) => {
      expect(() => matches(pattern, '/topic/1')).toThrow(StompException);
    },
  );

  it('is what has a wildcard', () => {
    expect(['/topic/*', '/topic/a?', '/topic/{a}', '/**'].every(isPattern)).toBe(true);
    expect(['/topic/a', '/topic/a}', '', '/topic/[a-z]+'].some(isPattern)).toBe(false);
  });
});

describe('DestinationMatcher', () => {
  it('visits each value once for each of its patterns, by however many ways it is reached', () => {
    expect(matching(['/**/a/**', '/**/**/a', '/topic/**'], '/topic/a/a/a')).toEqual(
      expect.arrayContaining(['/**/a/**', '/**/**/a', '/topic/**']),
    );
    expect(matching(['/**/a/**'], '/a/a/a/a')).toHaveLength(1);
  });

  it('forgets what is removed and keeps the others', () => {
    const matcher = new DestinationMatcher<number>('/');
    const patterns = ['/topic/*', '/topic/a*', '/topic/**', '/topic/**/c', '/topic/{x}', '/topic/a'];
    patterns.forEach((pattern, index) => matcher.add(pattern, index));
    const found = (destination: string): number[] => {
      const values: number[] = [];
      matcher.match(destination, (value) => values.push(value));
      return values.toSorted((a, b) => a - b);
    };
    expect(found('/topic/a')).toEqual([0, 1, 2, 4, 5]);
    matcher.remove('/topic/**', 2);
    expect(found('/topic/a')).toEqual([0, 1, 4, 5]);
    expect(found('/topic/b/c')).toEqual([3]);
    // "*" and "{x}" are one place in the tree, but not one value.
    matcher.remove('/topic/*', 0);
    matcher.remove('/topic/*', 0);
    matcher.remove('/never/added', 0);
    expect(found('/topic/a')).toEqual([1, 4, 5]);
    for (const [index, pattern] of patterns.entries()) matcher.remove(pattern, index);
    expect(found('/topic/a')).toEqual([]);
  });

  it('keeps nothing of a pattern that it refuses', () => {
    const matcher = new DestinationMatcher<number>('/');
    expect(() => matcher.add(`/topic/a/*${'x'.repeat(40)}*`, 1)).toThrow(StompException);
    matcher.match('/topic/a/b', () => expect(true).toBe(false));
  });

  it('matches as a slow and simple matcher does', () => {
    const segment = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'ab', '') },
      { weight: 3, arbitrary: fc.constantFrom('*', '**', '{v}', '?', 'a*', '*b', 'a?', '*a*', '**b', 'a{v}b') },
      { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), minLength: 1, maxLength: 6 }) },
    );
    const pattern = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => segments.join('/'));
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 4 });
    const destination = fc.array(text, { minLength: 1, maxLength: 6 }).map((segments) => segments.join('/'));
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 8 }), fc.array(destination, { maxLength: 8 }), (patterns, names) => {
        const distinct = [...new Set(patterns)];
        for (const name of names) {
          const expected = distinct.filter((one) => naive(one.split('/'), name.split('/')));
          expect(matching(distinct, name).toSorted()).toEqual(expected.toSorted());
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('matches in the end as if what was removed had never been there', () => {
    const pattern = fc.constantFrom('/a', '/*', '/**', '/a/**', '/a/*', '/a*', '/**/b', '/{x}/b', '/a/**/b/**');
    const steps = fc.array(fc.tuple(fc.boolean(), pattern, fc.nat(2)), { maxLength: 30 });
    fc.assert(
      fc.property(steps, (all) => {
        const matcher = new DestinationMatcher<string>('/');
        const present = new Set<string>();
        for (const [isAdded, source, number] of all) {
          const value = `${source} ${number}`;
          if (isAdded) matcher.add(source, value);
          else matcher.remove(source, value);
          if (isAdded) present.add(value);
          else present.delete(value);
        }
        for (const name of ['/a', '/b', '/a/b', '/ab', '/a/x/b/y']) {
          const found: string[] = [];
          matcher.match(name, (value) => found.push(value));
          const expected = [...present].filter((value) => naive(value.split(' ')[0]!.split('/'), name.split('/')));
          expect(found.toSorted()).toEqual(expected.toSorted());
        }
      }),
    );
  });
});

/** What the words of the documentation mean, without any thought of speed. */
function naive(pattern: readonly string[], destination: readonly string[]): boolean {
  const [first, ...others] = pattern;
  if (first === undefined) return destination.length === 0;
  if (first === '**') return destination.some((_, at) => naive(others, destination.slice(at))) || naive(others, []);
  if (destination.length === 0) return false;
  const [text, ...rest] = destination;
  if (/^(?:\*|\{[^{}]*\})$/.test(first) ? text === '' : !naiveSegment(first.replace(/\{[^{}]*\}/g, '*'), text!)) {
    return false;
  }
  return naive(others, rest);
}

function naiveSegment(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern.startsWith('*')) {
    return naiveSegment(pattern.slice(1), text) || (text !== '' && naiveSegment(pattern, text.slice(1)));
  }
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && naiveSegment(pattern.slice(1), text.slice(1));
}

describe('The time that matching takes', () => {
  /** The machine may do other things too, now and then. */
  const quickestOf = (work: () => void): number => {
    const times = Array.from({ length: 4 }, () => {
      const start = performance.now();
      work();
      return performance.now() - start;
    });
    return Math.min(...times);
  };

  const timeOf = (patterns: readonly string[], destination: string): number => {
    const matcher = new DestinationMatcher<number>('/');
    patterns.forEach((pattern, index) => matcher.add(pattern, index));
    return quickestOf(() => matcher.match(destination, () => {}));
  };

  /** Each has stopped a server whose patterns become regular expressions. */
  const HOSTILE = [
    '/topic/*a*a*a*ab',
    `/topic/${'*a'.repeat(30)}b`,
    `/topic/${'*'.repeat(60)}b`,
    `/topic/${'*?'.repeat(30)}b`,
    `/topic/${'{v}a'.repeat(20)}b`,
    `/topic/*${'a?'.repeat(15)}b*`,
    `/topic/*${'a'.repeat(30)}b*`,
    `/topic/${'a*'.repeat(30)}?b`,
  ];

  it.each(HOSTILE)('is in proportion to the destination for %s', (pattern) => {
    const at = (length: number): number => timeOf([pattern], `/topic/${'a'.repeat(length)}`);
    expect(at(80_000)).toBeLessThan(50);
    // Twice the length costs twice the time; a machine that does other things too is given more.
    expect(at(80_000)).toBeLessThan(5 * at(20_000) + 20);
  });

  /** How long this machine takes just now to read a destination for each of a thousand patterns, character by character. */
  const readingTime = (text: string): number => {
    const start = performance.now();
    let sum = 0;
    for (let pattern = 0; pattern < 1_000; pattern++) {
      for (let at = 0; at < text.length; at++) sum = (sum << 1) ^ text.charCodeAt(at);
    }
    return performance.now() - start + Math.min(0, Math.abs(sum));
  };

  it.each<[string, (number: number) => string]>([
    ['many stars', (i) => `/topic/${'*a'.repeat(i % 50)}*${i}*ab`],
    ['a late end', (i) => `/topic/*a*${i}*`],
    ['a long part', (i) => `/topic/*${'a'.repeat(25)}${i}*`],
    ['a long part with ?', (i) => `/topic/*${'a?'.repeat(12)}${i}*`],
    ['many ?', (i) => `/topic/${'?*'.repeat(50)}${i}`],
  ])('is about that of reading 10,000 characters for each of a thousand patterns with %s', (_, patternOf) => {
    const destination = `/topic/${'a'.repeat(10_000)}`;
    const patterns = Array.from({ length: 1_000 }, (__, i) => patternOf(i));
    readingTime(destination);
    expect(timeOf(patterns, destination)).toBeLessThan(50 + 10 * readingTime(destination));
  });

  it('is at most 50 ms for a thousand patterns such as people write, and a destination of 10,000 characters', () => {
    const destination = `/topic/${'a'.repeat(10_000)}`;
    const shapes = [
      '/topic/*',
      '/topic/#*',
      '/topic/*#',
      '/topic/room.{id}.#',
      '/topic/**/#',
      '/topic/??#',
      '/topic/{id}/#',
    ];
    const patterns = Array.from({ length: 1_000 }, (_, i) => shapes[i % shapes.length]!.replace('#', `${i}`));
    expect(timeOf(patterns, destination)).toBeLessThan(50);
  });

  it('is harmless for a destination of 10,000 levels', () => {
    const patterns = ['/**', '/**/*/**/*/**', '/*/**/b', `/${'*/'.repeat(60)}**`, `/${'**/'.repeat(60)}b`];
    expect(timeOf(patterns, '/a'.repeat(10_000))).toBeLessThan(200);
    expect(timeOf(patterns, '/'.repeat(10_000))).toBeLessThan(200);
  });

  it('does not depend on the number of patterns that do not match', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `/topic/${i}/*`);
    expect(timeOf(many, '/topic/777/x')).toBeLessThan(5);
  });

  it.each([
    ['end', (i: number) => `/topic/*.g${i}`, '/topic/x.g777'],
    ['begin', (i: number) => `/topic/g${i}.*`, '/topic/g777.x'],
    ['end, behind letters that stand for any', (i: number) => `/topic/??*?.g${i}`, '/topic/abc.g777'],
  ])('does not depend on the number of patterns that %s otherwise', (_, pattern, destination) => {
    const at = (count: number): number => {
      const matcher = new DestinationMatcher<number>('/');
      for (let i = 0; i < count; i++) matcher.add(pattern(700 + i), i);
      return quickestOf(() => {
        for (let look = 0; look < 2_000; look++) matcher.match(destination, () => {});
      });
    };
    at(100);
    expect(at(20_000)).toBeLessThan(10 * at(100) + 20);
  });

  it('is bounded for each pattern: those that are deeper or longer than anyone needs are refused', () => {
    const refused = [
      `/topic${'/*'.repeat(64)}`,
      '/**'.repeat(5_000),
      '/'.repeat(8_000),
      `/topic/*${'a'.repeat(32)}*`,
      `/topic/${'?*'.repeat(1_000)}`,
    ];
    for (const pattern of refused) {
      expect(() => new DestinationMatcher('/').add(pattern, 1)).toThrow(StompException);
    }
  });
});

import { DestinationPattern, segmentsOf } from '../../lib/utils/destination-pattern.js';

function match(pattern: string, destination: string, separator = '/') {
  const variables = new DestinationPattern(pattern, separator).match(segmentsOf(destination, separator));
  return variables && { ...variables };
}

describe('A destination pattern', () => {
  it.each([
    ['/a/b', '/a/b', {}],
    ['a/b', '/a/b', {}],
    ['/a/b', '/a/b/', undefined],
    ['/a/b', '/A/b', undefined],
    ['/a/?', '/a/x', {}],
    ['/a/?', '/a/xy', undefined],
    ['/a/?', '/a/', undefined],
    ['/a/*', '/a/xyz', {}],
    ['/a/*', '/a/', undefined],
    ['/a/*', '/a/b/c', undefined],
    ['/a/*.json', '/a/b.json', {}],
    ['/a/*.json', '/a/b.xml', undefined],
    ['/a/x*y*z', '/a/xaybyz', {}],
    ['/**', '/', {}],
    ['/**', '/a/b/c', {}],
    ['/a/**', '/a', {}],
    ['/a/**', '/b', undefined],
    ['/a/**/z', '/a/z', {}],
    ['/a/**/z', '/a/b/z/c/z', {}],
    ['/a/**/z', '/a/b/z/c', undefined],
    ['/**/b/**/c', '/a/b/x/b/c', {}],
    ['/room/{id}', '/room/7', { id: '7' }],
    ['/room/{id}', '/room/', undefined],
    ['/room/{id}/{sub-id}', '/room/7/8', { id: '7', 'sub-id': '8' }],
    ['/**/{last}', '/a/b/c', { last: 'c' }],
    ['/price-{symbol}.{type}', '/price-NEST.last', { symbol: 'NEST', type: 'last' }],
    ['/{a}-{b}', '/x', undefined],
    ['/{n:[0-9]+}', '/42', { n: '42' }],
    ['/{n:[0-9]+}', '/4x', undefined],
    ['/{n:[0-9]{2}}', '/42', { n: '42' }],
    ['/{n:(a|b)+}-{m}.?', '/ab-c.d', { n: 'ab', m: 'c' }],
    ['/{path:a/b}/c', '/x/c', undefined],
    ['/{__proto__}', '/x', JSON.parse('{"__proto__":"x"}')],
  ])('%s on %s gives %j', (pattern, destination, expected) => {
    expect(match(pattern, destination)).toEqual(expected);
  });

  it('is divided by dots if they separate', () => {
    expect(match('a.{b}.**', 'a.x/y.c.d', '.')).toEqual({ b: 'x/y' });
    expect(match('/a.b', 'a.b', '.')).toEqual({});
    expect(match('{v:a.c}', 'abc', '.')).toEqual({ v: 'abc' });
  });

  it.each([
    ['/{a', /not closed/],
    ['/a}', /closes nothing/],
    ['/{}', /form \{name\}/],
    ['/{a b}', /form \{name\}/],
    ['/{a:}', /form \{name\}/],
    ['/{a}/{a}', /"a" is there twice/],
    ['/{a:(}', /regular expression/i],
  ])('cannot be %s', (pattern, message) => {
    expect(() => new DestinationPattern(pattern)).toThrow(message);
  });

  it('that says more comes before one that says less', () => {
    const sorted = ['/a/b/c', '/a/{x}/c', '/a/{x}/*', '/a/*/*', '/a/b/**', '/a/**', '/**'];
    const patterns = sorted.toReversed().map((source) => new DestinationPattern(source));
    expect(patterns.sort(DestinationPattern.compare).map(({ source }) => source)).toEqual(sorted);
  });

  it('has the same place as another only if they match the same', () => {
    const compare = (a: string, b: string) =>
      DestinationPattern.compare(new DestinationPattern(a), new DestinationPattern(b));
    expect(compare('/{a}/b', '/{c}/b')).toBe(0);
    expect(compare('/x/{c}', '/{a}/b')).toBeLessThan(0);
    expect(compare('/{a}/b', '/x/{c}')).toBeGreaterThan(0);
  });

  it('takes time in proportion to a destination that was made to cost much', () => {
    const time = (length: number): number => {
      const pattern = new DestinationPattern('/*a*a*a*a*a*b/**/x/**/x/**/y');
      const destination = segmentsOf(`/${'a'.repeat(length)}b${'/x'.repeat(length)}`, '/');
      const start = performance.now();
      for (let i = 0; i < 5; i++) pattern.match(destination);
      return performance.now() - start;
    };
    time(1_000);
    expect(time(20_000)).toBeLessThan(2_000);
  });
});

import { HeaderList, type HeaderValue } from '../../lib/utils/header-list.js';

describe('HeaderList', () => {
  const repeated = () =>
    HeaderList.from([
      ['foo', 'World'],
      ['bar', 'x'],
      ['foo', 'Hello'],
    ]);

  it('lets the first entry of a name count', () => {
    expect(repeated().get('foo')).toBe('World');
    expect(repeated().getAll('foo')).toEqual(['World', 'Hello']);
    expect(repeated().size).toBe(3);
  });

  it('knows nothing of what is not there', () => {
    const headers = repeated();
    expect(headers.get('toString')).toBeUndefined();
    expect(headers.has('constructor')).toBe(false);
    expect(headers.getAll('baz')).toEqual([]);
    expect(headers.delete('baz')).toBe(false);
  });

  it('tells names once, entries in their order', () => {
    expect(repeated().keys()).toEqual(['foo', 'bar']);
    expect([...repeated()]).toEqual([
      ['foo', 'World'],
      ['bar', 'x'],
      ['foo', 'Hello'],
    ]);
    const visited: string[] = [];
    repeated().forEach((name, value) => visited.push(`${name}=${value}`));
    expect(visited).toEqual(['foo=World', 'bar=x', 'foo=Hello']);
  });

  it('replaces all entries of a name by one at the end', () => {
    expect([...repeated().set('foo', 'one')]).toEqual([
      ['bar', 'x'],
      ['foo', 'one'],
    ]);
  });

  it('deletes all entries of a name', () => {
    const headers = repeated();
    expect(headers.delete('foo')).toBe(true);
    expect([...headers]).toEqual([['bar', 'x']]);
  });

  it('distinguishes an empty value from none', () => {
    const headers = new HeaderList().append('empty', '');
    expect(headers.get('empty')).toBe('');
    expect(headers.has('empty')).toBe(true);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])(
    'treats %s as a header like any other',
    (name) => {
      const headers = new HeaderList().append(name, 'a').append(name, 'b');
      expect(headers.get(name)).toBe('a');
      expect(headers.getAll(name)).toEqual(['a', 'b']);
      expect(headers.keys()).toEqual([name]);
      expect(Object.getPrototypeOf(headers)).toBe(HeaderList.prototype);
      expect(headers.delete(name)).toBe(true);
      expect(headers.size).toBe(0);
      expect(({} as Record<string, unknown>)['a']).toBeUndefined();
    },
  );

  it('is made from an object, a Map, pairs or another list', () => {
    const expected = [
      ['a', '1'],
      ['b', 'true'],
    ];
    expect([...HeaderList.from({ a: 1, b: true })]).toEqual(expected);
    expect([...HeaderList.from(new Map<string, HeaderValue>(Object.entries({ a: 1, b: true })))]).toEqual(expected);
    expect([...HeaderList.from(HeaderList.from({ a: '1', b: 'true' }))]).toEqual(expected);
    expect(HeaderList.from().size).toBe(0);
  });

  it('leaves out null and undefined', () => {
    expect([...HeaderList.from({ a: null, b: undefined, c: 0, d: '' })]).toEqual([
      ['c', '0'],
      ['d', ''],
    ]);
  });

  it('shares nothing with its clone', () => {
    const headers = repeated();
    const clone = headers.clone().set('foo', 'other');
    expect(headers.get('foo')).toBe('World');
    expect(clone.get('foo')).toBe('other');
  });
});

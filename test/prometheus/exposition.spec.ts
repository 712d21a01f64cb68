import { parseExposition } from './exposition.js';

const HEAD = '# HELP m Help.\n# TYPE m gauge\n';

describe('The parser of the exposition format', () => {
  it('reads names, types, labels with escapes and values', () => {
    expect(parseExposition(`${HEAD}m 1\nm{a="\\"\\\\n\\n",b=""} -1.5e+3\n`)).toEqual([
      {
        ...{ name: 'm', type: 'gauge', help: 'Help.' },
        samples: [
          { labels: {}, value: 1 },
          { labels: { a: '"\\n\n', b: '' }, value: -1500 },
        ],
      },
    ]);
  });

  it.each([
    ['no line feed at the end', `${HEAD}m 1`],
    ['a sample without TYPE', 'm 1\n'],
    ['TYPE without HELP', '# TYPE m gauge\nm 1\n'],
    ['an unknown type', '# HELP m Help.\n# TYPE m number\nm 1\n'],
    ['another name than that of TYPE', `${HEAD}n 1\n`],
    ['a metric twice', `${HEAD}m 1\n${HEAD}m{a="b"} 1\n`],
    ['a sample twice', `${HEAD}m{a="b",c="d"} 1\nm{c="d",a="b"} 2\n`],
    ['a value that is no number', `${HEAD}m undefined\n`],
    ['a label without quotes', `${HEAD}m{a=b} 1\n`],
    ['a quote that is not escaped', `${HEAD}m{a="""} 1\n`],
    ['an escape that there is not', `${HEAD}m{a="\\t"} 1\n`],
    ['a line feed in a label', `${HEAD}m{a="\n"} 1\n`],
    ['a label twice', `${HEAD}m{a="b",a="b"} 1\n`],
    ['a label of no name', `${HEAD}m{1="b"} 1\n`],
    ['a comma at the end', `${HEAD}m{a="b",} 1\n`],
    ['an empty line', `${HEAD}m 1\n\n`],
  ])('refuses %s', (_, text) => {
    expect(() => parseExposition(text)).toThrow();
  });
});

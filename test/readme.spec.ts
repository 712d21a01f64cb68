import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_OPTIONS } from '../lib/options/stomp-options.js';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
const optionsTable = readme.slice(readme.indexOf('## Options'), readme.indexOf('## Not there yet'));
const { broker, transport, ...others } = DEFAULT_OPTIONS;
const { kind: _kind, ...brokerOptions } = broker;
const names = Object.keys({ ...others, ...brokerOptions, ...transport });

describe('The README', () => {
  it.each(names)('tells what the option %s does', (name) => {
    expect(optionsTable).toMatch(new RegExp(`^\\|[^|]*\\b${name}\\b`, 'm'));
  });

  it('shows a whole application in its first thirty lines', () => {
    const start = readme.split('\n').slice(0, 30).join('\n');
    expect(start).toMatch(/```ts\n.*@MessageMapping.*StompModule\.forRoot.*app\.listen.*\n```/s);
  });
});

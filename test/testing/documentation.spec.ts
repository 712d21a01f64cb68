import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StompTestClient, stompMatchers } from 'nestjs-stomp/testing';

const read = (...path: string[]): string => readFileSync(join(import.meta.dirname, ...path), 'utf8');
const documentation = read('../../docs/testing.md');

describe('docs/testing.md', () => {
  it('shows a test that runs as it is', () => {
    const [, example] = /```ts\n(.*?)```/s.exec(documentation)!;
    expect(example).toBe(read('chat.spec.ts'));
  });

  it('tells of every method of the client', () => {
    const names = Object.getOwnPropertyNames(StompTestClient.prototype).filter((name) => name !== 'constructor');
    const isTold = (name: string): boolean =>
      documentation.includes(`\`${name}`) || documentation.includes(`client.${name}`);
    expect(names.filter((name) => !isTold(name))).toEqual([]);
  });

  it.each(Object.keys(stompMatchers))('tells of the matcher %s', (name) => {
    expect(documentation).toContain(`.${name}(`);
  });
});

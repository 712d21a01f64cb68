import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const samples = readdirSync(join(ROOT, 'sample')).filter((name) =>
  existsSync(join(ROOT, 'sample', name, 'package.json')),
);

/** Those before are whole applications. */
const themes = samples.filter((name) => name >= '04');

const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');
const readJson = (...path: string[]): any => JSON.parse(read(...path));

function filesOf(folder: string, end: string): string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith(end)).map((file) => join(folder, file));
}

describe.each(samples)('The sample %s', (name) => {
  const { projects } = readJson('nest-cli.json');
  const description = readJson('sample', name, 'package.json');

  it('is a workspace that depends on the package by its name', () => {
    expect(description).toMatchObject({ name, private: true, dependencies: { 'nestjs-stomp': 'file:../..' } });
    expect(readJson('package-lock.json').packages).toHaveProperty(
      [`sample/${name}`, 'dependencies'],
      description.dependencies,
    );
  });

  it('can be started by `npm start`', () => {
    expect(projects[name]).toMatchObject({
      root: `sample/${name}`,
      sourceRoot: `sample/${name}/src`,
      compilerOptions: { tsConfigPath: `sample/${name}/tsconfig.json` },
    });
    expect(existsSync(join(ROOT, 'sample', name, 'src/main.ts'))).toBe(true);
  });

  it('compiles as `npm run typecheck` checks it', () => {
    const { include, compilerOptions } = readJson('tsconfig.json');
    const { rootDir, outDir, types, ...options } = readJson('sample', name, 'tsconfig.json').compilerOptions;
    expect({ rootDir, outDir, types }).toEqual({ rootDir: 'src', outDir: 'dist', types: ['node'] });
    expect(compilerOptions).toMatchObject(options);
    expect(include).toContain('sample/*/src');
  });

  it('says in its README how to start it, and is in the table of the package’s', () => {
    expect(read('sample', name, 'README.md')).toContain(
      name.startsWith('01') ? '\nnpm start\n' : `\nnpm start -- ${name}\n`,
    );
    expect(read('README.md')).toContain(`](sample/${name})`);
  });

  it('has a test', () => {
    expect(filesOf(`sample/${name}/test`, '.spec.ts')).not.toEqual([]);
  });

  it('imports what its package.json names, and nothing of the package but what is public', () => {
    const imports = filesOf(`sample/${name}/src`, '.ts').flatMap((file) =>
      [...read(file).matchAll(/ from '([^.][^']*)'/g)].map(([, from]) => from!),
    );
    const packages = imports
      .map((from) => /^(?:@[^/]+\/)?[^/]+/.exec(from)![0])
      .filter((from) => !from.startsWith('node:'));
    expect(Object.keys(description.dependencies)).toEqual(expect.arrayContaining([...new Set(packages)]));
    const publicPaths = Object.keys(readJson('package.json').exports).map((path) => join('nestjs-stomp', path));
    expect(publicPaths).toEqual(expect.arrayContaining(imports.filter((from) => /^nestjs-stomp(?:\/|$)/.test(from))));
  });
});

it.each(themes)('The sample %s shows its theme in a hundred lines', (name) => {
  const lines = filesOf(`sample/${name}/src`, '.ts').flatMap((file) => read(file).trimEnd().split('\n'));
  expect(lines.length).toBeLessThanOrEqual(100);
});

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const LIB = fileURLToPath(new URL('../lib', import.meta.url));

/** Which folder may import which. Whatever is not here sees everything. */
const ALLOWED: Record<string, readonly string[]> = {
  utils: [],
  exceptions: [],
  frame: ['exceptions', 'utils'],
  messaging: ['exceptions', 'utils'],
  transport: ['exceptions', 'utils'],
  session: ['frame', 'messaging', 'transport', 'exceptions', 'utils'],
  broker: ['frame', 'messaging', 'exceptions', 'utils'],
  security: ['messaging', 'session', 'exceptions', 'utils'],
  user: ['messaging', 'exceptions', 'utils'],
  cluster: ['messaging', 'session', 'exceptions', 'utils'],
  msgpack: ['messaging', 'options', 'exceptions', 'utils'],
  options: ['broker', 'messaging', 'security', 'exceptions', 'utils'],
  stats: ['broker', 'cluster', 'frame', 'messaging', 'session', 'transport', 'exceptions', 'utils'],
  prometheus: ['stats'],
  redis: ['broker', 'cluster', 'messaging', 'exceptions', 'utils'],
  terminus: ['stats'],
  decorators: ['messaging', 'session', 'exceptions', 'utils', 'stomp.constants.ts'],
  handler: ['decorators', 'messaging', 'security', 'session', 'exceptions', 'utils', 'stomp.constants.ts'],
  gateway: ['handler', 'messaging', 'session', 'exceptions', 'utils', 'stomp.constants.ts'],
  asyncapi: [
    'decorators',
    'handler',
    'messaging',
    'options',
    'utils',
    'stomp.constants.ts',
    'stomp.handlers.ts',
    'stomp.runtime.ts',
  ],
};

/** These know nothing of Nest. */
const WITHOUT_NEST = [
  'utils',
  'exceptions',
  'frame',
  'messaging',
  'transport',
  'session',
  'broker',
  'security',
  'user',
  'cluster',
  'options',
  'msgpack',
  'stats',
  'prometheus',
  'redis',
];

/** Shapes without code: everyone may import them, and they may name the types that they are made of. */
const SHAPES = 'interfaces';

const IMPORT = /^\s*(?:import|export)\s+(type\s)?[^'"]*?from\s+['"]([^'"]+)['"]/gm;

interface Import {
  readonly file: string;
  readonly layer: string;
  readonly target: string;
  readonly isTypeOnly: boolean;
}

const imports = filesOf(LIB).flatMap(importsOf);

describe('The layers of lib', () => {
  it('are all seen by this test', () => {
    expect(imports.length).toBeGreaterThan(100);
    for (const layer of Object.keys(ALLOWED)) expect(readdirSync(LIB)).toContain(layer);
  });

  it('import downwards only', () => {
    const wrong = imports.filter(
      ({ layer, target, isTypeOnly }) =>
        target.startsWith('.') && !isAllowed(layer, layerOf(target.slice(1)), isTypeOnly),
    );
    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  it('of the protocol, messaging, transport, session and broker know nothing of Nest', () => {
    const wrong = imports.filter(({ layer, target }) => WITHOUT_NEST.includes(layer) && target.startsWith('@nestjs/'));
    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  it('reach into the inner files of Nest in one place only', () => {
    const deep = imports
      .filter(({ target, isTypeOnly }) => !isTypeOnly && /^@nestjs\/[^/]+\//.test(target))
      .map(({ file }) => file);
    expect([...new Set(deep)].length).toBeLessThanOrEqual(1);
  });

  it('load no optional peer from the main entry, which must work without', () => {
    const { peerDependenciesMeta } = JSON.parse(readFileSync(join(LIB, '../package.json'), 'utf8')) as {
      peerDependenciesMeta: Record<string, unknown>;
    };
    const loaded = new Set(['.index.ts']);
    for (const file of loaded) {
      for (const { file: importer, target, isTypeOnly } of imports) {
        if (`.${importer}` === file && !isTypeOnly) loaded.add(target);
      }
    }
    expect(loaded.size).toBeGreaterThan(100);
    expect(Object.keys(peerDependenciesMeta)).toContain('@nestjs/terminus');
    expect(Object.keys(peerDependenciesMeta).filter((name) => loaded.has(name))).toEqual([]);
  });

  it('have no circle of files that need each other when they are loaded', () => {
    const needs = new Map<string, string[]>();
    for (const { file, target, isTypeOnly } of imports) {
      if (!isTypeOnly && target.startsWith('.')) needs.set(file, [...(needs.get(file) ?? []), target.slice(1)]);
    }
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, way: readonly string[]): void => {
      if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' -> '));
      else if (!done.has(file)) {
        for (const next of needs.get(file) ?? []) visit(next, [...way, file]);
        done.add(file);
      }
    };
    for (const file of needs.keys()) visit(file, []);
    expect(circles).toEqual([]);
  });
});

function isAllowed(from: string, to: string, isTypeOnly: boolean): boolean {
  if (from === to || !(from in ALLOWED) || (to === SHAPES && isTypeOnly)) return true;
  return ALLOWED[from]!.includes(to);
}

function layerOf(file: string): string {
  return file.split('/')[0]!;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Targets within lib begin with a dot and are relative to lib. */
function importsOf(path: string): Import[] {
  const file = relative(LIB, path);
  return [...readFileSync(path, 'utf8').matchAll(IMPORT)].map(([, type, target]) => ({
    file,
    layer: layerOf(file),
    target: target!.startsWith('.')
      ? `.${relative(LIB, resolve(dirname(path), target!)).replace(/\.js$/, '.ts')}`
      : target!,
    isTypeOnly: type !== undefined,
  }));
}

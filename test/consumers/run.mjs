// Packs the built package and installs it into applications as strangers write them. `npm run test:consumers` runs this alone.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const AT_ONCE = 2;
// The newest and the oldest minor version of each Nest; ESM and CommonJS.
const CONSUMERS = [
  { nest: '11', type: 'commonjs' },
  { nest: '11', type: 'module' },
  { nest: '11.0', type: 'module' },
  { nest: '12', type: 'commonjs' },
  { nest: '12', type: 'module' },
  { nest: '12.0', type: 'commonjs' },
];
const TSCONFIG = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2023',
    types: ['node'],
    strict: true,
    esModuleInterop: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    skipLibCheck: true,
    rootDir: 'src',
    outDir: 'dist',
  },
  include: ['src'],
};
const exec = promisify(execFile);
const packageJson = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
const folder = await mkdtemp(join(tmpdir(), 'nestjs-stomp-consumers-'));
const counts = { passed: 0, failed: 0 };

try {
  const tarball = await pack();
  await check('npm pack yields what a user needs and nothing else', () => checkContents(tarball.files));
  const consumers = [...CONSUMERS];
  const next = async () => {
    for (let consumer = consumers.shift(); consumer; consumer = consumers.shift()) {
      const { nest, type } = consumer;
      const name = `Nest ${nest}, ${type === 'module' ? 'ESM' : 'CommonJS'}`;
      await check(`an application on ${name}`, () => runConsumer(nest, type, join(folder, tarball.filename)));
      await check(`the enhancer matrix on ${name}`, () => runMatrix(nest, type));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;

async function check(name, test) {
  const start = performance.now();
  try {
    const result = await test();
    counts.passed++;
    console.log(`  ✓ ${name}${result ? `: ${result}` : ''} (${Math.round(performance.now() - start)} ms)`);
  } catch (error) {
    counts.failed++;
    console.log(`  ✗ ${name}\n${[error.message, error.stdout, error.stderr].filter(Boolean).join('\n')}`);
  }
}

async function pack() {
  const { stdout } = await exec('npm', ['pack', '--json', '--ignore-scripts', `--pack-destination=${folder}`], {
    cwd: ROOT,
  });
  return JSON.parse(stdout)[0];
}

function checkContents(files) {
  const paths = files.map(({ path }) => path);
  const isWanted = (path) =>
    ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'].includes(path) || /^dist\/.+\.(js|d\.ts)$/.test(path);
  assert.deepEqual(
    paths.filter((path) => !isWanted(path)),
    [],
    'files that nobody needs',
  );
  const promised = Object.values(packageJson.exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );
  for (const path of ['CHANGELOG.md', 'LICENSE', 'README.md', ...promised]) {
    assert.ok(paths.includes(path.replace('./', '')), `${path} is missing`);
  }
}

async function runConsumer(nest, type, tarball) {
  const cwd = folderOf(nest, type);
  await mkdir(cwd);
  const programs = hasOptionalPeers(type) ? ['app', 'operators'] : ['app'];
  for (const program of programs) await cp(join(import.meta.dirname, program), join(cwd, 'src'), { recursive: true });
  await writeFile(join(cwd, 'package.json'), JSON.stringify(packageJsonOf(nest, type, tarball)));
  await writeFile(join(cwd, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  // The README's chat uses top-level await, which CommonJS has not.
  if (type === 'module') await writeFile(join(cwd, 'src/readme.ts'), await firstExampleOf('README.md'));
  await exec('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd });
  await exec(process.execPath, [TSC], { cwd });
  await exec(process.execPath, ['dist/main.js'], { cwd, timeout: 20_000 });
  if (hasOptionalPeers(type)) await exec(process.execPath, ['dist/operators.js'], { cwd, timeout: 20_000 });
}

/** Without them the package must work as well. */
function hasOptionalPeers(type) {
  return type === 'module';
}

/** In the folder of a consumer that runs. @returns how many rows there are */
async function runMatrix(nest, type) {
  const { stdout } = await exec(process.execPath, ['dist/matrix.js'], { cwd: folderOf(nest, type), timeout: 120_000 });
  const isOldest = nest.endsWith('.0');
  if (!isOldest) assert.match(stdout, /^\d+ rows, 0 refused\n$/);
  return stdout.trim();
}

function folderOf(nest, type) {
  return join(folder, `nest-${nest}-${type}`);
}

async function firstExampleOf(file) {
  const [, example] = /```ts\n(.*?)```/s.exec(await readFile(join(ROOT, file), 'utf8'));
  return example;
}

function packageJsonOf(nest, type, tarball) {
  const { dependencies, devDependencies, peerDependencies, peerDependenciesMeta } = packageJson;
  const isInstalled = (name) => hasOptionalPeers(type) || !peerDependenciesMeta[name]?.optional;
  const ofNest = Object.keys(peerDependencies).filter((name) => name.startsWith('@nestjs/') && isInstalled(name));
  return {
    private: true,
    type,
    dependencies: {
      ...Object.fromEntries([...ofNest, '@nestjs/platform-express'].map((name) => [name, nest])),
      'nestjs-stomp': `file:${tarball}`,
      'reflect-metadata': peerDependencies['reflect-metadata'],
      rxjs: peerDependencies.rxjs,
      ws: dependencies.ws,
    },
    devDependencies: {
      '@types/node': devDependencies['@types/node'],
      '@types/ws': devDependencies['@types/ws'],
    },
  };
}

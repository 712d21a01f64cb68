import { transform } from '@swc/core';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AsyncApiDocument } from '../../lib/asyncapi/index.js';
import { faultsOf } from './official-schema.js';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Where a stranger's application is, with the compiled package among its node_modules. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestjs-stomp-contract-'));
  const installed = join(folder, 'node_modules/nestjs-stomp');
  await mkdir(installed, { recursive: true });
  const packageJson = await readFile(join(ROOT, 'package.json'), 'utf8');
  await writeFile(join(installed, 'package.json'), packageJson);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  for (const name of ['@nestjs', 'reflect-metadata', 'rxjs', 'ws']) await install(name);
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [
    tsc,
    '-p',
    join(ROOT, 'tsconfig.build.json'),
    '--noCheck',
    '--outDir',
    join(installed, 'dist'),
  ]);
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('The script of docs/asyncapi.md', () => {
  it('prints the document of an application that does not listen, without class-validator', async () => {
    await writeApplication({ isValidated: false });
    const document = await printed('contract.js', await scriptOf('docs/asyncapi.md'));
    expect(document.info).toEqual({ title: 'Chat', version: '1.0.0' });
    expect(document.components.schemas).toEqual({ Line: { type: 'object' } });
  }, 60_000);

  it('describes classes with it', async () => {
    await install('class-validator');
    await install('class-transformer');
    await writeApplication({ isValidated: true });
    const document = await printed('contract.js', await scriptOf('docs/asyncapi.md'));
    expect(document.components.schemas.Line).toMatchObject({
      properties: { parts: { type: 'array', items: { $ref: '#/components/schemas/Part' } } },
      required: ['tags'],
    });
  }, 60_000);

  it('may be CommonJS', async () => {
    await writeApplication({ isValidated: true, module: 'commonjs' });
    const script = `
      const { NestFactory } = require('@nestjs/core');
      const { AsyncApiModule } = require('nestjs-stomp/asyncapi');
      const { AppModule } = require('./app.module.cjs');
      NestFactory.create(AppModule, { logger: false }).then(async (app) => {
        process.stdout.write(JSON.stringify(AsyncApiModule.createDocument(app, { title: 'Chat', version: '1.0.0' })));
        await app.close();
      });`;
    const document = await printed('contract.cjs', script);
    expect(Object.keys(document.components.schemas)).toEqual(['Line', 'Part']);
  }, 60_000);
});

async function install(name: string): Promise<void> {
  await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
}

async function writeApplication({
  isValidated,
  module = 'es6',
}: {
  isValidated: boolean;
  module?: 'es6' | 'commonjs';
}) {
  const source = `
    import 'reflect-metadata';
    import { Controller, Module } from '@nestjs/common';
    import { MessageMapping, SendTo, StompModule } from 'nestjs-stomp';
    ${isValidated ? "import { IsString, ValidateNested } from 'class-validator';" : 'const IsString = () => () => {}, ValidateNested = IsString;'}
    ${isValidated ? "import { Type } from 'class-transformer';" : 'const Type = IsString;'}

    class Part { @IsString() text!: string; }
    class Line { @ValidateNested({ each: true }) @Type(() => Part) parts!: Part[]; @IsString({ each: true }) tags!: string[]; }

    @Controller()
    class ChatController {
      @MessageMapping('/say') @SendTo('/topic/said')
      say(line: Line): Line { return line; }
    }

    @Module({ imports: [StompModule.forRoot()], controllers: [ChatController] })
    export class AppModule {}`;
  const { code } = await transform(source, {
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      target: 'es2022',
    },
    module: { type: module },
  });
  await writeFile(join(folder, module === 'es6' ? 'app.module.js' : 'app.module.cjs'), code);
}

async function scriptOf(file: string): Promise<string> {
  const [, script] = /```js\n(\/\/ contract\.js\n.*?)```/s.exec(await readFile(join(ROOT, file), 'utf8'))!;
  return script!;
}

/** What the script prints as a process of its own, which must end by itself. */
async function printed(name: string, script: string): Promise<AsyncApiDocument> {
  await writeFile(join(folder, name), script);
  const { stdout } = await run(process.execPath, [name], { cwd: folder, timeout: 60_000 });
  const document = JSON.parse(stdout) as AsyncApiDocument;
  expect(faultsOf(document)).toEqual([]);
  return document;
}

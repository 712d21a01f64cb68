import { transform } from '@swc/core';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');

/** An application in a process of its own. */
export interface ChildApplication {
  readonly process: ChildProcess;
  readonly url: string;
  /** What it has said with `process.send`. */
  readonly messages: unknown[];
}

/** Compiles lib once and starts applications with it. They `process.send` their URL when they listen. */
export class ChildApplications {
  readonly #children: ChildProcess[] = [];

  private constructor(private readonly folder: string) {}

  static async compile(): Promise<ChildApplications> {
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-stomp-child-'));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const project = join(ROOT, 'tsconfig.build.json');
    const args = [tsc, '-p', project, '--noCheck', '--outDir', join(folder, 'dist')];
    await promisify(execFile)(process.execPath, args);
    return new ChildApplications(folder);
  }

  /** @param source in TypeScript; the package is at `./dist/index.js` */
  async start(source: string, nodeOptions: readonly string[] = []): Promise<ChildApplication> {
    const { code } = await transform(source, {
      jsc: {
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        target: 'es2022',
      },
      module: { type: 'es6' },
    });
    const file = join(this.folder, `application-${this.#children.length}.js`);
    await writeFile(file, code);
    const child = spawn(process.execPath, [...nodeOptions, file], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#children.push(child);
    const messages: unknown[] = [];
    const [url] = (await once(child, 'message')) as [string];
    child.on('message', (message) => messages.push(message));
    return { process: child, url, messages };
  }

  async remove(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }
}

import { transformFile } from '@swc/core';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ImError, type ImErrorCode } from '../../src/model/error.js';
import type { CommandInput, CommandName, CommandResult } from '../../src/ports/ingest-queue.js';
import type { TimelineStore } from '../../src/ports/timeline-store.js';

const SAMPLE = join(import.meta.dirname, '../..');
const FOLDERS = ['model', 'ports', 'sqlite'];

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { code: ImErrorCode; message: string };
}

/** The store compiled as it runs, in a folder with a database. */
export class CompiledStore {
  private constructor(readonly folder: string) {}

  static async compile(): Promise<CompiledStore> {
    const folder = await mkdtemp(join(tmpdir(), 'im-crash-'));
    await symlink(join(SAMPLE, '../../node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    for (const part of FOLDERS) {
      const files = await readdir(join(SAMPLE, 'src', part), { recursive: true });
      for (const file of files.filter((name) => name.endsWith('.ts'))) {
        const { code } = await transformFile(join(SAMPLE, 'src', part, file), {
          jsc: { parser: { syntax: 'typescript' }, target: 'es2022', transform: { useDefineForClassFields: false } },
          module: { type: 'es6' },
        });
        const target = join(folder, 'dist', part, file.replace(/\.ts$/, '.js'));
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, code);
      }
    }
    return new CompiledStore(folder);
  }

  async start(failPoint?: 'before-commit' | 'after-commit'): Promise<ChildStore> {
    const args = [join(this.folder, 'dist'), join(this.folder, 'im.db'), ...(failPoint ? [failPoint] : [])];
    const child = fork(join(import.meta.dirname, 'crash-child.mjs'), args, { serialization: 'advanced', execArgv: [] });
    await once(child, 'message');
    return new ChildStore(child);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The store in another process, until that is killed: then all that was asked for is without an answer. */
export class ChildStore {
  readonly #pending = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  readonly #exited: Promise<unknown>;
  #lastId = 0;

  constructor(private readonly child: ChildProcess) {
    this.#exited = once(child, 'exit');
    child.on('message', ({ id, result, error }: Answer) => {
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) pending?.reject(new ImError(error.code, error.message));
      else pending?.resolve(result);
    });
    child.on('exit', () => {
      for (const { reject } of this.#pending.values()) reject(new Error('The process is gone'));
      this.#pending.clear();
    });
  }

  execute<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandResult<N>> {
    return this.#call('ingest', 'execute', [name, input]) as Promise<CommandResult<N>>;
  }

  read<M extends keyof TimelineStore>(
    method: M,
    ...args: Parameters<TimelineStore[M]>
  ): Promise<Awaited<ReturnType<TimelineStore[M]>>> {
    return this.#call('store', method, args) as Promise<Awaited<ReturnType<TimelineStore[M]>>>;
  }

  async close(): Promise<void> {
    await this.#call('all', 'close', []);
    this.child.disconnect();
    await this.#exited;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#exited;
  }

  /** The signal that has ended it. */
  async signal(): Promise<unknown> {
    await this.#exited;
    return this.child.signalCode;
  }

  #call(target: string, method: string, args: readonly unknown[]): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.child.send({ id, target, method, args }, (error) => {
        if (error) reject(error);
      });
    });
  }
}

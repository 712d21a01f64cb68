import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { databasePath } from './im-options.js';
import type { TimelineStore } from './ports/timeline-store.js';
import { SqliteReader } from './sqlite/sqlite-reader.js';

const USAGE = `What an operator does with the data; the server may run meanwhile.

  npm run verify -w 02-im [-- --data <folder>]          checks everything that must hold at any time
  npm run backup -w 02-im -- <file> [--data <folder>]   copies the database into a new file

If no folder is named, it is IM_DATA, or ./data.`;

/** What is wrong with how the program was called, or with what it was called for; no fault of the program's. */
class UsageError extends Error {}

interface CommandLine {
  readonly command: string | undefined;
  readonly operands: readonly string[];
  readonly dataFolder: string;
}

interface Command {
  readonly operands: number;
  /** @returns whether all is well */
  carryOut(store: TimelineStore, commandLine: CommandLine): Promise<boolean>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  verify: { operands: 0, carryOut: verify },
  backup: { operands: 1, carryOut: backup },
};

process.exitCode = await run();

/** @returns the exit code: 0 if all is well, 1 if the data are not, 2 if it could not be done */
async function run(): Promise<number> {
  try {
    const commandLine = read(process.argv.slice(2));
    const command = COMMANDS[commandLine.command ?? ''];
    if (!command) throw new UsageError(`Say what to do.\n\n${USAGE}`);
    if (commandLine.operands.length !== command.operands) {
      throw new UsageError(
        `${commandLine.command} takes ${command.operands === 0 ? 'no file' : 'the name of one file'}.\n\n${USAGE}`,
      );
    }
    const store = open(commandLine);
    try {
      return (await command.carryOut(store, commandLine)) ? 0 : 1;
    } finally {
      await store.close();
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }
}

async function verify(store: TimelineStore): Promise<boolean> {
  const violations = await store.verify();
  for (const violation of violations) console.log(violation);
  if (violations.length === 0) console.log('all invariants hold');
  return violations.length === 0;
}

async function backup(store: TimelineStore, { operands, dataFolder }: CommandLine): Promise<boolean> {
  const path = resolvePath(operands[0]!);
  await store.backup(path);
  console.log(
    `${path} has all that was committed. Uploaded files are in ${resolve(dataFolder, 'files')}: copy them, too.`,
  );
  return true;
}

function read(args: string[]): CommandLine {
  try {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { data: { type: 'string' } } });
    const [command, ...operands] = positionals;
    return { command, operands, dataFolder: resolvePath(values.data ?? (process.env.IM_DATA || 'data')) };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`);
  }
}

function open({ dataFolder }: CommandLine): TimelineStore {
  const path = databasePath({ dataFolder });
  if (!existsSync(path)) throw new UsageError(`There is no database ${path}: name its folder with --data.`);
  return new SqliteReader(path);
}

/** As it was meant where the command was typed: npm runs scripts in the folder of their package. */
function resolvePath(path: string): string {
  return resolve(process.env.INIT_CWD ?? '', path);
}

import { ImError } from '../model/error.js';
import type { CommandName, CommandResult } from '../ports/ingest-queue.js';
import { fromRefusal, toRefusal, type BatchRunner, type Command, type Outcome } from './batch.js';
import { changeCommands } from './commands/change-commands.js';
import { WriteContext, type Handles } from './commands/context.js';
import { messageCommands } from './commands/message-commands.js';
import { ownCommands } from './commands/own-commands.js';
import { pushCommands } from './commands/push-commands.js';
import { retentionCommands } from './commands/retention-commands.js';
import { roomCommands } from './commands/room-commands.js';
import { userCommands } from './commands/user-commands.js';
import { openForWriting, type SqliteDatabase } from './database.js';
import { isStorageFailure } from './storage-failure.js';
import type { SearchIndex } from './tables/search-index.js';

export interface SqliteWriterOptions {
  /** Of the database file; made if there is none. */
  readonly path: string;
  /** Rooms with more members are in timeline mode, and stay so. @default 200 */
  readonly maxInboxMembers?: number;
  /** For tests of crashes: where the process kills itself. @default never */
  readonly failPoint?: 'before-commit' | 'after-commit';
  /** Milliseconds since 1970. @default Date.now */
  readonly clock?: () => number;
}

/** Carries out commands, many in one transaction: what one `fsync` costs, all of them share. */
export class SqliteWriter implements BatchRunner {
  readonly db: SqliteDatabase;
  readonly #search: SearchIndex;
  readonly #handles: Handles<CommandName>;
  readonly #control;

  constructor(private readonly options: SqliteWriterOptions) {
    const { path, clock = Date.now, maxInboxMembers = 200 } = options;
    this.db = openForWriting(path);
    const context = new WriteContext(this.db, clock, maxInboxMembers);
    this.#search = context.search;
    this.#handles = {
      ...userCommands(context),
      ...messageCommands(context),
      ...changeCommands(context),
      ...roomCommands(context),
      ...ownCommands(context),
      ...pushCommands(context),
      ...retentionCommands(context),
    };
    this.#control = {
      begin: this.db.prepare('begin immediate'),
      savepoint: this.db.prepare('savepoint command'),
      release: this.db.prepare('release command'),
      undo: this.db.prepare('rollback to command'),
      commit: this.db.prepare('commit'),
      rollback: this.db.prepare('rollback'),
    };
  }

  /** Returns when the batch is on the disk; throws STORAGE when nothing of it is. */
  commit(batch: readonly Command[]): Outcome[] {
    if (batch.length === 0) return [];
    try {
      return this.#commitAtOnce(batch);
    } catch (error) {
      if (isStorageFailure(error)) throw fromRefusal(toRefusal(error));
      if (batch.length === 1) return [{ refusal: toRefusal(error) }];
      // Whose fault it is shows when each has a commit of its own.
      return batch.map((command) => this.#commitAlone(command));
    }
  }

  async run(batch: readonly Command[]): Promise<Outcome[]> {
    return this.commit(batch);
  }

  async close(): Promise<void> {
    this.db.close();
  }

  #commitAtOnce(batch: readonly Command[]): Outcome[] {
    try {
      this.#control.begin.run();
      const outcomes = batch.map((command) => this.#tryOut(command));
      this.#search.flush();
      this.#failAt('before-commit');
      this.#control.commit.run();
      this.#failAt('after-commit');
      return outcomes;
    } catch (error) {
      // At some errors, as when the disk is full, SQLite has rolled back by itself.
      if (this.db.inTransaction) this.#control.rollback.run();
      this.#search.undo(0);
      throw error;
    }
  }

  #commitAlone(command: Command): Outcome {
    try {
      return this.commit([command])[0]!;
    } catch (error) {
      return { refusal: toRefusal(error) };
    }
  }

  /** A refused command leaves nothing behind, and does not harm the others; nor does one that has an error in it. */
  #tryOut(command: Command): Outcome {
    const { pending } = this.#search;
    this.#control.savepoint.run();
    try {
      const result = this.#carryOut(command);
      this.#control.release.run();
      return { result };
    } catch (error) {
      if (isStorageFailure(error) || !this.db.inTransaction) throw error;
      this.#control.undo.run();
      this.#search.undo(pending);
      this.#control.release.run();
      return { refusal: toRefusal(error) };
    }
  }

  #carryOut<N extends CommandName>({ name, input }: Command<N>): CommandResult<N> {
    const handle = this.#handles[name];
    if (!handle) throw new ImError('BAD_REQUEST', `There is no command ${name}`);
    return handle(input);
  }

  #failAt(point: SqliteWriterOptions['failPoint']): void {
    if (this.options.failPoint === point) process.kill(process.pid, 'SIGKILL');
  }
}

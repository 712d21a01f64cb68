import { ImError, type ImErrorCode } from '../model/error.js';
import type { CommandInput, CommandName, CommandResult } from '../ports/ingest-queue.js';
import { isStorageFailure } from './storage-failure.js';

/** One command on its way to the writer. */
export interface Command<N extends CommandName = CommandName> {
  readonly name: N;
  readonly input: CommandInput<N>;
}

/** An error as it travels between threads. */
export interface Refusal {
  /** Of an `ImError`; undefined: the program itself is at fault. */
  readonly code: ImErrorCode | undefined;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Where the program is at fault. */
  readonly stack?: string | undefined;
}

export type Outcome = { readonly result: CommandResult<CommandName> } | { readonly refusal: Refusal };

/** Commits a batch as a whole, and tells of each of its commands what became of it. */
export interface BatchRunner {
  /** Rejects if nothing of the batch was stored. */
  run(batch: readonly Command[]): Promise<readonly Outcome[]>;
  close(): Promise<void>;
}

/** When the disk fails the client may try again. What is neither that nor an `ImError` fails each time, and is for the log. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof ImError) return { code: error.code, message: error.message, details: error.details };
  const { message = String(error), stack } = (error ?? {}) as Partial<Error>;
  if (!isStorageFailure(error)) return { code: undefined, message, details: {}, stack };
  return { code: 'STORAGE', message: `The message store failed: ${message}`, details: {} };
}

export function fromRefusal({ code, message, details, stack }: Refusal): Error {
  return code === undefined ? Object.assign(new Error(message), { stack }) : new ImError(code, message, details);
}

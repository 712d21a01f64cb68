import { ImError, type ImErrorCode } from '../model/error.js';
import type { CommandInput, CommandName, CommandResult } from '../ports/ingest-queue.js';

/** One command on its way to the writer. */
export interface Command<N extends CommandName = CommandName> {
  readonly name: N;
  readonly input: CommandInput<N>;
}

/** An `ImError` as it travels between threads. */
export interface Refusal {
  readonly code: ImErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export type Outcome = { readonly result: CommandResult<CommandName> } | { readonly refusal: Refusal };

/** Commits a batch as a whole, and tells of each of its commands what became of it. */
export interface BatchRunner {
  /** Rejects if nothing of the batch was stored. */
  run(batch: readonly Command[]): Promise<readonly Outcome[]>;
  close(): Promise<void>;
}

/** What is not an `ImError` is the store's own failure: the client may try again. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof ImError) return { code: error.code, message: error.message, details: error.details };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'STORAGE', message: `The message store failed: ${message}`, details: {} };
}

export function fromRefusal({ code, message, details }: Refusal): ImError {
  return new ImError(code, message, details);
}

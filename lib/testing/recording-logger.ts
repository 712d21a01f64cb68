import type { LoggerService } from '@nestjs/common';

/** One call of Nest's `Logger`. */
export interface LogEntry {
  readonly level: 'fatal' | 'error' | 'warn' | 'log' | 'debug' | 'verbose';
  readonly message: string;
  /** The name of the logger; `StompModule` for what this package has to say. */
  readonly context: string | undefined;
  /** Of the error, where there is one. */
  readonly stack: string | undefined;
}

/**
 * Keeps what an application logs, and prints nothing. Errors that no client is told of are in `errors`: handlers that failed in a way
 * that nobody foresaw, listeners and interceptors that threw.
 *
 * @example
 * const logger = new RecordingLogger();
 * const app = module.createNestApplication({ logger });
 * …
 * expect(logger.errors).toEqual([]);
 */
export class RecordingLogger implements LoggerService {
  /** Everything, in its order. */
  readonly entries: LogEntry[] = [];

  /** Of the levels `error` and `fatal`. */
  get errors(): LogEntry[] {
    return this.entries.filter(({ level }) => level === 'error' || level === 'fatal');
  }

  /** Forgets all of it. */
  clear(): void {
    this.entries.length = 0;
  }

  fatal(message: unknown, ...more: unknown[]): void {
    this.#recordError('fatal', message, more);
  }

  error(message: unknown, ...more: unknown[]): void {
    this.#recordError('error', message, more);
  }

  warn(message: unknown, ...more: unknown[]): void {
    this.#record('warn', message, more);
  }

  log(message: unknown, ...more: unknown[]): void {
    this.#record('log', message, more);
  }

  debug(message: unknown, ...more: unknown[]): void {
    this.#record('debug', message, more);
  }

  verbose(message: unknown, ...more: unknown[]): void {
    this.#record('verbose', message, more);
  }

  /** Nest gives the stack before the context. */
  #recordError(level: LogEntry['level'], message: unknown, more: unknown[]): void {
    const stack = more.length > 1 && typeof more[0] === 'string' ? more[0] : undefined;
    this.#record(level, message, more, stack ?? (message instanceof Error ? message.stack : undefined));
  }

  #record(level: LogEntry['level'], message: unknown, more: unknown[], stack?: string): void {
    const context = more.at(-1);
    this.entries.push({
      level,
      message: message instanceof Error ? message.message : String(message),
      context: typeof context === 'string' ? context : undefined,
      stack,
    });
  }
}

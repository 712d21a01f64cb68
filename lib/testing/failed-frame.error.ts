import type { StompFrame } from '../frame/stomp-frame.js';
import { bodyOf } from './body-of.js';

/** What a client is told on its error destination. */
export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  /** More for programs, such as the fields that are not valid. */
  readonly details?: unknown;
  /** The `receipt` of the frame that failed. */
  readonly receiptId?: string;
}

/**
 * The server has answered a frame of the test client by an ERROR, or by a MESSAGE with `failed-receipt`: its own on the error destination,
 * or what an exception handler or a filter of the application says.
 */
export class FailedFrameError extends Error {
  override readonly name = 'FailedFrameError';
  /** The application's code, or the server's: `BAD_REQUEST`, `STOMP_ERR_SUBSCRIPTION`. */
  readonly code: string | undefined;
  readonly details: unknown;

  constructor(
    /** The answer. */
    readonly frame: StompFrame,
  ) {
    const { headers } = frame;
    const body = frame.command === 'MESSAGE' ? bodyOf<string | Partial<ErrorBody> | null>(frame) : undefined;
    const { code, message, details } = typeof body === 'string' ? { message: body } : (body ?? {});
    super(message ?? headers.get('message') ?? 'The frame failed.');
    this.code = headers.get('error-code') ?? headers.get('code') ?? code;
    this.details = details;
  }
}

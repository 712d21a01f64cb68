import type { ImErrorCode } from '../../../src/model/error.js';

interface RefusalBody {
  readonly code: ImErrorCode;
  readonly message: string;
  readonly retryable?: boolean;
  readonly retry_after_ms?: number;
}

/** The server's no. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ImErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(
    body: RefusalBody,
    readonly status?: number,
  ) {
    super(body.message);
    this.code = body.code;
    this.retryable = body.retryable ?? false;
    this.retryAfterMs = body.retry_after_ms;
  }
}

/** No answer: the connection is gone, or the server does not answer in time. What was asked for may have happened. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

export class SignedOut extends Error {
  override readonly name = 'SignedOut';
}

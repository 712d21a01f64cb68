/** What a request is refused with; clients decide by it what to do next. */
export type ImErrorCode =
  | 'BAD_REQUEST'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'TOO_LARGE'
  | 'RATE_LIMITED'
  | 'BUSY'
  | 'GONE'
  | 'STORAGE';

const RETRYABLE: ReadonlySet<ImErrorCode> = new Set(['RATE_LIMITED', 'BUSY', 'STORAGE']);

/** A request that was not carried out, and why. */
export class ImError extends Error {
  override readonly name = 'ImError';

  constructor(
    readonly code: ImErrorCode,
    /** One plain sentence, which clients may show. */
    message: string,
    /** What helps to go on: `room_id` and `seq` of the original at a CONFLICT, `retry_after_ms` … */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return RETRYABLE.has(this.code);
  }
}

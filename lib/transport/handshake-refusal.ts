import { STATUS_CODES } from 'node:http';

/** Why clients that asked in the right way are refused: the option whose limit is reached, or what else. */
export const REFUSAL_REASONS = [
  'origin',
  'connectionRateLimit',
  'sessionsPerAddressLimit',
  'connectingLimit',
  'sessionLimit',
  'handshakeLimit',
  'handshakeTimeout',
  'shutdown',
] as const;

/** `other`: the application's own code has refused the client. */
export type RefusalReason = (typeof REFUSAL_REASONS)[number] | 'other';

/** A request that has been refused, for those who watch over the server. */
export interface RefusedHandshake {
  readonly reason: RefusalReason;
  readonly status: number;
  readonly ip: string;
  /** Without the query, which may hold a token. */
  readonly path: string;
  readonly origin: string | undefined;
}

/** The HTTP answer to a client that does not get a session. Says nothing of why beyond what the protocol needs. */
export class HandshakeRefusal extends Error {
  override readonly name = 'HandshakeRefusal';

  constructor(
    readonly status: number,
    message = STATUS_CODES[status]!,
    readonly headers: Readonly<Record<string, string>> = {},
    /** For the operator. */
    readonly reason: RefusalReason = 'other',
  ) {
    super(message);
  }

  static because(reason: RefusalReason, status: number, headers?: Readonly<Record<string, string>>): HandshakeRefusal {
    return new HandshakeRefusal(status, undefined, headers, reason);
  }

  static from(error: unknown): HandshakeRefusal {
    return this.chosenBy(error) ?? new HandshakeRefusal(403);
  }

  /** Of an error that says with which status to refuse, as those of Nest and of Express do; undefined if it was not foreseen. */
  static chosenBy(error: unknown): HandshakeRefusal | undefined {
    if (error instanceof HandshakeRefusal) return error;
    const { getStatus, status } = (error ?? {}) as { getStatus?: unknown; status?: unknown };
    const chosen = Number(typeof getStatus === 'function' ? getStatus.call(error) : status);
    return chosen >= 400 && chosen in STATUS_CODES ? new HandshakeRefusal(chosen) : undefined;
  }
}

import { STATUS_CODES } from 'node:http';

/** The HTTP answer to a client that does not get a session. Says nothing of why beyond what the protocol needs. */
export class HandshakeRefusal extends Error {
  override readonly name = 'HandshakeRefusal';

  constructor(
    readonly status: number,
    message = STATUS_CODES[status]!,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  static from(error: unknown): HandshakeRefusal {
    return error instanceof HandshakeRefusal ? error : new HandshakeRefusal(403);
  }
}

import { Principal } from 'nestjs-stomp';
import type { Actor } from '../ports/ingest-queue.js';

/** Whom a token names: the user of a session, or of an HTTP request. */
export class ImUser extends Principal {
  constructor(
    /** The `user_id`. */
    override readonly name: string,
    readonly deviceId: string,
    readonly displayName: string,
    override readonly roles: readonly string[],
    /** Milliseconds since 1970. */
    override readonly expiresAt: number,
    /** How often the device had been revoked when the token was made. */
    readonly generation: number,
  ) {
    super();
  }

  get actor(): Actor {
    return { userId: this.name, deviceId: this.deviceId };
  }
}

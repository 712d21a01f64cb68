import { CloseCode, StompException } from '../exceptions/stomp.exception.js';
import type { PrincipalLike } from '../interfaces/principal.interface.js';
import type { SimpUserRegistry } from '../messaging/simp-user.registry.js';
import { destinationUserName } from '../utils/principal.js';

export interface UserSessionLimitOptions {
  /** 0: any number. */
  readonly sessionsPerUserLimit: number;
  readonly sessionsPerUserOverflow: 'reject' | 'close-oldest';
}

/** Bounds how many sessions one user has. */
export class UserSessionLimit {
  constructor(
    private readonly options: UserSessionLimitOptions,
    private readonly users: SimpUserRegistry,
    private readonly close: (sessionId: string, code: CloseCode, reason: string) => void,
  ) {}

  /** Sees to it that the user may have one more. @throws StompException when that cannot be */
  makeRoom(user: PrincipalLike | undefined): void {
    const { sessionsPerUserLimit: limit, sessionsPerUserOverflow } = this.options;
    if (user === undefined || limit === 0) return;
    const name = destinationUserName(user);
    if (this.users.getSessionCount(name) < limit) return;
    if (sessionsPerUserOverflow === 'reject') {
      throw new StompException(
        'STOMP_ERR_SESSION_LIMIT',
        `The user has the ${limit} sessions that this server allows.`,
        CloseCode.SessionLimit,
      );
    }
    const [oldest] = this.users.sessionIds(name);
    this.close(oldest!, CloseCode.SessionLimit, 'The user has opened another session');
  }
}

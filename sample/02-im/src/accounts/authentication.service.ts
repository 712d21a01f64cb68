import { Injectable } from '@nestjs/common';
import { ImError } from '../model/error.js';
import { TimelineStore } from '../ports/timeline-store.js';
import type { ImUser } from './im-user.js';
import { TokensService } from './tokens.service.js';

@Injectable()
export class AuthenticationService {
  constructor(
    private readonly tokens: TokensService,
    private readonly store: TimelineStore,
  ) {}

  /** @throws ImError UNAUTHENTICATED when the token is not good, or its device was revoked */
  async authenticate(token: string | undefined): Promise<ImUser> {
    const user = await this.tokens.verify(token);
    if (await this.store.isDeviceValid(user.name, user.deviceId, user.generation)) return user;
    throw new ImError('UNAUTHENTICATED', 'This device was revoked: log in again.');
  }
}

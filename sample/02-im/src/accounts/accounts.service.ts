import { Inject, Injectable } from '@nestjs/common';
import { compare, hash } from 'bcryptjs';
import { SessionConnectedEvent, StompEventListener, StompSessionRegistry } from 'nestjs-stomp';
import { CommandsService } from '../commands.service.js';
import { IM_OPTIONS, type ImOptions } from '../im-options.js';
import { CLOSE_REVOKED } from '../model/close-codes.js';
import { ImError } from '../model/error.js';
import type { UserInfo } from '../model/message.js';
import { TimelineStore, type Account } from '../ports/timeline-store.js';
import type { LoginDto, RegisterDto } from './accounts.dto.js';
import { ImUser } from './im-user.js';
import { TokensService } from './tokens.service.js';

/** Enough to cost an attacker something, little enough for the one thread that all share. */
const BCRYPT_ROUNDS = 8;

/** Of no password: so that a user who does not exist takes as long to refuse as one who does. */
const NOBODY = await hash('nobody', BCRYPT_ROUNDS);

/** What a device gets to know when it is signed in. */
export interface SignedIn {
  readonly access_token: string;
  /** Seconds. */
  readonly expires_in: number;
  /** For the next one; good once. */
  readonly refresh_token: string;
  readonly user: UserInfo;
  readonly epoch: string;
}

@Injectable()
export class AccountsService {
  constructor(
    private readonly commands: CommandsService,
    private readonly store: TimelineStore,
    private readonly tokens: TokensService,
    private readonly sessions: StompSessionRegistry,
    @Inject(IM_OPTIONS) private readonly options: ImOptions,
  ) {}

  async register({ user_id: userId, name, password }: RegisterDto): Promise<void> {
    const passwordHash = await hash(password, BCRYPT_ROUNDS);
    const isAdmin = this.options.admins.includes(userId);
    await this.commands.execute('user.create', { userId, name, passwordHash, isAdmin });
  }

  /** @throws ImError UNAUTHENTICATED, in the same words whether the user or the password is wrong */
  async login({ user_id: userId, password, device_id: deviceId, device_name, platform }: LoginDto): Promise<SignedIn> {
    const account = await this.store.account(userId);
    const isRight = await compare(password, account?.passwordHash ?? NOBODY);
    if (!account || !isRight) throw new ImError('UNAUTHENTICATED', 'The user or the password is wrong.');
    const { token, hash: refreshHash } = this.tokens.refresh(userId, deviceId);
    const device = { userId, deviceId, name: device_name ?? '', platform: platform ?? '', refreshHash };
    const { generation } = await this.commands.execute('device.open', device);
    return this.#signedIn(account, { deviceId, generation }, token);
  }

  /** @throws ImError UNAUTHENTICATED when the token was used before, or its device revoked */
  async refresh(refreshToken: string): Promise<SignedIn> {
    const { userId, deviceId, hash: refreshHash } = this.tokens.parseRefresh(refreshToken);
    const next = this.tokens.refresh(userId, deviceId);
    const exchange = { userId, deviceId, refreshHash, nextHash: next.hash };
    const { generation } = await this.commands.execute('device.refresh', exchange);
    const account = await this.store.account(userId);
    return this.#signedIn(account!, { deviceId, generation }, next.token);
  }

  /** Its tokens are void from now on, and its sessions end. */
  async revoke(userId: string, deviceId: string): Promise<void> {
    await this.commands.execute('device.revoke', { userId, deviceId });
    this.#closeSessions(userId, deviceId);
  }

  /** Its device may have been revoked after its token was looked at, and before there was a session to close. */
  @StompEventListener(SessionConnectedEvent)
  async connected({ user }: Pick<SessionConnectedEvent, 'user'>): Promise<void> {
    if (!(user instanceof ImUser)) return;
    if (await this.store.isDeviceValid(user.name, user.deviceId, user.generation)) return;
    this.#closeSessions(user.name, user.deviceId);
  }

  #closeSessions(userId: string, deviceId: string): void {
    this.sessions.closeWhere(
      ({ user }) => user instanceof ImUser && user.name === userId && user.deviceId === deviceId,
      CLOSE_REVOKED,
      'This device was revoked',
    );
  }

  async #signedIn(
    { user_id, name, isAdmin }: Account,
    { deviceId, generation }: { deviceId: string; generation: number },
    refreshToken: string,
  ): Promise<SignedIn> {
    const claims = { sub: user_id, did: deviceId, gen: generation, name, roles: isAdmin ? ['ADMIN'] : [] };
    const { epoch } = await this.store.inboxState(user_id, deviceId);
    return {
      access_token: await this.tokens.access(claims),
      expires_in: this.options.tokenSeconds,
      refresh_token: refreshToken,
      user: { user_id, name },
      epoch,
    };
  }
}

import { Controller } from '@nestjs/common';
import { MessageMapping, Payload, StompSession } from 'nestjs-stomp';
import { IsString, Length } from 'class-validator';
import { ImError } from '../model/error.js';
import { AuthenticationService } from './authentication.service.js';
import { ImUser } from './im-user.js';

class TokenDto {
  @IsString()
  @Length(1, 4_096)
  token!: string;
}

@Controller()
export class SessionController {
  constructor(private readonly authentication: AuthenticationService) {}

  /** A newer token for the same device: the session goes on. */
  @MessageMapping('/im.auth')
  async renew(@Payload() { token }: TokenDto, session: StompSession): Promise<void> {
    const user = await this.authentication.authenticate(token);
    const isSame = session.user instanceof ImUser && session.user.deviceId === user.deviceId;
    if (!isSame || session.user?.name !== user.name) {
      throw new ImError('FORBIDDEN', 'The token is of another user or device: connect anew with it.');
    }
    await session.renew(user);
  }
}

import { Controller } from '@nestjs/common';
import { MessageMapping, RateLimit, StompSession } from 'nestjs-stomp';
import { ImUser } from '../accounts/im-user.js';
import { PRESENCE_RATE, TYPING_RATE } from '../rates.js';
import { PresenceDto, TypingDto } from './live.dto.js';
import { LiveService } from './live.service.js';
import { PresenceService } from './presence.service.js';

@Controller()
export class LiveController {
  constructor(
    private readonly live: LiveService,
    private readonly presence: PresenceService,
  ) {}

  @MessageMapping('/im.typing')
  @RateLimit(TYPING_RATE)
  typing({ room_id, state }: TypingDto, user: ImUser): Promise<void> {
    return this.live.typing(room_id, user.name, state);
  }

  @MessageMapping('/im.presence')
  @RateLimit(PRESENCE_RATE)
  watch({ watch }: PresenceDto, session: StompSession): Promise<void> {
    return this.presence.watch(session, [...new Set(watch)]);
  }
}

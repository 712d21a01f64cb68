import { type CanActivate, Controller, type ExecutionContext, UseGuards } from '@nestjs/common';
import { MessageMapping, Principal, RateLimit, SendTo } from 'nestjs-stomp';

/** The rules know where a message goes, a guard also what it says. */
class NoLinks implements CanActivate {
  canActivate = (context: ExecutionContext): boolean => !/https?:/i.test(context.switchToWs().getData());
}

@Controller()
export class RoomController {
  @MessageMapping('/room/{room}')
  @SendTo('/topic/room.{room}')
  @RateLimit({ by: 'user', perSecond: 0.5, burst: 3 })
  @UseGuards(NoLinks)
  say(text: string, user: Principal): string {
    return `${user.name}: ${text}`;
  }
}

import { Controller } from '@nestjs/common';
import {
  DestinationVariable,
  MessageMapping,
  Principal,
  SendTo,
  SimpMessagingTemplate,
  SubscribeMapping,
} from 'nestjs-stomp';
import { RequestMsg } from './request-msg.js';

/**
 * Receives and handles messages.
 */
@Controller()
export class MessageResource {
  // the way to push that Spring provides
  constructor(private readonly messagingTemplate: SimpMessagingTemplate) {}

  /**
   * Broadcast
   */
  @MessageMapping('/broadcast')
  @SendTo('/topic/broadcast')
  broadcast(requestMsg: RequestMsg): string {
    // There is a return value: without @SendTo it would go to /topic/broadcast just the same.
    return 'server:' + String(requestMsg.body);
  }

  /**
   * Subscription: only at the moment of subscribing; think of it as request → data
   */
  @SubscribeMapping('/subscribe/{id}')
  subscribe(@DestinationVariable() _id: number): string {
    return 'success';
  }

  /**
   * One user
   */
  @MessageMapping('/one')
  // @SendToUser('/queue/one') would do if there were a return value
  async one(requestMsg: RequestMsg, principal: Principal): Promise<void> {
    // The guide relies on Spring Security's login, this sample on the cookie of login/: either way Principal tells who it is.
    // It is a queue only to tell it from the broadcasts; a topic would work as well.
    await this.messagingTemplate.convertAndSendToUser(principal.name, '/queue/one', requestMsg.body);
  }
}

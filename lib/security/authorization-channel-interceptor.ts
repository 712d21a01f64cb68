import { AccessDeniedException } from '../exceptions/access-denied.exception.js';
import type { ChannelInterceptor } from '../messaging/channel-interceptor.js';
import type { Message } from '../messaging/message.js';
import { then, type MaybePromise } from '../utils/maybe-promise.js';
import { describeFrame } from './describe-frame.js';
import type { MessageAuthorizationManager } from './message-authorization.manager.js';

/** Stands behind all other interceptors of clientInboundChannel and lets pass what is allowed (Spring Security's class of this name). */
export class AuthorizationChannelInterceptor implements ChannelInterceptor {
  constructor(private readonly manager: MessageAuthorizationManager) {}

  preSend(message: Message): MaybePromise<Message> {
    return then(this.manager.isAllowed(message), (isAllowed) => {
      if (isAllowed) return message;
      throw new AccessDeniedException(`${describeFrame(message)} is not allowed.`);
    });
  }
}

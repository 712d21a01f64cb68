import { SEND_TO_USER_METADATA } from '../stomp.constants.js';
import { classOrMethod, parseReplyArguments, type ReplyArguments } from './reply-arguments.js';

export interface SendToUserOptions {
  /** Whether all of the user's sessions get the reply, or only the one that sent the message. @default true */
  broadcast?: boolean;
}

export interface SendToUserMetadata {
  readonly destinations: readonly string[];
  readonly broadcast: boolean;
}

/**
 * Sends a method's return value to the user whose message it answers (Spring `@SendToUser`): to their subscriptions of `/user` +
 * destination. Without destinations: `/user/queue` (`/queue` is the option `defaultUserDestinationPrefix`) + the mapped destination. A
 * session without a user gets its own replies.
 *
 * @param args destinations, then options
 * @example
 * \@MessageExceptionHandler(BusinessError)
 * \@SendToUser('/queue/errors', { broadcast: false })
 */
export function SendToUser(...args: ReplyArguments<SendToUserOptions>): ClassDecorator & MethodDecorator {
  const { destinations, options } = parseReplyArguments(args);
  const metadata: SendToUserMetadata = { destinations, broadcast: options.broadcast ?? true };
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    Reflect.defineMetadata(SEND_TO_USER_METADATA, metadata, classOrMethod('SendToUser', { target, key, descriptor }));
  };
}

import { SEND_TO_USER_METADATA } from '../stomp.constants.js';
import { listOf } from './mapping-metadata.js';

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
 * destination. Without destinations: `/user/queue` + the mapped destination. A session without a user gets its own replies.
 *
 * @example
 * \@MessageExceptionHandler(BusinessError)
 * \@SendToUser('/queue/errors', { broadcast: false })
 */
export function SendToUser(
  destinations?: string | readonly string[],
  { broadcast = true }: SendToUserOptions = {},
): ClassDecorator & MethodDecorator {
  return (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const metadata: SendToUserMetadata = { destinations: listOf(destinations), broadcast };
    Reflect.defineMetadata(SEND_TO_USER_METADATA, metadata, (descriptor?.value as object | undefined) ?? target);
  };
}

import type { Type } from '@nestjs/common';
import type { MappedCommand } from '../decorators/mapping-metadata.js';
import type { SendToMetadata } from '../decorators/send-to.decorator.js';
import type { SendToUserMetadata } from '../decorators/send-to-user.decorator.js';
import { SEND_TO_METADATA, SEND_TO_USER_METADATA } from '../stomp.constants.js';
import { DestinationTemplate } from './destination-template.js';
import type { HandlerMethod } from './handler-method.js';
import { replacePlaceholders, type ResolvePlaceholder } from './placeholders.js';

/** Where a method's return value goes: worked out once, at start-up. */
export interface ReplyPlan {
  /** Straight to the subscription that asked; not through the broker. */
  readonly isDirect: boolean;
  /** To the user, before the others. */
  readonly toUser?: { readonly targets: readonly DestinationTemplate[]; readonly broadcast: boolean };
  readonly to?: { readonly targets: readonly DestinationTemplate[]; readonly echo: boolean };
}

interface Annotations {
  readonly sendTo: SendToMetadata | undefined;
  readonly sendToUser: SendToUserMetadata | undefined;
}

/**
 * Spring's rules. The method's annotations replace the class's, but those that name no destination take the class's, even of the
 * other kind. An empty list of targets stands for the default destination.
 *
 * @param command what the method is mapped to; undefined for exception handlers
 * @throws Error when a destination cannot be, or nothing is configured for a placeholder
 */
export function replyPlan(
  { classRef, callback, name }: Pick<HandlerMethod, 'classRef' | 'callback' | 'name'>,
  command: MappedCommand | undefined,
  resolvePlaceholder: ResolvePlaceholder | undefined,
): ReplyPlan {
  const templates = ({ destinations }: SendToMetadata | SendToUserMetadata): DestinationTemplate[] =>
    destinations.map((destination) => {
      const what = `The reply to "${destination}" of ${classRef.name}.${name}()`;
      const configured = replacePlaceholders(destination, resolvePlaceholder, what);
      try {
        return new DestinationTemplate(configured);
      } catch (error) {
        throw new Error(`${what} is not possible: ${(error as Error).message}.`, { cause: error });
      }
    });
  const { sendTo, sendToUser } = annotationsOf(classRef, callback);
  if (command === 'SUBSCRIBE' && !sendTo && !sendToUser) return { isDirect: true };
  return {
    isDirect: false,
    ...(sendToUser && { toUser: { targets: templates(sendToUser), broadcast: sendToUser.broadcast } }),
    ...((sendTo ?? !sendToUser) && {
      to: { targets: sendTo ? templates(sendTo) : [], echo: sendTo?.echo ?? true },
    }),
  };
}

function annotationsOf(classRef: Type<object>, callback: object): Annotations {
  const ofMethod = annotationsOn(callback);
  const ofClass = annotationsOn(classRef);
  if (namesDestination(ofMethod)) return ofMethod;
  if (namesDestination(ofClass)) return ofClass;
  return ofMethod.sendTo || ofMethod.sendToUser ? ofMethod : ofClass;
}

function annotationsOn(target: object): Annotations {
  return {
    sendTo: Reflect.getMetadata(SEND_TO_METADATA, target) as SendToMetadata | undefined,
    sendToUser: Reflect.getMetadata(SEND_TO_USER_METADATA, target) as SendToUserMetadata | undefined,
  };
}

function namesDestination({ sendTo, sendToUser }: Annotations): boolean {
  return Boolean(sendTo?.destinations.length) || Boolean(sendToUser?.destinations.length);
}

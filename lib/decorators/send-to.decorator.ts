import { SEND_TO_METADATA } from '../stomp.constants.js';
import { classOrMethod, parseReplyArguments, type ReplyArguments } from './reply-arguments.js';

export interface SendToOptions {
  /** Whether the session that sent the message gets the reply too, if it has subscribed to it. @default true */
  echo?: boolean;
}

export interface SendToMetadata {
  readonly destinations: readonly string[];
  readonly echo: boolean;
}

/**
 * Where a method's return value goes (Spring `@SendTo`). Without it: `/topic`, or what the option `defaultDestinationPrefix` says, + the
 * mapped destination. On a class it holds for all methods that do not say otherwise. `{name}` stands for a variable of the mapped pattern,
 * `${KEY}` for what ConfigService says. A destination that neither the broker nor a user has stops the start.
 *
 * @param args destinations, then options
 * @example
 * \@MessageMapping('/room/{id}')
 * \@SendTo('/topic/room.{id}', { echo: false })
 */
export function SendTo(...args: ReplyArguments<SendToOptions>): ClassDecorator & MethodDecorator {
  const { destinations, options } = parseReplyArguments(args);
  const metadata: SendToMetadata = { destinations, echo: options.echo ?? true };
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    Reflect.defineMetadata(SEND_TO_METADATA, metadata, classOrMethod('SendTo', { target, key, descriptor }));
  };
}

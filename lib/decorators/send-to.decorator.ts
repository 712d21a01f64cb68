import { SEND_TO_METADATA } from '../stomp.constants.js';

export interface SendToOptions {
  /** Whether the session that sent the message gets the reply too, if it has subscribed to it. @default true */
  echo?: boolean;
}

export interface SendToMetadata {
  readonly destinations: readonly string[];
  readonly echo: boolean;
}

/**
 * Where a method's return value goes (Spring `@SendTo`). Without it: `/topic` + the mapped destination. On a class it holds for all
 * methods that do not say otherwise. `{name}` stands for a variable of the mapped pattern.
 *
 * @example
 * \@MessageMapping('/room/{id}')
 * \@SendTo('/topic/room.{id}', { echo: false })
 */
export function SendTo(
  ...args: string[] | [...destinations: string[], options: SendToOptions]
): ClassDecorator & MethodDecorator {
  const given: readonly (string | SendToOptions)[] = args;
  const { echo = true } = given.find((arg) => typeof arg === 'object') ?? {};
  const destinations = given.filter((arg) => typeof arg === 'string');
  return (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const metadata: SendToMetadata = { destinations, echo };
    Reflect.defineMetadata(SEND_TO_METADATA, metadata, (descriptor?.value as object | undefined) ?? target);
  };
}

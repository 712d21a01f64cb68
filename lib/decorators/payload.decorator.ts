import { createParamDecorator } from '@nestjs/common';
import type { TargetType } from '../messaging/message-converter.js';
import { isPipe, property, requestOf, type ParamFactory, type Pipe } from './param-factory.js';

export interface PayloadOptions {
  /** Whether an empty payload is an error; if not, the argument is undefined and is not validated. @default true */
  required?: boolean;
  /**
   * The class that the payload is converted to and validated as, where the declared type does not tell: an interface has no type at run
   * time, and of `Message<T>` only `Message` is left. @default the declared type; of a `Message` the payload stays bytes
   */
  type?: TargetType;
}

export interface PayloadData extends PayloadOptions {
  readonly property?: string;
}

export const payloadFactory: ParamFactory<PayloadData | undefined> = (data, context) =>
  property(requestOf(context).body, data?.property);

const decorator = createParamDecorator(payloadFactory);

/**
 * The message's payload, converted by its content type to the declared type of the parameter (Spring `@Payload`). A parameter
 * without a decorator is the payload too.
 *
 * @param what a field of the payload, options, or the first pipe
 * @example
 * one(@Payload() message: RequestMsg, @Payload('body', TrimPipe) body: string) {}
 * two(@Payload({ type: RequestMsg }) message: Message<RequestMsg>) {}
 */
export function Payload(what?: string | PayloadOptions | Pipe, ...pipes: Pipe[]): ParameterDecorator {
  if (isPipe(what)) return decorator({}, what, ...pipes);
  return decorator(typeof what === 'string' ? { property: what } : { ...what }, ...pipes);
}

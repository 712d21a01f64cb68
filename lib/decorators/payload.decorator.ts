import { createParamDecorator } from '@nestjs/common';
import { isPipe, property, requestOf, type ParamFactory, type Pipe } from './param-factory.js';

export interface PayloadOptions {
  /** Whether an empty payload is an error; if not, the argument is undefined and is not validated. @default true */
  required?: boolean;
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
 */
export function Payload(what?: string | PayloadOptions | Pipe, ...pipes: Pipe[]): ParameterDecorator {
  if (isPipe(what)) return decorator({}, what, ...pipes);
  return decorator(typeof what === 'string' ? { property: what } : { ...what }, ...pipes);
}

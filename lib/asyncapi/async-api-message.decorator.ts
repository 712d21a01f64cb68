import type { Type } from '@nestjs/common';
import { ASYNC_API_MESSAGE_METADATA } from '../stomp.constants.js';
import type { JsonSchema } from './async-api-document.interface.js';

/** A class, a list of its objects, a JSON Schema, or null: nothing is sent. */
export type AsyncApiPayload = Type<unknown> | readonly [Type<unknown>] | JsonSchema | null;

export interface AsyncApiMessageOptions {
  /** What the payload is. @default the declared type, as far as the compiler leaves it at run time */
  payload?: AsyncApiPayload;
  /** What the message is, in a few words. */
  summary?: string;
  /** The same at length; CommonMark is allowed. */
  description?: string;
}

/**
 * Tells the AsyncAPI document of a message what TypeScript does not leave at run time: on a method of the message that it replies
 * with, each one if it returns a stream; on a parameter of the one that it gets.
 *
 * @example
 * \@MessageMapping('/orders')
 * \@SendTo('/topic/orders')
 * \@AsyncApiMessage({ payload: [Order], summary: 'All that are open' })
 * async place(@AsyncApiMessage({ payload: [OrderLine] }) lines: OrderLine[]) {}
 */
export function AsyncApiMessage(options: AsyncApiMessageOptions): MethodDecorator & ParameterDecorator {
  return (target: object, key: string | symbol | undefined, at: PropertyDescriptor | number): void => {
    if (typeof at !== 'number') {
      Reflect.defineMetadata(ASYNC_API_MESSAGE_METADATA, options, at.value as object);
    } else if (key !== undefined) {
      const others = (Reflect.getOwnMetadata(ASYNC_API_MESSAGE_METADATA, target, key) ??
        []) as AsyncApiMessageOptions[];
      Reflect.defineMetadata(ASYNC_API_MESSAGE_METADATA, Object.assign([...others], { [at]: options }), target, key);
    }
  };
}

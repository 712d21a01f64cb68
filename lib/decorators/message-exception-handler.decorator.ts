import { EXCEPTION_TYPES_METADATA } from '../stomp.constants.js';
import { methodOf } from './mapping-metadata.js';

/** A class of exceptions. */
export type ExceptionType = abstract new (...args: any[]) => unknown;

/**
 * Handles what the other methods of the class throw, arguments and return values included (Spring `@MessageExceptionHandler`).
 * The nearest type wins; where none fits, the exception's `cause` is looked at. Nest's exception filters come after it.
 *
 * Its parameters are those of any handler; one that is declared as an error, or as nothing in particular, is the exception, and one of
 * type `HandlerMethod` the method that the message was for.
 *
 * What it returns goes where `@SendTo` and `@SendToUser` say, and is the answer to a frame that has failed: there is no RECEIPT, and a SUBSCRIBE
 * is no subscription. An answer to the sender's session alone names the frame in the header `failed-receipt`. If it returns nothing it has
 * handled the exception: the frame gets its RECEIPT.
 *
 * @param types without them: the types of the parameters, and if those say nothing, everything
 * @example
 * \@MessageExceptionHandler(BusinessError)
 * \@SendToUser('/queue/errors', { broadcast: false })
 * refused(error: BusinessError) {
 *   return { code: error.code };
 * }
 */
export function MessageExceptionHandler(...types: ExceptionType[]): MethodDecorator {
  return (target, key, descriptor) => {
    const method = methodOf('MessageExceptionHandler', { target, key, descriptor });
    Reflect.defineMetadata(EXCEPTION_TYPES_METADATA, types, method);
  };
}

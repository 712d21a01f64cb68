import { CONTROLLER_ADVICE_METADATA } from '../stomp.constants.js';

/** A class, or one that only others extend. */
type AnyClass = abstract new (...args: any[]) => unknown;

export interface ControllerAdviceOptions {
  /** The classes whose exceptions it handles, with those that extend them. @default every class with mappings */
  controllers?: readonly AnyClass[];
}

/**
 * Makes the `@MessageExceptionHandler` methods of a provider serve all classes with mappings, or some (Spring `@ControllerAdvice`). They
 * are asked after the handlers of the class itself and before Nest's exception filters; several advices in the order of registration.
 *
 * @example
 * \@Injectable()
 * \@StompControllerAdvice({ controllers: [ShopController] })
 * export class ErrorAdvice {
 *   \@MessageExceptionHandler(BusinessError)
 *   \@SendToUser('/queue/errors', { broadcast: false })
 *   refused(error: BusinessError) {
 *     return { code: error.code };
 *   }
 * }
 */
export function StompControllerAdvice(options: ControllerAdviceOptions = {}): ClassDecorator {
  return (target) => Reflect.defineMetadata(CONTROLLER_ADVICE_METADATA, options, target);
}

import { CONTROLLER_ADVICE_METADATA } from '../stomp.constants.js';

/**
 * Makes the `@MessageExceptionHandler` methods of a provider serve all classes with mappings (Spring `@ControllerAdvice`). They are
 * asked after the handlers of the class itself and before Nest's exception filters; several advices in the order of registration.
 *
 * @example
 * \@Injectable()
 * \@StompControllerAdvice()
 * export class ErrorAdvice {
 *   \@MessageExceptionHandler(BusinessError)
 *   \@SendToUser('/queue/errors', { broadcast: false })
 *   refused(error: BusinessError) {
 *     return { code: error.code };
 *   }
 * }
 */
export function StompControllerAdvice(): ClassDecorator {
  return (target) => Reflect.defineMetadata(CONTROLLER_ADVICE_METADATA, true, target);
}

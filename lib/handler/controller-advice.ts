import type { ControllerAdviceOptions } from '../decorators/stomp-controller-advice.decorator.js';
import { CONTROLLER_ADVICE_METADATA } from '../stomp.constants.js';
import type { ExceptionHandler, ExceptionHandlers } from './exception-handlers.js';
import type { HandlerHost } from './handler-host.js';

/** A class whose exception handlers serve others. */
export interface ControllerAdvice {
  readonly host: HandlerHost;
  readonly exceptionHandlers: ExceptionHandlers;
}

/** An exception handler, and the class that it is of unless it is that of the failed method. */
export interface FoundExceptionHandler {
  readonly handler: ExceptionHandler;
  readonly advice?: HandlerHost;
}

export function isAdvice({ classRef }: HandlerHost): boolean {
  return Reflect.hasOwnMetadata(CONTROLLER_ADVICE_METADATA, classRef);
}

/**
 * Whether an advice is for a class with mappings.
 * @throws Error when a class that it names is none: two files that import each other leave undefined in its place
 */
export function advises({ host: { classRef: advice } }: ControllerAdvice, { classRef }: HandlerHost): boolean {
  const { controllers } = Reflect.getOwnMetadata(CONTROLLER_ADVICE_METADATA, advice) as ControllerAdviceOptions;
  return (
    controllers?.some((controller) => {
      if (typeof controller !== 'function') {
        throw new Error(`@StompControllerAdvice of ${advice.name} names ${String(controller)} among its controllers.`);
      }
      return classRef === controller || classRef.prototype instanceof controller;
    }) ?? true
  );
}

/** Asks the class's own exception handlers, then each advice in turn; the first that has one for the exception or a cause of it decides. */
export function findExceptionHandler(
  exception: unknown,
  own: ExceptionHandlers,
  advices: readonly ControllerAdvice[],
): FoundExceptionHandler | undefined {
  const handler = own.find(exception);
  if (handler) return { handler };
  for (const { host, exceptionHandlers } of advices) {
    const advised = exceptionHandlers.find(exception);
    if (advised) return { handler: advised, advice: host };
  }
  return undefined;
}

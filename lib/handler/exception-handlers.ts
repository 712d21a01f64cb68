import type { ExceptionType } from '../decorators/message-exception-handler.decorator.js';
import { EXCEPTION_TYPES_METADATA } from '../stomp.constants.js';
import { causesOf, isErrorClass, type HandlerMethod } from './handler-method.js';
import type { ResolvePlaceholder } from './placeholders.js';
import { replyPlan, type ReplyPlan } from './reply-plan.js';

/** A `@MessageExceptionHandler` method. */
export interface ExceptionHandler {
  readonly method: HandlerMethod;
  readonly reply: ReplyPlan;
  /** What it handles; undefined stands for everything. */
  readonly types: readonly (ExceptionType | undefined)[];
}

/** The exception handlers of one class (Spring `ExceptionHandlerMethodResolver`). */
export class ExceptionHandlers {
  readonly all: readonly ExceptionHandler[];
  readonly #handlers = new Map<unknown, ExceptionHandler>();
  #ofEverything: ExceptionHandler | undefined;

  /** @throws Error when two methods are for the same type */
  constructor(methods: readonly HandlerMethod[], resolvePlaceholder: ResolvePlaceholder | undefined) {
    this.all = methods.map((method) => ({
      method,
      reply: replyPlan(method, undefined, resolvePlaceholder),
      types: typesOf(method),
    }));
    for (const handler of this.all) {
      for (const type of handler.types) this.#add(type, handler);
    }
  }

  /** The one whose type is nearest to the exception's; only if none is for it, its cause is looked at, and so on. */
  find(exception: unknown): ExceptionHandler | undefined {
    for (const cause of causesOf(exception)) {
      const handler = this.#nearest(cause) ?? this.#ofEverything;
      if (handler) return handler;
    }
    return undefined;
  }

  #nearest(exception: unknown): ExceptionHandler | undefined {
    for (let type = typeOf(exception); type !== null; type = Object.getPrototypeOf(type) as object | null) {
      const handler = this.#handlers.get(type);
      if (handler) return handler;
    }
    return undefined;
  }

  #add(type: ExceptionType | undefined, handler: ExceptionHandler): void {
    const other = type === undefined ? this.#ofEverything : this.#handlers.get(type);
    if (other) {
      const what = type === undefined ? 'everything' : type.name;
      throw new Error(
        `Ambiguous exception handlers: ${other.method.toString()} and ${handler.method.toString()} are both for ${what}.`,
      );
    }
    if (type === undefined) this.#ofEverything = handler;
    else this.#handlers.set(type, handler);
  }
}

function typesOf(method: HandlerMethod): (ExceptionType | undefined)[] {
  const named = Reflect.getMetadata(EXCEPTION_TYPES_METADATA, method.callback) as readonly ExceptionType[];
  if (named.length > 0) return [...named];
  const declared = method.parameterTypes.filter(isErrorClass);
  return declared.length > 0 ? declared : [undefined];
}

/** What is thrown need not be an object, nor an object of a class. */
function typeOf(value: unknown): object | null {
  const type: unknown = typeof value === 'object' && value !== null ? value.constructor : null;
  return typeof type === 'function' ? type : null;
}

import type { ArgumentMetadata, Type } from '@nestjs/common';
import type { CompositeMessageConverter } from '../messaging/message-converter.js';
import {
  payloadResolver,
  resolverOfFactory,
  resolverOfNestDecorator,
  resolverOfType,
  type ArgumentResolver,
  type DeclaredHeader,
  type ParameterDeclaration,
  type Resolve,
} from './argument-resolvers.js';
import { destinationVariableName } from './destination-variables.js';
import { PARAMTYPES_METADATA, ROUTE_ARGS_METADATA } from './nest-internals.js';
import type { ResolvePlaceholder } from './placeholders.js';
import type { StompExecutionContext } from './stomp-execution-context.js';

/** What Nest's parameter decorators write, by `paramtype:index`. */
interface RouteArgument {
  readonly index: number;
  readonly data?: unknown;
  readonly pipes?: readonly unknown[];
  readonly schema?: ArgumentMetadata['schema'];
  readonly factory?: (data: unknown, context: StompExecutionContext) => unknown;
}

/** One parameter of a handler method: all that can be known before a message comes. */
export interface HandlerParameter {
  readonly resolve: Resolve;
  /** The pipes that its decorator names. */
  readonly pipes: readonly unknown[];
  /** Whether the pipes of the method, the class and the application apply. */
  readonly takesPipes: boolean;
  readonly isOptional: boolean;
  readonly header: DeclaredHeader | undefined;
  readonly metadata: ArgumentMetadata;
}

export interface HandlerMethodOptions {
  readonly converter: CompositeMessageConverter;
  /** What `${key}` in the names and defaults of headers stands for. */
  readonly resolvePlaceholder?: ResolvePlaceholder | undefined;
  /** Names of the variables in the mapped patterns; undefined for exception handlers, which serve all patterns of the class. */
  readonly patternVariables?: readonly (readonly string[])[] | undefined;
}

/**
 * A method that handles messages or exceptions, and how its arguments come about (Spring `HandlerMethod`). A parameter of this type is
 * the method that the message is mapped to: an exception handler learns from it where the exception comes from.
 *
 * @example
 * \@MessageExceptionHandler()
 * failed(error: Error, method: HandlerMethod) {
 *   this.log.error(`${method.toString()} failed: ${error.message}`); // ChatController.say() failed: …
 * }
 */
export class HandlerMethod {
  readonly callback: (...args: unknown[]) => unknown;
  readonly parameters: readonly HandlerParameter[];

  /** @throws Error when a parameter can never get a value */
  constructor(
    readonly classRef: Type<object>,
    readonly name: string,
    private readonly options: HandlerMethodOptions,
  ) {
    this.callback = (classRef.prototype as Record<string, (...args: unknown[]) => unknown>)[name]!;
    this.parameters = this.#describeParameters();
  }

  /** The declared types of the parameters, as far as the compiler left them. */
  get parameterTypes(): readonly unknown[] {
    return (Reflect.getMetadata(PARAMTYPES_METADATA, this.classRef.prototype as object, this.name) ?? []) as unknown[];
  }

  get #isExceptionHandler(): boolean {
    return this.options.patternVariables === undefined;
  }

  toString(): string {
    return `${this.classRef.name}.${this.name}()`;
  }

  #describeParameters(): HandlerParameter[] {
    const types = this.parameterTypes;
    const { converter, resolvePlaceholder, patternVariables } = this.options;
    const decorated = this.#decoratedParameters();
    const count = Math.max(types.length, this.callback.length, ...[...decorated.keys()].map((index) => index + 1));
    const nextVariable = destinationVariableName(patternVariables, this);
    const parameters = Array.from({ length: count }, (_, index) => {
      const type = types[index];
      const entry = decorated.get(index);
      const pipes = (entry?.argument.pipes ?? []).filter(Boolean);
      const declaration: ParameterDeclaration = {
        type,
        hasPipes: pipes.length > 0,
        variableName: nextVariable,
        converter,
        resolvePlaceholder,
        method: this,
      };
      const resolver = entry
        ? this.#decorated(entry.paramtype, entry.argument, declaration)
        : this.#undecorated(type, declaration);
      return {
        resolve: resolver.resolve,
        pipes,
        takesPipes: entry !== undefined || resolver.type === 'body',
        isOptional: resolver.isOptional ?? false,
        header: resolver.header,
        metadata: {
          type: resolver.type,
          // A Map has nothing to validate, and ValidationPipe with `transform` would lose what is in it.
          metatype: (type === Map ? Object : (resolver.metatype ?? type)) as Type | undefined,
          data: resolver.name,
          schema: entry?.argument.schema,
        } as ArgumentMetadata,
      };
    });
    this.#refuseGuess(parameters, types, (index) => decorated.has(index));
    return parameters;
  }

  /**
   * What neither a decorator nor a type explains is the payload, or in exception handlers the exception. A second one would be a guess,
   * and a dangerous one: some compilers leave no type of `user: Principal | undefined`, and then the client's payload would be its user.
   */
  #refuseGuess(
    parameters: readonly HandlerParameter[],
    types: readonly unknown[],
    isDecorated: (index: number) => boolean,
  ): void {
    const what = this.#isExceptionHandler ? 'exception' : 'payload';
    const isSame = ({ metadata }: HandlerParameter, index: number): boolean =>
      this.#isExceptionHandler ? !isDecorated(index) && isExceptionType(types[index]) : metadata.type === 'body';
    const guess = parameters.findIndex((_, index) => !isDecorated(index) && isUnknown(types[index]));
    const other = parameters.findIndex((parameter, index) => index !== guess && isSame(parameter, index));
    if (guess < 0 || other < 0) return;
    throw new Error(
      `Nothing tells what parameter ${guess + 1} of ${this.toString()} is: it has no decorator, its type is unknown, and the ${what} is ` +
        `parameter ${other + 1} already. Give it a decorator such as @Principal(), or compile with emitDecoratorMetadata.`,
    );
  }

  #decoratedParameters(): Map<number, { paramtype: number; argument: RouteArgument }> {
    const metadata = (Reflect.getMetadata(ROUTE_ARGS_METADATA, this.classRef, this.name) ?? {}) as Record<
      string,
      RouteArgument
    >;
    return new Map(
      Object.entries(metadata).map(([key, argument]) => [
        argument.index,
        { paramtype: Number(key.split(':')[0]), argument },
      ]),
    );
  }

  #decorated(paramtype: number, { factory, data }: RouteArgument, declaration: ParameterDeclaration): ArgumentResolver {
    return factory
      ? resolverOfFactory(factory, data, declaration)
      : resolverOfNestDecorator(paramtype, data, declaration);
  }

  #undecorated(type: unknown, declaration: ParameterDeclaration): ArgumentResolver {
    if (type === HandlerMethod) return { resolve: ({ method }) => method, type: 'custom' };
    if (this.#isExceptionHandler && isExceptionType(type)) return exceptionResolver(type);
    return resolverOfType(type) ?? payloadResolver(undefined, declaration);
  }
}

/** In an exception handler, what is declared as an error, or as nothing in particular, is the exception. */
function isExceptionType(type: unknown): boolean {
  return isUnknown(type) || isErrorClass(type);
}

/** The compiler has left no type, or one that could be anything: an interface, a union, `any`. */
function isUnknown(type: unknown): boolean {
  return type === undefined || type === Object;
}

export function isErrorClass(type: unknown): type is abstract new () => Error {
  return typeof type === 'function' && (type === Error || type.prototype instanceof Error);
}

function exceptionResolver(type: unknown): ArgumentResolver {
  const resolve: Resolve = ({ exception }) => {
    if (!isErrorClass(type)) return exception;
    // The handler may have been found by a cause of the exception; then it is the cause that fits.
    return causesOf(exception).find((error) => error instanceof type) ?? exception;
  };
  return { resolve, type: 'custom' };
}

/** An exception, its cause, the cause of that … */
export function causesOf(exception: unknown): unknown[] {
  const causes = [exception];
  let error = exception;
  while (error instanceof Error && error.cause !== undefined && causes.length < MOST_CAUSES) {
    error = error.cause;
    causes.push(error);
  }
  return causes;
}

/** Causes may run in a circle. */
const MOST_CAUSES = 16;

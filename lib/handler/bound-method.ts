import type { PipeTransform } from '@nestjs/common';
import { isPromise, type MaybePromise } from '../utils/maybe-promise.js';
import type { HandlerMethod, HandlerParameter } from './handler-method.js';
import type { HandlerHost, HostInstance } from './handler-host.js';
import type { StompExecutionContext } from './stomp-execution-context.js';

interface BoundParameter extends HandlerParameter {
  /** Instances of its own pipes. */
  readonly ownPipes: readonly PipeTransform[];
  /** Those of the application, the class and the method, then its own. */
  readonly allPipes: readonly PipeTransform[];
}

/** A method of one instance (Spring `InvocableHandlerMethod`). Waits only if an argument or the method makes it wait. */
export class BoundMethod {
  readonly #instance: object;
  readonly #parameters: readonly BoundParameter[];

  /** @param pipes of the application, the class and the method */
  constructor(
    private readonly method: HandlerMethod,
    host: HandlerHost,
    hostInstance: HostInstance,
    pipes: readonly PipeTransform[],
  ) {
    this.#instance = hostInstance.instance;
    this.#parameters = method.parameters.map((parameter) => {
      const ownPipes = host.parameterPipes(parameter.pipes, hostInstance);
      return { ...parameter, ownPipes, allPipes: parameter.takesPipes ? [...pipes, ...ownPipes] : ownPipes };
    });
  }

  invoke(context: StompExecutionContext): MaybePromise<unknown> {
    const args: unknown[] = [];
    for (const parameter of this.#parameters) {
      const value = argumentOf(parameter, context);
      if (isPromise(value)) return this.#invokeLater(args, value, context);
      args.push(value);
    }
    return this.method.callback.apply(this.#instance, args);
  }

  async #invokeLater(args: unknown[], pending: Promise<unknown>, context: StompExecutionContext): Promise<unknown> {
    args.push(await pending);
    for (const parameter of this.#parameters.slice(args.length)) args.push(await argumentOf(parameter, context));
    return this.method.callback.apply(this.#instance, args);
  }
}

function argumentOf(parameter: BoundParameter, context: StompExecutionContext): unknown {
  const value = parameter.resolve(context);
  const { allPipes, ownPipes, isOptional, metadata } = parameter;
  if (allPipes.length === 0) return value;
  // What may be left out and has been is not validated; a pipe of the parameter's own may still put a default in its place.
  const pipes = isOptional && value === undefined ? ownPipes : allPipes;
  return transform(value, pipes, metadata, 0);
}

function transform(
  value: unknown,
  pipes: readonly PipeTransform[],
  metadata: HandlerParameter['metadata'],
  from: number,
): unknown {
  let result = value;
  for (let i = from; i < pipes.length; i++) {
    if (isPromise(result)) return result.then((transformed) => transform(transformed, pipes, metadata, i));
    result = pipes[i]!.transform(result, metadata);
  }
  return result;
}

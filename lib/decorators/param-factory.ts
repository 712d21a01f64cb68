import type { ExecutionContext, PipeTransform, Type } from '@nestjs/common';

/** A pipe, or the class of one. */
export type Pipe = Type<PipeTransform> | PipeTransform;

/**
 * Reads an argument from a context that is not ours: the same controller may have HTTP routes. For STOMP messages the
 * handler knows the factory and reads the message itself.
 */
export type ParamFactory<Data> = (data: Data, context: ExecutionContext) => unknown;

/** What HTTP requests and our own `StompRequest` have in common. */
export interface RequestLike {
  readonly user?: unknown;
  readonly body?: unknown;
  readonly params?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, unknown>>;
}

export function requestOf(context: ExecutionContext): RequestLike {
  return context.switchToHttp().getRequest<RequestLike | undefined>() ?? {};
}

export function isPipe(value: unknown): value is Pipe {
  return typeof value === 'function' || typeof (value as PipeTransform | undefined)?.transform === 'function';
}

export function property(value: unknown, name: string | undefined): unknown {
  return name === undefined ? value : (value as Record<string, unknown> | null | undefined)?.[name];
}

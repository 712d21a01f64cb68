import { createParamDecorator } from '@nestjs/common';
import type { PrincipalLike } from '../interfaces/principal.interface.js';
import { requestOf, type ParamFactory, type Pipe } from './param-factory.js';

/** Who sent the message (`java.security.Principal`). */
export interface Principal extends PrincipalLike {}

/** The decorator. The construct signature makes compilers keep `Principal` as the type of a parameter at run time. */
export interface PrincipalDecorator {
  (...pipes: Pipe[]): ParameterDecorator;
  new (...args: never): Principal;
}

export const principalFactory: ParamFactory<undefined> = (_data, context) => requestOf(context).user;

const decorator = createParamDecorator(principalFactory);

/**
 * The user that the message came from, undefined if nobody is known. One name is the type and the decorator, and a parameter of this
 * type needs no decorator.
 *
 * @example
 * one(@Payload() message: RequestMsg, @Principal() user: Principal) {}
 * two(message: RequestMsg, user: Principal) {}
 */
export const Principal = function Principal(...pipes: Pipe[]): ParameterDecorator {
  return decorator(undefined, ...pipes);
} as unknown as PrincipalDecorator;

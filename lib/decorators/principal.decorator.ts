import { createParamDecorator } from '@nestjs/common';
import type { PrincipalLike } from '../interfaces/principal.interface.js';
import { requestOf, type ParamFactory, type Pipe } from './param-factory.js';

/** Who sent the message (`java.security.Principal`). */
export interface Principal extends PrincipalLike {}

/**
 * The decorator. The construct signature makes compilers keep `Principal` as the type of a parameter at run time, and lets an
 * application's class of users extend it.
 */
export interface PrincipalDecorator {
  (...pipes: Pipe[]): ParameterDecorator;
  new (): Principal;
}

export const principalFactory: ParamFactory<undefined> = (_data, context) => requestOf(context).user;

const decorator = createParamDecorator(principalFactory);

/**
 * The user that the message came from, undefined if nobody is known. One name is the type and the decorator, and a parameter of this
 * type, or of a class that extends it, needs no decorator. One of a union type such as `Principal | undefined` does: some compilers leave
 * no type of a union.
 *
 * @example
 * one(@Payload() message: RequestMsg, @Principal() user: Principal) {}
 * two(message: RequestMsg, user: Principal) {}
 *
 * @example
 * class Member extends Principal {
 *   constructor(readonly name: string, readonly team: string) { super(); }
 * }
 * three(message: RequestMsg, member: Member) {}
 */
export const Principal = function Principal(...pipes: Pipe[]): ParameterDecorator | undefined {
  // What `super()` calls; the instance is the subclass's.
  return new.target ? undefined : decorator(undefined, ...pipes);
} as unknown as PrincipalDecorator;

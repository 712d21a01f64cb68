import type { PrincipalLike } from '../interfaces/principal.interface.js';

/** What a user is called in user destinations (Spring `DestinationUserNameProvider`). */
export function destinationUserName({ destinationUserName, name }: PrincipalLike): string {
  return destinationUserName ?? name;
}

/** @throws TypeError when the application says that somebody is there, but not who */
export function checkPrincipal(user: PrincipalLike | null | undefined): PrincipalLike | undefined {
  if (user === undefined || user === null) return undefined;
  if (typeof user.name === 'string' && typeof destinationUserName(user) === 'string') return user;
  throw new TypeError('The user of a session must have a name that is a text; return nothing for a stranger.');
}

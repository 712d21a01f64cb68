import type { PrincipalLike } from '../interfaces/principal.interface.js';

/** What a user is called in user destinations (Spring `DestinationUserNameProvider`). */
export function destinationUserName({ destinationUserName, name }: PrincipalLike): string {
  return destinationUserName ?? name;
}

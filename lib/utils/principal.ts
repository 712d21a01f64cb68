import type { PrincipalLike } from '../interfaces/principal.interface.js';

/** What a user is called in user destinations (Spring `DestinationUserNameProvider`). */
export function destinationUserName({ destinationUserName, name }: PrincipalLike): string {
  return destinationUserName ?? name;
}

/** When the user's credentials expire, in milliseconds since the epoch. */
export function expiryOf(user: PrincipalLike | undefined): number {
  return Number(user?.expiresAt ?? Infinity);
}

/** Whether the user's credentials are not to be believed any more. To look at the clock costs more than to see that they do not expire. */
export function hasExpired(user: PrincipalLike | undefined): boolean {
  const expiry = expiryOf(user);
  return expiry !== Infinity && expiry <= Date.now();
}

/** @throws TypeError when the application says that somebody is there, but not who, or names a time that is none */
export function checkPrincipal(user: PrincipalLike | null | undefined): PrincipalLike | undefined {
  if (user === undefined || user === null) return undefined;
  if (typeof user.name !== 'string' || typeof destinationUserName(user) !== 'string') {
    throw new TypeError('The user of a session must have a name that is a text; return nothing for a stranger.');
  }
  const { expiresAt } = user;
  const isTime = expiresAt === undefined || typeof expiresAt === 'number' || expiresAt instanceof Date;
  if (isTime && !Number.isNaN(expiryOf(user))) return user;
  throw new TypeError('The expiresAt of a user must be a Date, or a number: milliseconds since the epoch.');
}

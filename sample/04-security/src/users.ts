import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { UnauthorizedException } from '@nestjs/common';

/** In place of a database, where passwords would be hashed. */
const USERS = [
  { name: 'alice', password: 'rabbit', roles: ['ADMIN'], rooms: ['lobby', 'staff'], key: randomBytes(32) },
  { name: 'bob', password: 'builder', roles: ['USER'], rooms: ['lobby'], key: randomBytes(32) },
];

export function find(name?: string) {
  const user = USERS.find((user) => user.name === name);
  if (!user) throw new UnauthorizedException();
  return user;
}

/** What the token says, and a signature of it with the user's own key: a new key ends all tokens of the user. */
export function tokenFor(name?: string, expires = Date.now() + 3_600_000): string {
  const signature = createHmac('sha256', find(name).key).update(`${name}.${expires}`);
  return `${name}.${expires}.${signature.digest('base64url')}`;
}

export function verify(token = '') {
  const [name, expires] = token.split('.');
  const [given, ours] = [Buffer.from(token), Buffer.from(tokenFor(name, Number(expires)))];
  const isOurs = given.length === ours.length && timingSafeEqual(given, ours);
  if (!isOurs || Number(expires) < Date.now()) throw new UnauthorizedException();
  return find(name);
}

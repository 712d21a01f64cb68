import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Another one at each start, so that everybody logs in again then. */
const KEY = randomBytes(32);

export const NO_COOKIE = 'login=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax';

/** A cookie that only this server can have made. */
export function cookieFor(name: string): string {
  const value = encodeURIComponent(name);
  return `login=${value}.${signatureOf(value).toString('base64url')}; Path=/; HttpOnly; SameSite=Lax`;
}

/** Whom the request's cookie names. Serves HTTP requests and STOMP handshakes alike. */
export function userOf(request: IncomingMessage): { name: string } | undefined {
  const [, value, signature] = /(?:^|;\s*)login=([^;]*)\.([^.;]*)/.exec(request.headers.cookie ?? '') ?? [];
  if (!value || !signature) return undefined;
  const given = Buffer.from(signature, 'base64url');
  const ours = signatureOf(value);
  const isOurs = given.length === ours.length && timingSafeEqual(given, ours);
  return isOurs ? { name: decodeURIComponent(value) } : undefined;
}

function signatureOf(value: string): Buffer {
  return createHmac('sha256', KEY).update(value).digest();
}

import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImOptions } from './im-options.js';

/** Injection token: what signs tokens and links. */
export const SECRET = Symbol('SECRET');

/** The one of the options, or one that is made at the first start and kept. */
export function secretOf({ secret, dataFolder }: ImOptions): string {
  if (secret !== undefined) return secret;
  const path = join(dataFolder, 'secret');
  try {
    return readFileSync(path, 'utf8');
  } catch {
    const made = randomBytes(32).toString('base64url');
    mkdirSync(dataFolder, { recursive: true });
    writeFileSync(path, made, { mode: 0o600, flag: 'wx' });
    return made;
  }
}

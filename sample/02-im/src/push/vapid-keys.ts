import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import webPush from 'web-push';
import type { ImOptions } from '../im-options.js';

/** By which push services know who we are (RFC 8292); base64url. */
export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** Made at the first start and kept: with other ones, all subscriptions would be void. */
export function vapidKeysOf({ dataFolder }: Pick<ImOptions, 'dataFolder'>): VapidKeys {
  const path = join(dataFolder, 'vapid.json');
  const kept = read(path);
  if (kept !== undefined) return parse(path, kept);
  const made = webPush.generateVAPIDKeys();
  mkdirSync(dataFolder, { recursive: true });
  // Under its name there is a whole one or none, whatever happens meanwhile.
  writeFileSync(`${path}.unfinished`, JSON.stringify(made), { mode: 0o600 });
  renameSync(`${path}.unfinished`, path);
  return made;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(path: string, text: string): VapidKeys {
  try {
    const { publicKey, privateKey } = JSON.parse(text) as VapidKeys;
    if (lengthOf(publicKey) === 65 && lengthOf(privateKey) === 32) return { publicKey, privateKey };
  } catch {
    // It is told below.
  }
  throw new Error(
    `${path} has no VAPID keys. Put a copy of it back, or remove it: devices then have to subscribe anew.`,
  );
}

function lengthOf(key: string): number {
  return Buffer.from(key, 'base64url').length;
}

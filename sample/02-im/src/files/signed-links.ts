import { createHmac, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ImError } from '../model/error.js';
import { SECRET } from '../secret.js';

/** How long a link is good for, in milliseconds. */
const LIFE = 600_000;

export interface LinkParameters {
  readonly user: string;
  /** Milliseconds since 1970. */
  readonly expires: string;
  readonly signature: string;
}

/** Links that a browser can follow without a token: for one user, one file and ten minutes. */
@Injectable()
export class SignedLinks {
  constructor(@Inject(SECRET) private readonly secret: string) {}

  linkTo(fileId: string, userId: string, now = Date.now()): { url: string; expires_at: number } {
    const expires = `${now + LIFE}`;
    const query = new URLSearchParams({ user: userId, expires, signature: this.#sign(fileId, userId, expires) });
    return { url: `/files/${encodeURIComponent(fileId)}?${query}`, expires_at: Number(expires) };
  }

  /** @throws ImError FORBIDDEN */
  check(fileId: string, { user, expires, signature }: LinkParameters, now = Date.now()): void {
    const expected = Buffer.from(this.#sign(fileId, user, expires));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new ImError('FORBIDDEN', 'This link is not valid.');
    }
    if (Number(expires) < now) throw new ImError('FORBIDDEN', 'This link has expired: ask for a new one.');
  }

  #sign(fileId: string, userId: string, expires: string): string {
    const what = JSON.stringify(['file', fileId, userId, expires]);
    return createHmac('sha256', this.secret).update(what).digest('base64url');
  }
}

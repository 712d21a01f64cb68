import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { ImError } from '../model/error.js';
import { ImUser } from './im-user.js';

interface Claims {
  readonly sub: string;
  readonly did: string;
  /** Of the device: once it has been revoked, a login makes it another one. */
  readonly gen?: number;
  readonly name: string;
  readonly roles: readonly string[];
  readonly exp: number;
}

/** A refresh token as its parts. What is stored of it is a hash. */
export interface RefreshToken {
  readonly userId: string;
  readonly deviceId: string;
  readonly hash: string;
}

@Injectable()
export class TokensService {
  constructor(private readonly jwt: JwtService) {}

  access(user: Omit<Required<Claims>, 'exp'>): Promise<string> {
    return this.jwt.signAsync(user);
  }

  /** @throws ImError UNAUTHENTICATED */
  async verify(token: string | undefined): Promise<ImUser> {
    try {
      const { sub, did, gen = 0, name, roles, exp } = await this.jwt.verifyAsync<Claims>(token ?? '');
      return new ImUser(sub, did, name, roles, exp * 1_000, gen);
    } catch {
      throw new ImError(
        'UNAUTHENTICATED',
        'The token is missing, not valid, or no longer valid: log in or refresh it.',
      );
    }
  }

  /** @returns a new token, and what to remember of it */
  refresh(userId: string, deviceId: string): { token: string; hash: string } {
    const token = [userId, deviceId].map(encoded).concat(randomBytes(32).toString('base64url')).join('.');
    return { token, hash: hashOf(token) };
  }

  /** @throws ImError UNAUTHENTICATED when it can be none of ours */
  parseRefresh(token: string): RefreshToken {
    const parts = token.split('.');
    if (parts.length !== 3) throw new ImError('UNAUTHENTICATED', 'This is no refresh token.');
    const [userId, deviceId] = parts.map((part) => Buffer.from(part, 'base64url').toString());
    return { userId: userId!, deviceId: deviceId!, hash: hashOf(token) };
  }
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

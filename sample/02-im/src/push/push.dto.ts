import { ECDH } from 'node:crypto';
import { Type } from 'class-transformer';
import { IsDefined, IsString, Length, ValidateBy, ValidateNested } from 'class-validator';
import type { PushSubscription } from '../ports/push-provider.js';

const BASE64URL = /^[\w-]+=*$/;

const isBytes = (value: unknown, length: number): value is string =>
  typeof value === 'string' && BASE64URL.test(value) && Buffer.from(value, 'base64url').length === length;

/** Nothing can be encrypted for what is no point of the curve. */
function isPublicKey(value: unknown): boolean {
  if (!isBytes(value, 65)) return false;
  try {
    ECDH.convertKey(value, 'prime256v1', 'base64url');
    return true;
  } catch {
    return false;
  }
}

class KeysDto {
  @ValidateBy({
    name: 'isPublicKey',
    validator: {
      validate: isPublicKey,
      defaultMessage: () => 'p256dh must be a public key of P-256: 65 bytes, as base64url',
    },
  })
  p256dh!: string;

  @ValidateBy({
    name: 'isAuth',
    validator: {
      validate: (value: unknown) => isBytes(value, 16),
      defaultMessage: () => 'auth must be 16 bytes, as base64url',
    },
  })
  auth!: string;
}

/** What a browser's `PushSubscription` is as JSON. */
export class SubscriptionDto implements PushSubscription {
  @IsString()
  @Length(1, 2_048)
  endpoint!: string;

  @IsDefined()
  @ValidateNested()
  @Type(() => KeysDto)
  keys!: KeysDto;
}

import { Transform } from 'class-transformer';
import { IsNotEmpty, IsOptional, IsString, Length, Matches, ValidateBy } from 'class-validator';
import { isUserId } from '../model/user-id.js';

/** bcrypt takes no more than 72 bytes: what comes after them would be no part of the password. */
const MOST_PASSWORD_BYTES = 72;

/** The same letters are the same id, however a keyboard composes them. */
const Composed = () =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.normalize('NFC') : value));

const IsUserId = () =>
  ValidateBy({
    name: 'isUserId',
    validator: {
      validate: isUserId,
      defaultMessage: () =>
        'user_id must be 1 to 32 letters, digits, dots, hyphens or underscores; Latin letters may stand with Chinese, ' +
        'Japanese and Korean ones, but not with those of other scripts',
    },
  });

const IsPassword = (shortest: number) =>
  ValidateBy({
    name: 'isPassword',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' && value.length >= shortest && Buffer.byteLength(value) <= MOST_PASSWORD_BYTES,
      defaultMessage: () => `password must be at least ${shortest} characters and at most ${MOST_PASSWORD_BYTES} bytes`,
    },
  });

export class RegisterDto {
  @Composed()
  @IsUserId()
  user_id!: string;

  @IsString()
  @Length(1, 64)
  name!: string;

  @IsPassword(4)
  password!: string;
}

export class LoginDto {
  @Composed()
  @IsString()
  @Length(1, 64)
  user_id!: string;

  @IsPassword(1)
  password!: string;

  @Matches(/^[\w.-]{1,64}$/, { message: 'device_id must be 1 to 64 letters, digits, dots, hyphens or underscores' })
  device_id!: string;

  @IsOptional()
  @IsString()
  @Length(0, 64)
  device_name?: string;

  @IsOptional()
  @IsString()
  @Length(0, 32)
  platform?: string;
}

export class RefreshDto {
  @IsString()
  @IsNotEmpty()
  @Length(1, 512)
  refresh_token!: string;
}

export class UsersQuery {
  @IsString()
  @Length(1, 64)
  q!: string;
}

import { IsNotEmpty, IsOptional, IsString, Length, Matches } from 'class-validator';

/** Letters of any script, digits and a few signs: no slash, which divides destinations. */
const USER_ID = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]{0,31}$/u;

/** bcrypt takes no more than 72 bytes. */
const MOST_PASSWORD = 72;

export class RegisterDto {
  @Matches(USER_ID, { message: 'user_id must be 1 to 32 letters, digits, dots, hyphens or underscores' })
  user_id!: string;

  @IsString()
  @Length(1, 64)
  name!: string;

  @IsString()
  @Length(4, MOST_PASSWORD)
  password!: string;
}

export class LoginDto {
  @IsString()
  @Length(1, 64)
  user_id!: string;

  @IsString()
  @Length(1, MOST_PASSWORD)
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

import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { Idempotent } from '../messages/messages.dto.js';
import { Role } from '../model/room.js';

/** More than that at once would hold up the writer. */
const MOST_AT_ONCE = 1_000;
const MOST_DAYS = 36_500;

export class CreateRoomDto extends Idempotent {
  @IsIn(['group', 'channel'])
  kind!: 'group' | 'channel';

  @IsString()
  @Length(1, 128)
  title!: string;

  @IsArray()
  @ArrayMaxSize(MOST_AT_ONCE)
  @IsString({ each: true })
  member_ids!: string[];
}

export class RoomDto extends Idempotent {
  @IsString()
  @Length(1, 64)
  room_id!: string;
}

export class InviteDto extends RoomDto {
  @IsArray()
  @ArrayMaxSize(MOST_AT_ONCE)
  @IsString({ each: true })
  user_ids!: string[];
}

export class KickDto extends RoomDto {
  @IsString()
  @Length(1, 64)
  user_id!: string;
}

export class PinRoomDto {
  @IsString()
  @Length(1, 64)
  room_id!: string;

  @IsOptional()
  @IsBoolean()
  remove?: boolean;
}

export class MuteRoomDto {
  @IsString()
  @Length(1, 64)
  room_id!: string;

  /** Milliseconds since 1970; 0: no longer muted. */
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  until!: number;
}

class MemberChangeDto {
  @IsString()
  @Length(1, 64)
  user_id!: string;

  @IsOptional()
  @IsIn([Role.Member, Role.Admin, Role.Owner])
  role?: Role;

  /** Milliseconds since 1970; 0: no longer muted. */
  @IsOptional()
  @IsInt()
  @Min(0)
  mute_until?: number;
}

export class UpdateRoomDto extends RoomDto {
  @IsOptional()
  @IsString()
  @Length(1, 128)
  title?: string;

  /** 0: for ever. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST_DAYS)
  retention_days?: number;

  @IsOptional()
  @ValidateNested()
  @Type(() => MemberChangeDto)
  member?: MemberChangeDto;
}

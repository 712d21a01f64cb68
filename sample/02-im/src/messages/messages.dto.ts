import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';
import type { MessageKind } from '../model/message.js';
import { MaxJsonBytes } from './max-json-bytes.js';

const CONTENT_LIMIT = 32_768;
const FIRST_CONTROL_TYPE = 100;

export class Idempotent {
  @Matches(/^[\x21-\x7e]{1,64}$/, { message: 'client_msg_id must be 1 to 64 printable characters without blanks' })
  client_msg_id!: string;
}

/** A message of a room. */
export class MessageReference extends Idempotent {
  @IsString()
  @Length(1, 64)
  room_id!: string;

  @IsInt()
  @Min(1)
  seq!: number;
}

export class SendDto extends Idempotent {
  @IsOptional()
  @IsString()
  @Length(1, 64)
  room_id?: string;

  @IsOptional()
  @IsString()
  @Length(1, 64)
  to_user_id?: string;

  @IsIn(['unicast', 'multicast'])
  type!: MessageKind;

  @IsInt()
  @Min(1)
  @Max(FIRST_CONTROL_TYPE - 1)
  message_type!: number;

  @IsObject()
  @MaxJsonBytes(CONTENT_LIMIT)
  message_content!: Record<string, unknown>;

  @IsOptional()
  @IsInt()
  @Min(1)
  reply_to?: number;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsString({ each: true })
  mentions?: string[];
}

export class EditDto extends MessageReference {
  @IsInt()
  @Min(1)
  expected_version!: number;

  @IsObject()
  @MaxJsonBytes(CONTENT_LIMIT)
  message_content!: Record<string, unknown>;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsString({ each: true })
  mentions?: string[];
}

export class ReactDto extends MessageReference {
  @IsString()
  @Length(1, 32)
  emoji!: string;

  @IsOptional()
  @IsBoolean()
  remove?: boolean;
}

export class PinDto extends MessageReference {
  @IsOptional()
  @IsBoolean()
  remove?: boolean;
}

export class HideDto {
  @IsString()
  @Length(1, 64)
  room_id!: string;

  @IsInt()
  @Min(1)
  lo!: number;

  @IsInt()
  @Min(1)
  hi!: number;
}

export class ReadDto {
  @IsString()
  @Length(1, 64)
  room_id!: string;

  @IsInt()
  @Min(1)
  seq!: number;
}

export class BroadcastDto extends Idempotent {
  @IsObject()
  @MaxJsonBytes(CONTENT_LIMIT)
  message_content!: Record<string, unknown>;
}

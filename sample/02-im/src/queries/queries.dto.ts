import { IsInt, IsObject, IsOptional, IsString, Length, Max, Min } from 'class-validator';

export class RoomsQuery {
  @IsOptional()
  @IsString()
  @Length(1, 64)
  cursor?: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(200)
  limit?: number;
}

export class RoomQuery {
  @IsString()
  @Length(1, 64)
  room_id!: string;
}

export class HistoryQuery extends RoomQuery {
  /** Older than this `seq`. */
  @IsOptional()
  @IsInt()
  @Min(1)
  before?: number;

  /** Newer than this `seq`. */
  @IsOptional()
  @IsInt()
  @Min(0)
  after?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(200)
  limit?: number;
}

export class SearchQueryDto {
  @IsString()
  @Length(1, 128)
  q!: string;

  @IsOptional()
  @IsString()
  @Length(1, 64)
  room_id?: string;

  /** A `user_id`. */
  @IsOptional()
  @IsString()
  @Length(1, 64)
  from?: string;

  @IsOptional()
  @IsInt()
  message_type?: number;

  /** A `message_id`. */
  @IsOptional()
  @IsString()
  @Length(1, 32)
  before?: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(50)
  limit?: number;
}

export class SyncQuery {
  /** `room_id` → the last `seq` that is known. */
  @IsObject()
  rooms!: Record<string, number>;
}

import { ArrayMaxSize, IsArray, IsBoolean, IsString, Length } from 'class-validator';

export class TypingDto {
  @IsString()
  @Length(1, 64)
  room_id!: string;

  @IsBoolean()
  state!: boolean;
}

export class PresenceDto {
  /** `user_id`s. */
  @IsArray()
  @ArrayMaxSize(500)
  @IsString({ each: true })
  @Length(1, 64, { each: true })
  watch!: string[];
}

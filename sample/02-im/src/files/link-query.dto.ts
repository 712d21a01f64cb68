import { IsString, Length } from 'class-validator';
import type { LinkParameters } from './signed-links.js';

export class LinkQuery implements LinkParameters {
  @IsString()
  @Length(1, 64)
  user!: string;

  @IsString()
  @Length(1, 16)
  expires!: string;

  @IsString()
  @Length(1, 64)
  signature!: string;
}

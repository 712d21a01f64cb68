import { Injectable } from '@nestjs/common';

@Injectable()
export class PollHours {
  /** Until the end of the century. */
  areOver(): boolean {
    return new Date().getFullYear() >= 2100;
  }
}

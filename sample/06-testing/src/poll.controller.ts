import { BadRequestException, Controller, ForbiddenException } from '@nestjs/common';
import { MessageMapping, Principal, SendTo, SubscribeMapping } from 'nestjs-stomp';
import { PollHours } from './poll-hours.js';

const OPTIONS = ['tea', 'coffee'];

export class Vote {
  option!: string;
}

/** A poll: each user has one vote, and may change it. */
@Controller()
@MessageMapping('/poll')
export class PollController {
  readonly #votes = new Map<string, string>();

  constructor(private readonly hours: PollHours) {}

  /** Answers the subscriber alone. */
  @SubscribeMapping('/result')
  result(): Record<string, number> {
    const votes = [...this.#votes.values()];
    return Object.fromEntries(OPTIONS.map((option) => [option, votes.filter((vote) => vote === option).length]));
  }

  @MessageMapping('/vote')
  @SendTo('/topic/poll')
  vote({ option }: Vote, @Principal() user?: Principal): Record<string, number> {
    if (!user) throw new ForbiddenException('Who are you?');
    if (this.hours.areOver()) throw new ForbiddenException('The poll is over.');
    if (!OPTIONS.includes(option)) throw new BadRequestException(`Nobody can vote for ${option}.`);
    this.#votes.set(user.name, option);
    return this.result();
  }
}

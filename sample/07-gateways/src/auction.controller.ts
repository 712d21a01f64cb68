import { Controller, Get } from '@nestjs/common';
import { MessageMapping, Principal, SendTo, SubscribeMapping } from 'nestjs-stomp';
import { Auction } from './auction.js';

/** The same sessions and the same broker, in Spring's way; and a route over HTTP. */
@Controller()
export class AuctionController {
  constructor(private readonly auction: Auction) {}

  @Get('/auction')
  @SubscribeMapping('/auction')
  highest() {
    return this.auction.highest;
  }

  @MessageMapping('/cheer')
  @SendTo('/topic/auction')
  cheer(text: string, user: Principal) {
    return { cheer: text, from: user.name };
  }
}

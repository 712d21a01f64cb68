import { Injectable } from '@nestjs/common';

@Injectable()
export class Auction {
  highest = { bidder: 'nobody', amount: 0 };

  /** @returns whether it is more than any before */
  bid(bidder: string, amount: number): boolean {
    if (!(amount > this.highest.amount)) return false;
    this.highest = { bidder, amount };
    return true;
  }
}

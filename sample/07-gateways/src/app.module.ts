import { Module } from '@nestjs/common';
import { StompModule } from 'nestjs-stomp';
import { AuctionController } from './auction.controller.js';
import { AuctionGateway } from './auction.gateway.js';
import { Auction } from './auction.js';

const stomp = StompModule.forRoot({
  authenticate: ({ login }) => (login ? { name: login } : undefined), // a demonstration: whoever gives a name is believed
});

@Module({ imports: [stomp], controllers: [AuctionController], providers: [AuctionGateway, Auction] })
export class AppModule {}

import { ParseIntPipe } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
  type OnGatewayDisconnect,
  type WsResponse,
} from '@nestjs/websockets';
import type { StompGatewayServer, StompSession } from 'nestjs-stomp';
import { Auction } from './auction.js';

/** As an application may have it that spoke Socket.IO until now: what changes is its adapter, in main.ts. */
@WebSocketGateway()
export class AuctionGateway implements OnGatewayDisconnect {
  @WebSocketServer() readonly server!: StompGatewayServer;

  constructor(private readonly auction: Auction) {}

  /** What clients SEND to /app/bid. The answer goes to the sender, at /user/queue/accepted. */
  @SubscribeMessage('bid')
  bid(
    @MessageBody('amount', ParseIntPipe) amount: number,
    @ConnectedSocket() { user }: StompSession,
  ): WsResponse<number> {
    const { bidder: before } = this.auction.highest;
    if (!user) throw new WsException('Who are you?');
    if (!this.auction.bid(user.name, amount)) throw new WsException('That is not enough.');
    void this.server.emit('/topic/auction', this.auction.highest);
    void this.server.to(before).emit('outbid', this.auction.highest); // all sessions of the user, at /user/queue/outbid
    return { event: 'accepted', data: amount };
  }

  handleDisconnect({ user }: StompSession): void {
    void this.server.emit('/topic/auction', { left: user?.name });
  }
}

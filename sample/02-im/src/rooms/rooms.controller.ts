import { Controller } from '@nestjs/common';
import { MessageMapping, RateLimit, SimpMessageHeaderAccessor, StompSession } from 'nestjs-stomp';
import { ImUser } from '../accounts/im-user.js';
import { CommandsService } from '../commands.service.js';
import { TimelineWriter } from '../messages/timeline-writer.js';
import { MESSAGE_RATE } from '../rates.js';
import { CreateRoomDto, InviteDto, KickDto, MuteRoomDto, PinRoomDto, RoomDto, UpdateRoomDto } from './rooms.dto.js';

/** Who is in a room, and what it is called: each change is a message of its timeline. */
@Controller()
@RateLimit(MESSAGE_RATE)
export class RoomsController {
  constructor(
    private readonly writer: TimelineWriter,
    private readonly commands: CommandsService,
  ) {}

  @MessageMapping('/im.room.create')
  async create(
    { client_msg_id: clientMsgId, kind, title, member_ids: memberIds }: CreateRoomDto,
    { actor }: ImUser,
    session: StompSession,
    accessor: SimpMessageHeaderAccessor,
  ): Promise<void> {
    await this.writer.write('room.create', { actor, clientMsgId, kind, title, memberIds }, { session, accessor });
  }

  @MessageMapping('/im.room.invite')
  async invite(
    { client_msg_id: clientMsgId, room_id: roomId, user_ids: userIds }: InviteDto,
    { actor }: ImUser,
    session: StompSession,
    accessor: SimpMessageHeaderAccessor,
  ): Promise<void> {
    await this.writer.write('room.invite', { actor, clientMsgId, roomId, userIds }, { session, accessor });
  }

  @MessageMapping('/im.room.join')
  async join(
    { client_msg_id: clientMsgId, room_id: roomId }: RoomDto,
    { actor }: ImUser,
    session: StompSession,
    accessor: SimpMessageHeaderAccessor,
  ): Promise<void> {
    await this.writer.write('room.join', { actor, clientMsgId, roomId }, { session, accessor });
  }

  @MessageMapping('/im.room.leave')
  async leave(
    { client_msg_id: clientMsgId, room_id: roomId }: RoomDto,
    { actor }: ImUser,
    session: StompSession,
    accessor: SimpMessageHeaderAccessor,
  ): Promise<void> {
    await this.writer.write('room.leave', { actor, clientMsgId, roomId }, { session, accessor });
  }

  @MessageMapping('/im.room.kick')
  async kick(
    { client_msg_id: clientMsgId, room_id: roomId, user_id: userId }: KickDto,
    { actor }: ImUser,
    session: StompSession,
    accessor: SimpMessageHeaderAccessor,
  ): Promise<void> {
    await this.writer.write('room.kick', { actor, clientMsgId, roomId, userId }, { session, accessor });
  }

  @MessageMapping('/im.room.update')
  async update(
    { client_msg_id: clientMsgId, room_id: roomId, title, retention_days: retentionDays, member }: UpdateRoomDto,
    { actor }: ImUser,
    session: StompSession,
    accessor: SimpMessageHeaderAccessor,
  ): Promise<void> {
    const change = member && { userId: member.user_id, role: member.role, muteUntil: member.mute_until };
    const update = { actor, clientMsgId, roomId, title, retentionDays, member: change };
    await this.writer.write('room.update', update, { session, accessor });
  }

  /** At the top of one's own list. */
  @MessageMapping('/im.room.pin')
  async pin({ room_id: roomId, remove = false }: PinRoomDto, { actor }: ImUser): Promise<void> {
    await this.commands.execute('room.pin', { actor, roomId, remove });
  }

  /** No notifications of it, for oneself. */
  @MessageMapping('/im.mute')
  async mute({ room_id: roomId, until }: MuteRoomDto, { actor }: ImUser): Promise<void> {
    await this.commands.execute('room.mute', { actor, roomId, until });
  }
}

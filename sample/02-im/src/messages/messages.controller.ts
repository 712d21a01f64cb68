import { Controller } from '@nestjs/common';
import { MessageMapping, RateLimit, SimpMessageHeaderAccessor, StompSession } from 'nestjs-stomp';
import { ImUser } from '../accounts/im-user.js';
import { CommandsService } from '../commands.service.js';
import { ImError } from '../model/error.js';
import { LiveService } from '../live/live.service.js';
import { MESSAGE_RATE } from '../rates.js';
import {
  BroadcastDto,
  EditDto,
  HideDto,
  MessageReference,
  PinDto,
  ReactDto,
  ReadDto,
  SendDto,
} from './messages.dto.js';
import { TimelineWriter } from './timeline-writer.js';

/** What changes the timeline of a room, and what a user has done with it. */
@Controller()
export class MessagesController {
  constructor(
    private readonly writer: TimelineWriter,
    private readonly commands: CommandsService,
    private readonly live: LiveService,
  ) {}

  @MessageMapping('/im.send')
  @RateLimit(MESSAGE_RATE)
  async send(
    message: SendDto,
    { actor }: ImUser,
    session: StompSession,
    accessor: SimpMessageHeaderAccessor,
  ): Promise<void> {
    if ((message.room_id === undefined) === (message.to_user_id === undefined)) {
      throw new ImError('BAD_REQUEST', 'A message must name either room_id or to_user_id.');
    }
    const command = {
      actor,
      clientMsgId: message.client_msg_id,
      roomId: message.room_id,
      toUserId: message.to_user_id,
      type: message.type,
      messageType: message.message_type,
      content: message.message_content,
      replyTo: message.reply_to,
      mentions: message.mentions,
    };
    await this.writer.write('message.send', command, { session, accessor });
  }

  @MessageMapping('/im.recall')
  @RateLimit(MESSAGE_RATE)
  async recall(
    { client_msg_id: clientMsgId, room_id: roomId, seq }: MessageReference,
    { actor }: ImUser,
    session: StompSession,
    accessor: SimpMessageHeaderAccessor,
  ): Promise<void> {
    await this.writer.write('message.recall', { actor, clientMsgId, roomId, seq }, { session, accessor });
  }

  @MessageMapping('/im.edit')
  @RateLimit(MESSAGE_RATE)
  async edit(
    { client_msg_id: clientMsgId, room_id: roomId, seq, expected_version, message_content, mentions }: EditDto,
    { actor }: ImUser,
    session: StompSession,
    accessor: SimpMessageHeaderAccessor,
  ): Promise<void> {
    const edit = { actor, clientMsgId, roomId, seq, expectedVersion: expected_version, content: message_content };
    await this.writer.write('message.edit', { ...edit, mentions }, { session, accessor });
  }

  @MessageMapping('/im.react')
  @RateLimit(MESSAGE_RATE)
  async react(
    { client_msg_id: clientMsgId, room_id: roomId, seq, emoji, remove = false }: ReactDto,
    { actor }: ImUser,
    session: StompSession,
    accessor: SimpMessageHeaderAccessor,
  ): Promise<void> {
    const reaction = { actor, clientMsgId, roomId, seq, emoji, remove };
    await this.writer.write('message.react', reaction, { session, accessor });
  }

  @MessageMapping('/im.pin')
  @RateLimit(MESSAGE_RATE)
  async pin(
    { client_msg_id: clientMsgId, room_id: roomId, seq, remove = false }: PinDto,
    { actor }: ImUser,
    session: StompSession,
    accessor: SimpMessageHeaderAccessor,
  ): Promise<void> {
    await this.writer.write('message.pin', { actor, clientMsgId, roomId, seq, remove }, { session, accessor });
  }

  @MessageMapping('/im.broadcast')
  @RateLimit(MESSAGE_RATE)
  async broadcast(
    { client_msg_id: clientMsgId, message_content: content }: BroadcastDto,
    { actor }: ImUser,
    session: StompSession,
    accessor: SimpMessageHeaderAccessor,
  ): Promise<void> {
    await this.writer.write('message.broadcast', { actor, clientMsgId, content }, { session, accessor });
  }

  @MessageMapping('/im.hide')
  @RateLimit(MESSAGE_RATE)
  async hide({ room_id: roomId, lo, hi }: HideDto, { actor }: ImUser): Promise<void> {
    await this.commands.execute('message.hide', { actor, roomId, lo, hi });
  }

  @MessageMapping('/im.read')
  @RateLimit(MESSAGE_RATE)
  async read({ room_id: roomId, seq }: ReadDto, { actor }: ImUser, accessor: SimpMessageHeaderAccessor): Promise<void> {
    const { readSeq, unread } = await this.commands.execute('room.read', { actor, roomId, seq });
    accessor.addReceiptHeader('unread', `${unread}`);
    this.live.receipt(roomId, actor.userId, { read_seq: readSeq });
  }
}

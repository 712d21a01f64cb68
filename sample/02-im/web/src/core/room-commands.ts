import type { Role } from '../../../src/model/room.js';
import type { Connection, Headers } from './connection.js';
import { newIdentifier } from './identifier.js';
import type { Inbox } from './inbox.js';
import type { RoomList } from './room-list.js';

/** What a user does with rooms. */
export class RoomCommands {
  constructor(
    private readonly connection: Connection,
    private readonly inbox: Inbox,
    private readonly list: RoomList,
    private readonly open: (roomId: string) => void,
  ) {}

  async create(kind: 'group' | 'channel', title: string, memberIds: readonly string[]): Promise<string> {
    const receipt = await this.write('create', { kind, title, member_ids: memberIds });
    const roomId = receipt['room-id'];
    await this.list.refresh(roomId);
    this.open(roomId);
    return roomId;
  }

  /** Of a channel: whoever knows its id may come. */
  async join(roomId: string): Promise<void> {
    await this.change('join', roomId);
    this.open(roomId);
  }

  async invite(roomId: string, userIds: readonly string[]): Promise<void> {
    await this.change('invite', roomId, { user_ids: userIds });
  }

  async kick(roomId: string, userId: string): Promise<void> {
    await this.change('kick', roomId, { user_id: userId });
  }

  async rename(roomId: string, title: string): Promise<void> {
    await this.change('update', roomId, { title });
  }

  async setRole(roomId: string, userId: string, role: Role): Promise<void> {
    await this.change('update', roomId, { member: { user_id: userId, role } });
  }

  /** Who is muted reads, and writes nothing; 0: writes again. */
  async muteMember(roomId: string, userId: string, until: number): Promise<void> {
    await this.change('update', roomId, { member: { user_id: userId, mute_until: until } });
  }

  async leave(roomId: string): Promise<void> {
    await this.write('leave', { room_id: roomId });
    this.list.forget(roomId);
  }

  /** At the top of the user's own list. */
  async pin(roomId: string, remove: boolean): Promise<void> {
    await this.connection.command('/app/im.room.pin', { room_id: roomId, remove });
    await this.list.refresh(roomId);
  }

  /** No notifications of it for this user until then; 0: as before. */
  async mute(roomId: string, until: number): Promise<void> {
    await this.connection.command('/app/im.mute', { room_id: roomId, until });
    await this.list.refresh(roomId);
  }

  private async change(command: string, roomId: string, body: Record<string, unknown> = {}): Promise<void> {
    await this.write(command, { room_id: roomId, ...body });
    await this.list.refresh(roomId);
  }

  private async write(command: string, body: Record<string, unknown>): Promise<Headers> {
    const receipt = await this.connection.write(`/app/im.room.${command}`, {
      client_msg_id: newIdentifier(),
      ...body,
    });
    this.inbox.skip(Number(receipt['inbox-seq']));
    return receipt;
  }
}

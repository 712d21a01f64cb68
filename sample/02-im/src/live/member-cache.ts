import { Injectable, type OnModuleInit } from '@nestjs/common';
import { MessageType } from '../model/message.js';
import type { RoomMember } from '../model/room.js';
import { NotifyBus } from '../ports/notify-bus.js';
import { TimelineStore } from '../ports/timeline-store.js';

const MOST_ROOMS = 1_000;
/** A room that nobody told us of may have changed: not older than that, in milliseconds. */
const MAX_AGE = 30_000;

/** Who is in the rooms that are being talked in. For what may be told to one too many or too few; sending asks the store. */
@Injectable()
export class MemberCache implements OnModuleInit {
  readonly #rooms = new Map<string, { members: Promise<RoomMember[]>; at: number }>();

  constructor(
    private readonly store: TimelineStore,
    private readonly bus: NotifyBus,
  ) {}

  onModuleInit(): void {
    this.bus.subscribe((hint) => {
      const message = 'event' in hint ? hint.event : 'message' in hint ? hint.message : undefined;
      const isChange = message && 'message_type' in message && message.message_type === MessageType.Member;
      if (isChange) this.#rooms.delete(message.room_id);
    });
  }

  /** @throws ImError FORBIDDEN when the user is not one of them */
  members(userId: string, roomId: string): Promise<RoomMember[]> {
    const key = roomId;
    const known = this.#rooms.get(key);
    if (known && Date.now() - known.at < MAX_AGE) return this.#of(userId, roomId, known.members);
    const members = this.store.members(userId, roomId);
    // What was refused to one may be allowed to another.
    members.catch(() => this.#rooms.delete(key));
    this.#rooms.set(key, { members, at: Date.now() });
    if (this.#rooms.size > MOST_ROOMS) this.#rooms.delete(this.#rooms.keys().next().value!);
    return members;
  }

  async #of(userId: string, roomId: string, known: Promise<RoomMember[]>): Promise<RoomMember[]> {
    // What was refused to one is no answer to another who asks meanwhile.
    const members = await known.catch(() => []);
    return members.some(({ user_id }) => user_id === userId) ? members : this.store.members(userId, roomId);
  }
}

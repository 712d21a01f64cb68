import { Controller } from '@nestjs/common';
import { MessageMapping, Payload, RateLimit, SendToUser, SubscribeMapping } from 'nestjs-stomp';
import { ImUser } from '../accounts/im-user.js';
import { ImError } from '../model/error.js';
import type { ImMessage } from '../model/message.js';
import { TimelineStore } from '../ports/timeline-store.js';
import { LIST_RATE, QUERY_RATE, SEARCH_RATE } from '../rates.js';
import { HistoryQuery, RoomQuery, RoomsQuery, SearchQueryDto, SyncQuery } from './queries.dto.js';

const PAGE = 50;
const SYNC_PAGE = 100;
const MOST_ROOMS_TO_SYNC = 200;
/** Of all rooms together: with 32 KiB in each, one answer is 16 MiB at most. */
const MOST_SYNCED = 500;

/** What clients ask; each answer goes to the session that has asked, with its `correlation-id`. */
@Controller()
@SendToUser('/queue/im.replies', { broadcast: false })
export class QueriesController {
  constructor(private readonly store: TimelineStore) {}

  @MessageMapping('/im.rooms')
  @RateLimit(LIST_RATE)
  rooms(@Payload({ required: false }) query: RoomsQuery | undefined, user: ImUser) {
    return this.store.rooms(user.name, query?.cursor, query?.limit);
  }

  @MessageMapping('/im.room')
  @RateLimit(QUERY_RATE)
  async room({ room_id: roomId }: RoomQuery, user: ImUser) {
    const [room, members] = await Promise.all([
      this.store.room(user.name, roomId),
      this.store.members(user.name, roomId),
    ]);
    return { room, members };
  }

  @MessageMapping('/im.history')
  @RateLimit(QUERY_RATE)
  async history({ room_id: roomId, limit = PAGE, ...range }: HistoryQuery, user: ImUser) {
    return { messages: await this.store.history(user.name, roomId, { ...range, limit }) };
  }

  @MessageMapping('/im.search')
  @RateLimit(SEARCH_RATE)
  search(query: SearchQueryDto, user: ImUser) {
    const { q, room_id: roomId, from: fromUserId, message_type: messageType, before, limit = 20 } = query;
    return this.store.search({ userId: user.name, q, roomId, fromUserId, messageType, before, limit });
  }

  /** What is new in rooms that no inbox tells of. */
  @MessageMapping('/im.sync')
  @RateLimit(LIST_RATE)
  async sync({ rooms }: SyncQuery, user: ImUser) {
    const wanted = Object.entries(rooms);
    if (wanted.length > MOST_ROOMS_TO_SYNC || !wanted.every(([, seq]) => Number.isInteger(seq) && seq >= 0)) {
      throw new ImError(
        'BAD_REQUEST',
        `rooms must be at most ${MOST_ROOMS_TO_SYNC} room ids, each with a seq from 0 on.`,
      );
    }
    const pages: { room_id: string; messages: ImMessage[]; has_more: boolean }[] = [];
    let left = MOST_SYNCED;
    for (const [roomId, after] of wanted) {
      const limit = Math.min(SYNC_PAGE, left);
      const messages = await this.store.history(user.name, roomId, { after, limit });
      pages.push({ room_id: roomId, messages, has_more: messages.length === limit });
      left -= messages.length;
    }
    return { rooms: pages };
  }
}

/** The same list for those who would rather subscribe: one answer. */
@Controller()
export class RoomsSubscriptionController {
  constructor(private readonly store: TimelineStore) {}

  @SubscribeMapping('/im.rooms')
  @RateLimit(LIST_RATE)
  rooms(user: ImUser) {
    return this.store.rooms(user.name);
  }
}

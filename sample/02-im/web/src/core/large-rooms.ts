import type { StompSubscription } from '@stomp/stompjs';
import type { ImMessage } from '../../../src/model/message.js';
import type { Connection } from './connection.js';
import type { History } from './history.js';
import type { Observable } from './observable.js';
import type { RoomList } from './room-list.js';
import type { ImState } from './state.js';

interface SyncAnswer {
  readonly rooms: readonly { readonly room_id: string; readonly messages: ImMessage[]; readonly has_more: boolean }[];
}

const SYNC_EVERY_MS = 30_000;

/** Rooms in timeline mode do not come by the inbox: the open one is listened to, the others are asked for from time to time. */
export class LargeRooms {
  private timer: ReturnType<typeof setInterval> | undefined;
  private topic: { readonly roomId: string; readonly subscription: StompSubscription } | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly state: Observable<ImState>,
    private readonly list: RoomList,
    private readonly history: History,
    private readonly onMessage: (message: ImMessage) => void,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.sync().catch(() => undefined), SYNC_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** On a new connection, which has no subscription yet. */
  reset(): void {
    this.topic = undefined;
  }

  /** To the open room, if it is a large one. */
  listen(): void {
    const { openRoom, rooms } = this.state.get();
    const wanted = openRoom && rooms.get(openRoom)?.mode === 'timeline' ? openRoom : undefined;
    if (this.topic?.roomId === wanted) return;
    if (this.connection.isOnline) this.topic?.subscription.unsubscribe();
    this.topic = undefined;
    if (!wanted || !this.connection.isOnline) return;
    const subscription = this.connection.subscribe(`/topic/im.room.${wanted}`, this.onMessage);
    this.topic = { roomId: wanted, subscription };
    this.history.repairSoon(wanted);
  }

  async sync(): Promise<void> {
    const large = [...this.state.get().rooms.values()].filter(({ mode }) => mode === 'timeline');
    if (large.length === 0 || !this.connection.isOnline) return;
    const vector = Object.fromEntries(large.map(({ room_id, last_seq }) => [room_id, last_seq]));
    const { rooms } = await this.connection.request<SyncAnswer>('/app/im.sync', { rooms: vector });
    for (const { room_id, messages, has_more } of rooms) {
      for (const message of messages) this.onMessage(message);
      if (has_more) await this.list.refresh(room_id);
      this.history.repairSoon(room_id);
    }
  }
}

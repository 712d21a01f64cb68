import type { RoomMember, RoomSummary } from '../../../src/model/room.js';
import type { Connection } from './connection.js';
import { Refusal } from './failures.js';
import { withEntry, withoutEntry, type Observable } from './observable.js';
import { isUnmade, mergeSummary } from './rooms.js';
import type { ImState } from './state.js';

export interface RoomListListener {
  /** With all that the server knows of it. */
  onRefreshed(room: RoomSummary): void;
  /** Is about to go. */
  onForget(roomId: string): void;
}

interface RoomsAnswer {
  readonly rooms: readonly RoomSummary[];
  readonly cursor?: string;
}

interface RoomAnswer {
  readonly room: RoomSummary;
  readonly members: readonly RoomMember[];
}

const LONGEST_PAGE = 200;

/** The rooms that the user is in, as the server tells them. */
export class RoomList {
  constructor(
    private readonly connection: Connection,
    private readonly state: Observable<ImState>,
    private readonly listener: RoomListListener,
  ) {}

  get(roomId: string): RoomSummary | undefined {
    return this.state.get().rooms.get(roomId);
  }

  async load(): Promise<void> {
    const before = this.state.get().rooms;
    const rooms = new Map<string, RoomSummary>();
    let cursor: string | undefined;
    do {
      const page = await this.connection.request<RoomsAnswer>('/app/im.rooms', { limit: LONGEST_PAGE, cursor });
      for (const room of page.rooms) rooms.set(room.room_id, room);
      cursor = page.cursor;
    } while (cursor);
    const now = this.state.get().rooms;
    for (const [id, room] of rooms) rooms.set(id, mergeSummary(now.get(id), room));
    // Joined while the list was on its way, or not made yet.
    for (const [id, room] of now) if (!rooms.has(id) && (!before.has(id) || isUnmade(id))) rooms.set(id, room);
    this.state.patch({ rooms, loaded: true });
  }

  /** Members too, and how far each has read. */
  async refresh(roomId: string): Promise<void> {
    if (isUnmade(roomId)) return;
    try {
      const { room, members } = await this.connection.request<RoomAnswer>('/app/im.room', { room_id: roomId });
      this.keep(mergeSummary(this.get(roomId), room));
      this.state.patch({ members: withEntry(this.state.get().members, roomId, members) });
      this.listener.onRefreshed(room);
    } catch (error) {
      if (!(error instanceof Refusal) || (error.code !== 'FORBIDDEN' && error.code !== 'NOT_FOUND')) throw error;
      if (this.get(roomId)) this.forget(roomId);
      else this.state.patch({ outside: roomId });
    }
  }

  /** Not answered: the next connection begins with the whole list. */
  refreshSoon(roomId: string): void {
    this.refresh(roomId).catch(() => undefined);
  }

  keep(room: RoomSummary): void {
    this.state.patch({ rooms: withEntry(this.state.get().rooms, room.room_id, room) });
  }

  forget(roomId: string): void {
    this.listener.onForget(roomId);
    const { rooms, timelines, members } = this.state.get();
    this.state.patch({
      rooms: withoutEntry(rooms, roomId),
      timelines: withoutEntry(timelines, roomId),
      members: withoutEntry(members, roomId),
    });
  }
}

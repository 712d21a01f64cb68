import type { Connection } from './connection.js';
import { Refusal } from './failures.js';
import type { RoomList } from './room-list.js';
import { withRead } from './rooms.js';

const DELAY_MS = 200;

/** How far the user has read: shown at once, told the server a little later, and again until it has taken it. */
export class ReadMarks {
  private readonly untold = new Map<string, number>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly list: RoomList,
  ) {}

  /** Seen by the user, up to `seq`. */
  mark(roomId: string, seq: number): void {
    const room = this.list.get(roomId);
    if (!room || seq <= room.read_seq) return;
    this.list.keep(withRead(room, seq, seq >= room.last_seq ? 0 : room.unread));
    this.untold.set(roomId, seq);
    this.timer ??= setTimeout(() => this.tell(), DELAY_MS);
  }

  tell(): void {
    this.stop();
    if (!this.connection.isOnline) return;
    for (const [roomId, seq] of this.untold) {
      this.untold.delete(roomId);
      this.tellOne(roomId, seq).catch(() => {
        if (!this.untold.has(roomId)) this.untold.set(roomId, seq);
      });
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async tellOne(roomId: string, seq: number): Promise<void> {
    const lastSeq = this.list.get(roomId)?.last_seq;
    const receipt = await this.connection.command('/app/im.read', { room_id: roomId, seq }).catch((error: unknown) => {
      if (error instanceof Refusal && !error.retryable) return undefined;
      throw error;
    });
    const room = this.list.get(roomId);
    const unread = Number(receipt?.unread);
    // What has come since is not counted in the answer.
    if (room?.last_seq === lastSeq && unread >= 0) this.list.keep(withRead(room!, seq, unread));
  }
}

import { Injectable, Logger } from '@nestjs/common';
import { SimpMessagingTemplate, SimpUserRegistry } from 'nestjs-stomp';
import { MemberCache } from './member-cache.js';

const DESTINATION = '/queue/im.live';
/** In a larger room receipts would be more than the messages. */
const MOST_RECEIPTS = 50;
const MOST_TYPING = 200;

/** What is told once, to those who are there, and kept nowhere: QoS 0. */
@Injectable()
export class LiveService {
  readonly #logger = new Logger(LiveService.name);

  constructor(
    private readonly template: SimpMessagingTemplate,
    private readonly users: SimpUserRegistry,
    private readonly members: MemberCache,
  ) {}

  /** @throws ImError FORBIDDEN when the user is not in the room */
  async typing(roomId: string, userId: string, state: boolean): Promise<void> {
    await this.#tellOthers(roomId, userId, MOST_TYPING, { kind: 'typing', room_id: roomId, user_id: userId, state });
  }

  /** Tells the others how far somebody has got. Nobody waits for it. */
  receipt(roomId: string, userId: string, progress: { read_seq: number } | { recv_seq: number }): void {
    const receipt = { kind: 'receipt', room_id: roomId, user_id: userId, ...progress };
    this.#tellOthers(roomId, userId, MOST_RECEIPTS, receipt).catch((error: unknown) =>
      this.#logger.debug(`A receipt was not told: ${String(error)}`),
    );
  }

  async tell(userId: string, what: object): Promise<void> {
    await this.template.convertAndSendToUser(userId, DESTINATION, what);
  }

  async #tellOthers(roomId: string, userId: string, most: number, what: object): Promise<void> {
    const members = await this.members.members(userId, roomId);
    if (members.length > most) return;
    const others = members.filter(({ user_id }) => user_id !== userId && this.users.getSessionCount(user_id) > 0);
    await Promise.all(others.map(({ user_id }) => this.tell(user_id, what)));
  }
}

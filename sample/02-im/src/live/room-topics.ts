import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SimpMessagingTemplate, StompSessionRegistry } from 'nestjs-stomp';
import type { ImMessage } from '../model/message.js';
import { NotifyBus } from '../ports/notify-bus.js';

const MOST_ROOMS = 10_000;
/** The room of which everybody is a member. */
const EVERYBODY = 'system';

/** `/topic/im.room.{room_id}`: what is said in a room, for members who watch it. In large rooms it is the only thing that tells at once. */
@Injectable()
export class RoomTopics implements OnModuleInit {
  /** The last that was told: each member's inbox gives a hint of the same message. */
  readonly #told = new Map<string, number>();

  constructor(
    private readonly bus: NotifyBus,
    private readonly template: SimpMessagingTemplate,
    private readonly sessions: StompSessionRegistry,
  ) {}

  onModuleInit(): void {
    this.bus.subscribe((hint) => {
      if ('removed' in hint) this.#remove(hint.removed.userId, hint.removed.roomId);
      else if ('message' in hint) this.#tell(hint.message);
      else if (hint.event.kind === 'message') this.#tell(hint.event);
    });
  }

  #tell(event: ImMessage & { inbox_seq?: number; kind?: string }): void {
    const { room_id: roomId, seq } = event;
    if ((this.#told.get(roomId) ?? 0) >= seq) return;
    this.#told.delete(roomId);
    this.#told.set(roomId, seq);
    if (this.#told.size > MOST_ROOMS) this.#told.delete(this.#told.keys().next().value!);
    // Not what only the inbox of one member says of it.
    const message = { ...event, inbox_seq: undefined, kind: undefined };
    void this.template.convertAndSend(topicOf(roomId), message, { seq: `${seq}` });
  }

  #remove(userId: string, roomId: string): void {
    const topic = topicOf(roomId);
    this.sessions.dropSubscriptions(
      ({ destination }, { user }) => user?.name === userId && destination === topic,
      'You are no longer a member of this room.',
    );
  }
}

function topicOf(roomId: string): string {
  return roomId === EVERYBODY ? '/topic/im.broadcast' : `/topic/im.room.${roomId}`;
}

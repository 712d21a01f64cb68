import { Controller } from '@nestjs/common';
import { Header, Message, StompSession, SubscribeMapping } from 'nestjs-stomp';
import { ImUser } from '../accounts/im-user.js';
import { ImError } from '../model/error.js';
import type { InboxEvent } from '../model/message.js';
import type { Actor } from '../ports/ingest-queue.js';
import { TimelineStore } from '../ports/timeline-store.js';
import { Acknowledgements } from './acknowledgements.js';
import type { InboxCursor } from './inbox-cursor.js';
import { InboxCursors } from './inbox-cursors.js';
import { stateFrame, type StateFrame } from './inbox-state.js';

const DESTINATION = '/user/queue/im.inbox';
const SINCE = /^(?:\d{1,15}|latest|cursor)$/;
/** Before everything that an inbox still has. */
const TRIMMED = '0';

/** The user's events, pulled by what the client acknowledges. */
@Controller()
export class InboxController {
  constructor(
    private readonly store: TimelineStore,
    private readonly cursors: InboxCursors,
    private readonly acknowledgements: Acknowledgements,
  ) {}

  /** `/user/queue/im.inbox` */
  @SubscribeMapping('/im.inbox')
  inbox(
    user: ImUser,
    session: StompSession,
    @Header('since', { required: false }) since?: string,
    @Header('epoch', { required: false }) epoch?: string,
  ): AsyncIterable<Message<unknown>> {
    if (since !== undefined && !SINCE.test(since)) {
      throw new ImError(
        'BAD_REQUEST',
        `since must be a number, "latest" or "cursor", but it is ${JSON.stringify(since)}.`,
      );
    }
    const leaving = new AbortController();
    const messages = this.#messages(user, session.id, since, epoch, leaving.signal);
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => messages.next(),
        return: () => {
          // A generator that waits for the next event hears of its return only then.
          leaving.abort();
          return messages.return(undefined);
        },
      }),
    };
  }

  async *#messages(
    { name, deviceId, actor }: ImUser,
    sessionId: string,
    since: string | undefined,
    epoch: string | undefined,
    leaving: AbortSignal,
  ): AsyncGenerator<Message<unknown>> {
    // First of all: nothing that comes while the state is read shall be missed.
    const cursor = this.cursors.open(name, sessionId);
    leaving.addEventListener('abort', () => cursor.end());
    try {
      const state = stateFrame(since, epoch, await this.store.inboxState(name, deviceId));
      cursor.start(state.since, state.head);
      yield stateMessage(state);
      for await (const event of cursor.events()) {
        yield event === undefined
          ? stateMessage(stateFrame(TRIMMED, undefined, await this.store.inboxState(name, deviceId)))
          : this.#message(event, actor, cursor);
      }
    } finally {
      this.cursors.close(cursor, sessionId);
    }
  }

  #message(event: InboxEvent, actor: Actor, cursor: InboxCursor): Message<InboxEvent> {
    const message = Message.to(DESTINATION, event, { 'inbox-seq': `${event.inbox_seq}` });
    message.headers.onAck = () => {
      cursor.acknowledge(event.inbox_seq);
      this.acknowledgements.acknowledged(actor, event);
    };
    return message;
  }
}

function stateMessage(state: StateFrame): Message<StateFrame> {
  return Message.to(DESTINATION, state, { durable: 'false' });
}

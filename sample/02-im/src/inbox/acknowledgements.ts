import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { CommandsService } from '../commands.service.js';
import { LiveService } from '../live/live.service.js';
import type { InboxEvent } from '../model/message.js';
import type { Actor } from '../ports/ingest-queue.js';

/** How long acknowledgements are collected before they are written, in milliseconds. */
const COLLECT = 200;

interface Progress {
  readonly actor: Actor;
  inboxSeq: number;
  /** The newest message of another's that the device has got, by room. */
  readonly received: Map<string, number>;
}

/** What devices have acknowledged: written not for each ACK but a few times a second, for it may as well be told again. */
@Injectable()
export class Acknowledgements implements OnModuleDestroy {
  readonly #logger = new Logger(Acknowledgements.name);
  readonly #progress = new Map<string, Progress>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly commands: CommandsService,
    private readonly live: LiveService,
  ) {}

  async onModuleDestroy(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#write();
  }

  acknowledged(actor: Actor, event: InboxEvent): void {
    const key = JSON.stringify([actor.userId, actor.deviceId]);
    const known = this.#progress.get(key) ?? { actor, inboxSeq: 0, received: new Map<string, number>() };
    known.inboxSeq = Math.max(known.inboxSeq, event.inbox_seq);
    if (event.kind === 'message' && event.from_user_info.user_id !== actor.userId) {
      known.received.set(event.room_id, event.seq);
    }
    this.#progress.set(key, known);
    this.#timer ??= setTimeout(() => void this.#write(), COLLECT).unref();
  }

  async #write(): Promise<void> {
    this.#timer = undefined;
    const all = [...this.#progress.values()];
    this.#progress.clear();
    await Promise.all(all.map((progress) => this.#writeOne(progress)));
  }

  async #writeOne({ actor, inboxSeq, received }: Progress): Promise<void> {
    try {
      const progress = [...received].map(([roomId, seq]) => ({ roomId, seq }));
      const { received: news } = await this.commands.execute('inbox.acknowledge', {
        actor,
        inboxSeq,
        received: progress,
      });
      for (const { roomId, seq } of news) this.live.receipt(roomId, actor.userId, { recv_seq: seq });
    } catch (error) {
      // The device will be told again what it has acknowledged, and does not mind.
      this.#logger.debug(`The acknowledgements of a device were not written: ${String(error)}`);
    }
  }
}

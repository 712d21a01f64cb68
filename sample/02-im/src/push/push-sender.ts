import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { IM_OPTIONS, type ImOptions } from '../im-options.js';
import { IngestQueue, type PushOutcome } from '../ports/ingest-queue.js';
import { PushProvider, type PushNotification } from '../ports/push-provider.js';
import type { DuePush, PushContent, PushKey } from '../ports/push-work.js';
import { TimelineStore } from '../ports/timeline-store.js';
import { pushPayload } from './push-payload.js';
import { backoffDelay } from './retry-delay.js';

const MOST_AT_ONCE = 32;
/** A push service that lets us wait, and which anybody can name, keeps only its user's pushes waiting. */
const MOST_OF_A_USER = 4;
/** How long a push waits whose result could not be stored, in milliseconds. */
const PAUSE = 1_000;
/** How long a stop waits for what is being sent. */
const GRACE = 1_000;

/** Sends the pushes whose time has come, a few at a time, and remembers of each what has become of it. */
@Injectable()
export class PushSender {
  readonly #logger = new Logger(PushSender.name);
  /** What is being sent, and whose it is. */
  readonly #inFlight = new Map<string, { readonly userId: string; readonly end: Promise<void> }>();
  readonly #stopping = new AbortController();
  sent = 0;
  gone = 0;
  retried = 0;
  /** Refused for good, tried too often, or not worth it any more. */
  dropped = 0;

  constructor(
    private readonly store: TimelineStore,
    private readonly ingest: IngestQueue,
    private readonly provider: PushProvider,
    @Inject(IM_OPTIONS) private readonly options: ImOptions,
  ) {
    // More than ten are no leak: each push that is being sent has one.
    setMaxListeners(2 * MOST_AT_ONCE, this.#stopping.signal);
  }

  /** @param ended is called for each push once there is room for another one */
  async fill(ended: () => void): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      // What ends while the store answers is due in its answer all the same.
      const ending = new Set(this.#inFlight.keys());
      const due = await this.store.duePushes(Date.now(), 2 * MOST_AT_ONCE, this.#busyUsers());
      const fresh = due.filter((push) => !ending.has(keyOf(push)));
      let started = 0;
      for (const push of fresh) {
        if (!this.#hasRoomFor(push)) continue;
        this.#start(push, ended);
        started++;
        // Each costs a millisecond to encrypt and to sign: others have their turn in between.
        await nextTurn();
      }
      if (started === 0) return;
    }
  }

  /** What is not finished soon is sent again after the next start. */
  async stop(): Promise<void> {
    const grace = setTimeout(() => this.#stopping.abort(), GRACE);
    await Promise.all([...this.#inFlight.values()].map(({ end }) => end));
    clearTimeout(grace);
    this.#stopping.abort();
  }

  #hasRoomFor({ userId }: DuePush): boolean {
    return this.#inFlight.size < MOST_AT_ONCE && this.#countOf(userId) < MOST_OF_A_USER;
  }

  #start(push: DuePush, ended: () => void): void {
    const key = keyOf(push);
    const end = this.#carryOut(push).finally(() => {
      this.#inFlight.delete(key);
      ended();
    });
    this.#inFlight.set(key, { userId: push.userId, end });
  }

  async #carryOut(push: DuePush): Promise<void> {
    const { signal } = this.#stopping;
    try {
      const outcome = await this.#outcomeOf(push);
      if (outcome) await this.ingest.execute('push.settle', { push, outcome });
    } catch (error) {
      this.#logger.debug(`What became of a push was not stored: ${String(error)}`);
      await pause(PAUSE, undefined, { signal }).catch(() => undefined);
    }
  }

  /** @returns undefined if it was interrupted */
  async #outcomeOf(push: DuePush): Promise<PushOutcome | undefined> {
    const { content } = push;
    if (!content) return { kind: 'done' };
    const ttl = this.#lifeLeft(content);
    if (ttl <= 0) return this.#drop();
    const notification = { ...this.#notification(push, content), ttl };
    const { signal } = this.#stopping;
    const result = await this.provider.send(content.subscription, notification, signal);
    switch (result.outcome) {
      case 'delivered':
        this.sent++;
        return { kind: 'done' };
      case 'gone':
        this.gone++;
        return { kind: 'gone', endpoint: content.subscription.endpoint };
      case 'refused':
        this.#logger.debug(`A push was refused: ${result.reason}`);
        return this.#drop();
      case 'retry':
        this.#logger.debug(`A push was not taken: ${result.reason}`);
        return signal.aborted ? undefined : this.#again(push, content, result.delay);
    }
  }

  /** After what the push service has asked for, if it has, and some more: not all come back at the same moment. */
  #again({ attempts }: DuePush, content: PushContent, asked = 0): PushOutcome {
    const delay = asked + backoffDelay(attempts, this.options.push.backoff);
    const isWorthIt = attempts + 1 < this.options.push.attempts && delay < this.#lifeLeft(content) * 1_000;
    if (!isWorthIt) return this.#drop();
    this.retried++;
    return { kind: 'retry', at: Date.now() + delay };
  }

  #drop(): PushOutcome {
    this.dropped++;
    return { kind: 'done' };
  }

  #notification(push: DuePush, content: PushContent): Omit<PushNotification, 'ttl'> {
    return {
      payload: JSON.stringify(pushPayload(push, content, this.options.push.hasPreview)),
      subject: push.roomId,
      urgency: content.roomKind === 'dm' || content.isMentioned ? 'high' : 'normal',
    };
  }

  /** Seconds for which it is worth a push. */
  #lifeLeft({ message }: PushContent): number {
    return Math.floor(this.options.push.ttl - (Date.now() - message.timestamp) / 1_000);
  }

  #busyUsers(): string[] {
    const users = new Set([...this.#inFlight.values()].map(({ userId }) => userId));
    return [...users].filter((userId) => this.#countOf(userId) >= MOST_OF_A_USER);
  }

  #countOf(userId: string): number {
    return [...this.#inFlight.values()].filter((push) => push.userId === userId).length;
  }
}

function keyOf({ userId, deviceId, roomId }: PushKey): string {
  return JSON.stringify([userId, deviceId, roomId]);
}

import { CloseCode } from '../exceptions/stomp.exception.js';
import type { Message } from '../messaging/message.js';
import type { MessageReceiver } from '../messaging/subscription.js';
import { HeaderList } from '../utils/header-list.js';
import type { BrokerSubscription } from './broker-subscription.js';
import type { BacklogLimits, BacklogSize } from './topic-backlog.js';

/** A message that waits, the same for every session that it waits for. */
export interface HeldMessage {
  readonly message: Message;
  /** Of its payload and its headers. */
  readonly bytes: number;
  /** What no policy is for waits only because it must not overtake what one is for. */
  readonly isDroppable: boolean;
  /** A later message of the same key takes its place; undefined: none does. */
  readonly key: string | undefined;
}

/** What has become of messages for slow readers, since the start. */
export interface OverflowCounters {
  dropped: number;
  conflated: number;
}

interface Waiting {
  readonly held: HeldMessage;
  readonly line: Line;
  readonly round: number;
}

/** What waits for one subscription. */
interface Line {
  readonly subscription: BrokerSubscription;
  /** Oldest first. */
  readonly waiting: Set<Waiting>;
  /** By key: those of this round. */
  readonly newest: Map<string, Waiting>;
  round: number;
  /** How many the client has not been told of. */
  dropped: number;
}

/**
 * What waits for one session that reads slowly: messages, not encoded yet, in the order of their arrival, within limits.
 *
 * What replaces a message stands at the end, not in its place: so the order of sending is kept, and offsets never go back. When the
 * client begins to take what waits, that is left as it is and a new round begins, or a key that changes all the time would stand at the
 * end for ever.
 */
export class SlowSession {
  readonly #waiting = new Set<Waiting>();
  readonly #lines = new Map<BrokerSubscription, Line>();
  #isSending = false;

  constructor(
    readonly receiver: MessageReceiver,
    private readonly limits: BacklogLimits,
    private readonly size: BacklogSize,
    private readonly counters: OverflowCounters,
    private readonly deliver: (message: Message, subscription: BrokerSubscription) => void,
  ) {}

  /** Nothing waits, and the client knows of all that it has missed. */
  get isIdle(): boolean {
    return this.#lines.size === 0;
  }

  add(held: HeldMessage, subscription: BrokerSubscription): void {
    const line = this.#lineOf(subscription);
    const older = held.key === undefined ? undefined : line.newest.get(held.key);
    if (older) {
      this.#remove(older);
      this.counters.conflated++;
    }
    if (this.#makeRoom(held, line)) this.#push({ held, line, round: line.round });
    else if (held.isDroppable) this.#countDropped(line);
    else this.#tooSlow();
  }

  /** Sends what the client can take. */
  send(): void {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      for (const waiting of this.#waiting) {
        if (!this.receiver.isWritable) return;
        this.#send(waiting);
      }
    } finally {
      this.#isSending = false;
    }
  }

  forget(subscription: BrokerSubscription): void {
    const line = this.#lines.get(subscription);
    if (!line) return;
    for (const waiting of line.waiting) this.#remove(waiting);
    this.#close(line);
  }

  #lineOf(subscription: BrokerSubscription): Line {
    const known = this.#lines.get(subscription);
    if (known) return known;
    const line = {
      subscription,
      waiting: new Set<Waiting>(),
      newest: new Map<string, Waiting>(),
      round: 0,
      dropped: 0,
    };
    this.#lines.set(subscription, line);
    subscription.isBehind = true;
    return line;
  }

  #close(line: Line): void {
    this.#lines.delete(line.subscription);
    line.subscription.isBehind = false;
  }

  #push(waiting: Waiting): void {
    const { held, line } = waiting;
    this.#waiting.add(waiting);
    line.waiting.add(waiting);
    if (held.key !== undefined) line.newest.set(held.key, waiting);
    this.size.change(1, held.bytes);
  }

  #remove(waiting: Waiting): void {
    const { held, line } = waiting;
    this.#waiting.delete(waiting);
    line.waiting.delete(waiting);
    if (held.key !== undefined && line.newest.get(held.key) === waiting) line.newest.delete(held.key);
    this.size.change(-1, -held.bytes);
  }

  #send(waiting: Waiting): void {
    const { line, round } = waiting;
    this.#remove(waiting);
    if (round === line.round) {
      line.round++;
      line.newest.clear();
    }
    const { message } = waiting.held;
    const outgoing = line.dropped > 0 ? tellsDropped(message, line.dropped) : message;
    line.dropped = 0;
    if (line.waiting.size === 0) this.#close(line);
    this.deliver(outgoing, line.subscription);
  }

  /** Drops the oldest of the subscription, or else of the session. @returns false if that is not enough */
  #makeRoom({ bytes }: HeldMessage, line: Line): boolean {
    const { limits, size } = this;
    if (bytes > limits.bytes) return false;
    while (size.messages >= limits.messages || size.bytes + bytes > limits.bytes) {
      const oldest = firstDroppable(line.waiting) ?? firstDroppable(this.#waiting);
      if (!oldest) return false;
      this.#remove(oldest);
      this.#countDropped(oldest.line);
    }
    return true;
  }

  #tooSlow(): void {
    const { messages, bytes } = this.limits;
    this.receiver.close(CloseCode.SlowConsumer, `More than ${messages} messages or ${bytes} bytes wait to be read`);
  }

  #countDropped(line: Line): void {
    line.dropped++;
    this.counters.dropped++;
  }
}

function firstDroppable(all: Iterable<Waiting>): Waiting | undefined {
  for (const waiting of all) {
    if (waiting.held.isDroppable) return waiting;
  }
  return undefined;
}

function tellsDropped(message: Message, count: number): Message {
  const delivery = message.headers.delivery?.clone() ?? new HeaderList();
  return message.with({ delivery: delivery.append('dropped', `${count}`) });
}

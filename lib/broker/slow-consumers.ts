import type { SlowConsumerOptions } from '../interfaces/broker-options.interface.js';
import type { Message } from '../messaging/message.js';
import type { MessageReceiver } from '../messaging/subscription.js';
import type { BrokerSubscription } from './broker-subscription.js';
import { DestinationMatcher } from './destination-matcher.js';
import type { SlowConsumerStats } from './message-broker-stats.js';
import { SlowSession, type HeldMessage } from './slow-session.js';
import { BacklogSize } from './topic-backlog.js';

export interface SlowConsumerSettings {
  readonly slowConsumers: readonly SlowConsumerOptions[];
  readonly slowConsumerLimit: number;
  readonly slowConsumerSizeLimit: number;
  readonly pathSeparator: string;
  readonly onLost: (what: string, error: unknown) => void;
}

/** What is kept back from sessions that read slowly, and what is done when it becomes too much (Spring `OverflowStrategy`). */
export class SlowConsumers {
  readonly #matcher: DestinationMatcher<number>;
  readonly #sessions = new Map<MessageReceiver, SlowSession>();
  readonly #size = new BacklogSize();
  readonly #counters = { dropped: 0, conflated: 0 };
  /** A fan-out comes with the same message for every session that is slow. */
  #last: { readonly message: Message; readonly held: HeldMessage } | undefined;

  constructor(
    private readonly settings: SlowConsumerSettings,
    private readonly deliver: (message: Message, subscription: BrokerSubscription) => void,
  ) {
    this.#matcher = new DestinationMatcher(settings.pathSeparator);
    settings.slowConsumers.forEach(({ destination }, index) => this.#matcher.add(destination, index));
  }

  /** What the first entry that is for the destination says; undefined: the session is to be closed. */
  policyOf({ headers: { destination, isPrivate } }: Message): SlowConsumerOptions | undefined {
    const { slowConsumers } = this.settings;
    if (slowConsumers.length === 0 || isPrivate) return undefined;
    let first = slowConsumers.length;
    this.#matcher.match(destination!, (index) => (first = Math.min(first, index)));
    const found = slowConsumers[first];
    return found?.policy === 'close' ? undefined : found;
  }

  /** Keeps the message back from a session that is not writable, or for which others wait. */
  add(message: Message, subscription: BrokerSubscription, policy: SlowConsumerOptions | undefined): void {
    const session = this.#sessionOf(subscription.receiver);
    session.add(this.#held(message, policy), subscription);
    session.send();
    this.#release(session);
  }

  /** A client has read what was piled up for it. */
  drained(receiver: MessageReceiver): void {
    const session = this.#sessions.get(receiver);
    session?.send();
    this.#release(session);
  }

  subscriptionEnded(subscription: BrokerSubscription): void {
    const session = this.#sessions.get(subscription.receiver);
    session?.forget(subscription);
    this.#release(session);
  }

  stats(): SlowConsumerStats {
    const { messages, bytes } = this.#size;
    return { sessions: this.#sessions.size, messages, bytes, ...this.#counters };
  }

  #sessionOf(receiver: MessageReceiver): SlowSession {
    const known = this.#sessions.get(receiver);
    if (known) return known;
    const limits = { messages: this.settings.slowConsumerLimit, bytes: this.settings.slowConsumerSizeLimit };
    const size = new BacklogSize(this.#size);
    const session = new SlowSession(receiver, limits, size, this.#counters, this.deliver);
    this.#sessions.set(receiver, session);
    return session;
  }

  /** Another may have taken its place while an interceptor had a message of it. */
  #release(session: SlowSession | undefined): void {
    if (!session?.isIdle || this.#sessions.get(session.receiver) !== session) return;
    this.#sessions.delete(session.receiver);
    if (this.#sessions.size === 0) this.#last = undefined;
  }

  #held(message: Message, policy: SlowConsumerOptions | undefined): HeldMessage {
    if (this.#last?.message !== message) {
      const key = policy?.policy === 'conflate' ? this.#keyOf(message, policy) : undefined;
      // The bytes are a view of what was read from the socket; keeping them would keep all of that.
      const held = { message: message.copy(), bytes: sizeOf(message), isDroppable: policy !== undefined, key };
      this.#last = { message, held };
    }
    return this.#last.held;
  }

  /** Keys of different destinations are different. */
  #keyOf(message: Message, { key }: SlowConsumerOptions): string | undefined {
    const { destination, nativeHeaders } = message.headers;
    if (key === undefined) return destination;
    try {
      const own = typeof key === 'string' ? nativeHeaders.get(key) : key(message);
      return own === undefined || own === null ? undefined : `${destination!.length} ${destination} ${own}`;
    } catch (error) {
      this.settings.onLost(`The key of a message to ${destination} could not be told`, error);
      return undefined;
    }
  }
}

function sizeOf({ payload, headers }: Message): number {
  let size = payload.length;
  headers.nativeHeaders.forEach((name, value) => (size += name.length + value.length));
  return size;
}

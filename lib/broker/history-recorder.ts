import { StompException, quote } from '../exceptions/stomp.exception.js';
import type { HistoryOptions } from '../interfaces/broker-options.interface.js';
import type { Message } from '../messaging/message.js';
import { HeaderList } from '../utils/header-list.js';
import { isPromise, then, type MaybePromise } from '../utils/maybe-promise.js';
import type { BrokerSubscription } from './broker-subscription.js';
import { DestinationMatcher, isPattern } from './destination-matcher.js';
import type { HistoryEntry, HistoryPosition, HistoryStore } from './history.js';
import { OffsetGate } from './offset-gate.js';

export interface HistorySettings {
  readonly history: readonly Required<HistoryOptions>[];
  readonly historyStore: HistoryStore;
  readonly historyLimit: number;
  readonly pathSeparator: string;
}

/** How a message reaches a subscription, or all that want it. */
export interface HistoryDelivery {
  toSubscription(message: Message, subscription: BrokerSubscription): void;
  toAll(message: Message, senderId: string | undefined): void;
  /** Messages of the destination are gone that nobody has got. */
  lost(destination: string): void;
  /** Whether a client subscribes to it. */
  isSubscribed(destination: string): boolean;
}

/** So many messages may come while a subscription waits for its past. */
const MOST_HELD = 10_000;

/**
 * Numbers the messages of destinations that keep a history, and gives those who come back what they have missed. With a history in this
 * process recording, replaying and delivering happen in one go; with one elsewhere, live messages wait until the past is there. So there is
 * neither a gap nor a repetition between the past and the live messages.
 */
export class HistoryRecorder {
  readonly #store: HistoryStore;
  readonly #matcher: DestinationMatcher<Required<HistoryOptions>>;
  /** Live messages of subscriptions that wait for their past. */
  readonly #held = new Map<BrokerSubscription, Message[]>();
  /** With a shared history: its order is that of all servers. */
  readonly #gate: OffsetGate | undefined;

  constructor(
    { history, historyStore, historyLimit, pathSeparator }: HistorySettings,
    private readonly delivery: HistoryDelivery,
  ) {
    this.#store = historyStore;
    this.#matcher = new DestinationMatcher(pathSeparator);
    for (const options of history) this.#matcher.add(options.destination, options);
    if (!historyStore.isShared) return;
    this.#gate = new OffsetGate({
      limit: historyLimit,
      since: (destination, position) => historyStore.since(destination, position),
      deliver: (message, senderId) => delivery.toAll(message, senderId),
      lost: (destination) => delivery.lost(destination),
      numbered,
    });
  }

  start(): MaybePromise<void> {
    return this.#store.start?.();
  }

  stop(): MaybePromise<void> {
    this.#gate?.stop();
    return this.#store.stop?.();
  }

  /** Whether the destination has a history. */
  keeps(destination: string): boolean {
    return this.#optionsOf(destination) !== undefined;
  }

  /**
   * Keeps the message if its destination has a history, then delivers it.
   * @param toOthers told of it when it has its number
   */
  publish(message: Message, senderId: string | undefined, toOthers?: (message: Message) => void): MaybePromise<void> {
    const { destination, isPrivate } = message.headers;
    const options = isPrivate ? undefined : this.#optionsOf(destination!);
    if (!options) {
      if (!isPrivate) toOthers?.(message);
      return this.delivery.toAll(message, senderId);
    }
    const kept = message.copy();
    return then(this.#store.append(destination!, kept, options), (position) => {
      const recorded = numbered(kept, position);
      toOthers?.(this.#gate ? recorded : message);
      if (this.#gate) this.#gate.pass(recorded, position, senderId);
      else this.delivery.toAll(recorded, senderId);
    });
  }

  /** Delivers a message that another server has published. */
  receive(message: Message): MaybePromise<void> {
    if (!this.#gate) return this.publish(withoutNumber(message), undefined);
    const position = this.keeps(message.headers.destination!) ? positionOf(message) : undefined;
    if (position) this.#gate.pass(message.copy(), position, undefined);
    else this.delivery.toAll(withoutNumber(message), undefined);
  }

  /** Messages of other servers have not come: what a shared history has of them is delivered. */
  catchUp(): void {
    this.#gate?.catchUp((destination) => this.delivery.isSubscribed(destination));
  }

  /** @returns whether a live message is kept back from a subscription: it waits for its past, or has been sent the message with that */
  holds(message: Message, subscription: BrokerSubscription): boolean {
    if (!this.#gate) return false;
    const held = this.#held.get(subscription);
    if (held) {
      if (held.length < MOST_HELD) held.push(message);
      else subscription.lacksPast = true;
      return true;
    }
    const { toldTo } = subscription;
    const position = toldTo && positionOf(message);
    if (!position) return false;
    if (position.epoch === toldTo.epoch && position.offset <= toldTo.offset) return true;
    // Offsets only grow.
    subscription.toldTo = undefined;
    return false;
  }

  /**
   * Sends what has come after the client's `since` (an offset) in its `epoch`. The RECEIPT of SUBSCRIBE says where the destination
   * stands and whether all of it could be had; a client that asks for no receipt is told `recovered:false` by its next MESSAGE.
   * Without `since` there is nothing to recover.
   * @throws StompException when `since` is no offset
   */
  replay(subscription: BrokerSubscription, { headers }: Message): MaybePromise<void> {
    const destination = subscription.target;
    const since = headers.nativeHeaders.get('since');
    if (subscription.isPrivate || isPattern(destination) || !this.#optionsOf(destination)) {
      if (since === undefined) return;
      headers.receiptHeaders = HeaderList.from({ recovered: false });
      subscription.lacksPast = true;
      return;
    }
    const past = this.#past(destination, since, headers.nativeHeaders.get('epoch'));
    if (!isPromise<Past>(past)) {
      this.#tell(subscription, headers, past);
      return;
    }
    this.#held.set(subscription, []);
    const { subscription: wish } = headers;
    return past.then((found) => {
      if (found.head) this.#gate?.know(destination, found.head);
      const held = this.#held.get(subscription)!;
      this.#held.delete(subscription);
      if (!wish || wish.isOver) return;
      this.#tell(subscription, headers, found);
      subscription.toldTo = found.head;
      for (const message of held) this.delivery.toSubscription(message, subscription);
    });
  }

  #tell(subscription: BrokerSubscription, headers: Message['headers'], { head, missed, isAsked }: Past): void {
    headers.receiptHeaders = HeaderList.from([
      ['epoch', head?.epoch],
      ['offset', head?.offset],
      ['recovered', isAsked ? missed !== undefined : undefined],
    ]);
    subscription.lacksPast = isAsked && missed === undefined;
    for (const { message, offset } of missed ?? []) {
      if (subscription.wants(message, message.headers.sessionId)) {
        this.delivery.toSubscription(numbered(message, { epoch: head!.epoch, offset }, true), subscription);
      }
    }
  }

  #past(destination: string, since: string | undefined, epoch: string | undefined): MaybePromise<Past> {
    if (since !== undefined && !/^\d{1,15}$/.test(since)) {
      throw new StompException('STOMP_ERR_INVALID_HEADER', `The header since ${quote(since)} must be an offset.`);
    }
    const isAsked = since !== undefined;
    const position = isAsked && epoch !== undefined ? { epoch, offset: Number(since) } : undefined;
    const missed = position && this.#store.since(destination, position);
    const found = then(missed, (missed) =>
      then(this.#store.position(destination), (head): Past => {
        // What has come between the two questions is still to be delivered.
        const offset = missed ? (missed.at(-1)?.offset ?? position!.offset) : head.offset;
        return { head: { epoch: head.epoch, offset }, missed, isAsked };
      }),
    );
    // Live messages come all the same.
    return isPromise<Past>(found) ? found.catch(() => ({ head: undefined, missed: undefined, isAsked })) : found;
  }

  #optionsOf(destination: string): Required<HistoryOptions> | undefined {
    let found: Required<HistoryOptions> | undefined;
    this.#matcher.match(destination, (options) => (found ??= options));
    return found;
  }
}

/** What is known of the past of a destination. */
interface Past {
  /** undefined: the history cannot be reached. */
  readonly head: HistoryPosition | undefined;
  /** undefined: it cannot be had, or has not been asked for. */
  readonly missed: readonly HistoryEntry[] | undefined;
  readonly isAsked: boolean;
}

function positionOf({ headers: { delivery } }: Message): HistoryPosition | undefined {
  const [epoch, offset] = [delivery?.get('epoch'), Number(delivery?.get('offset'))];
  return epoch !== undefined && Number.isSafeInteger(offset) ? { epoch, offset } : undefined;
}

/** Another server's history has other numbers. */
function withoutNumber(message: Message): Message {
  return message.headers.delivery ? message.with({ delivery: undefined }) : message;
}

function numbered(message: Message, { epoch, offset }: HistoryPosition, isRecovered = false): Message {
  const delivery = HeaderList.from([
    ['offset', offset],
    ['epoch', epoch],
    ['recovered', isRecovered ? true : undefined],
  ]);
  return message.with({ delivery });
}

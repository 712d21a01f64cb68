import { StompException, quote } from '../exceptions/stomp.exception.js';
import type { HistoryOptions } from '../interfaces/broker-options.interface.js';
import type { Message } from '../messaging/message.js';
import { HeaderList } from '../utils/header-list.js';
import type { BrokerSubscription } from './broker-subscription.js';
import { DestinationMatcher, isPattern } from './destination-matcher.js';
import type { HistoryEntry, HistoryPosition, HistoryStore } from './history.js';

export interface HistorySettings {
  readonly history: readonly Required<HistoryOptions>[];
  readonly historyStore: HistoryStore;
  readonly pathSeparator: string;
}

/** How a message from the past, or the news that there is none, reaches the subscription. */
export type Replay = (message: Message, subscription: BrokerSubscription) => void;

/**
 * Numbers the messages of destinations that keep a history, and gives those who come back what they have missed. Recording,
 * replaying and delivering happen in one go, so there is neither a gap nor a repetition between the past and the live messages.
 */
export class HistoryRecorder {
  readonly #store: HistoryStore;
  readonly #matcher: DestinationMatcher<Required<HistoryOptions>>;

  constructor(
    { history, historyStore, pathSeparator }: HistorySettings,
    private readonly deliver: Replay,
  ) {
    this.#store = historyStore;
    this.#matcher = new DestinationMatcher(pathSeparator);
    for (const options of history) this.#matcher.add(options.destination, options);
  }

  /** Whether the destination has a history. */
  keeps(destination: string): boolean {
    return this.#optionsOf(destination) !== undefined;
  }

  /** Keeps the message if its destination has a history. @returns the message with its offset and epoch */
  record(message: Message): Message {
    const { destination, isPrivate } = message.headers;
    const options = isPrivate ? undefined : this.#optionsOf(destination!);
    if (!options) return message;
    const kept = message.copy();
    return numbered(kept, this.#store.append(destination!, kept, options));
  }

  /**
   * Sends what has come after the client's `since` (an offset) in its `epoch`. The RECEIPT of SUBSCRIBE says where the destination
   * stands and whether all of it could be had; a client that asks for no receipt is told `recovered:false` by its next MESSAGE.
   * Without `since` there is nothing to recover.
   * @throws StompException when `since` is no offset
   */
  replay(subscription: BrokerSubscription, { headers }: Message): void {
    const destination = subscription.target;
    const since = headers.nativeHeaders.get('since');
    if (subscription.isPrivate || isPattern(destination) || !this.#optionsOf(destination)) {
      if (since === undefined) return;
      headers.receiptHeaders = HeaderList.from({ recovered: false });
      subscription.lacksPast = true;
      return;
    }
    const head = this.#store.position(destination);
    const missed = since === undefined ? [] : this.#missed(destination, since, headers.nativeHeaders.get('epoch'));
    headers.receiptHeaders = HeaderList.from([
      ['epoch', head.epoch],
      ['offset', head.offset],
      ['recovered', since === undefined ? undefined : missed !== undefined],
    ]);
    subscription.lacksPast = missed === undefined;
    for (const { message, offset } of missed ?? []) {
      if (subscription.wants(message, message.headers.sessionId)) {
        this.deliver(numbered(message, { epoch: head.epoch, offset }, true), subscription);
      }
    }
  }

  #missed(destination: string, since: string, epoch: string | undefined): readonly HistoryEntry[] | undefined {
    if (!/^\d{1,15}$/.test(since)) {
      throw new StompException('STOMP_ERR_INVALID_HEADER', `The header since ${quote(since)} must be an offset.`);
    }
    return epoch === undefined ? undefined : this.#store.since(destination, { epoch, offset: Number(since) });
  }

  #optionsOf(destination: string): Required<HistoryOptions> | undefined {
    let found: Required<HistoryOptions> | undefined;
    this.#matcher.match(destination, (options) => (found ??= options));
    return found;
  }
}

function numbered(message: Message, { epoch, offset }: HistoryPosition, isRecovered = false): Message {
  const delivery = HeaderList.from([
    ['offset', offset],
    ['epoch', epoch],
    ['recovered', isRecovered ? true : undefined],
  ]);
  return message.with({ delivery });
}

import { BrokerUnavailableException } from '../../exceptions/messaging.exception.js';
import type { Message } from '../../messaging/message.js';
import { HeaderList } from '../../utils/header-list.js';
import type { MaybePromise } from '../../utils/maybe-promise.js';
import { BrokerSubscription } from '../broker-subscription.js';
import { DestinationMatcher, isPattern } from '../destination-matcher.js';
import type { RelayStats } from '../message-broker-stats.js';
import { BrokerRelay, type BrokerRelayParts, type BrokerRelaySettings } from './broker-relay.js';
import type { RelayConnection } from './relay-connection.js';
import { SessionLine } from './session-line.js';
import { TopicFeeds } from './topic-feeds.js';

/** A client that has gone before it was answered CONNECTED has no end that anybody tells of, so it is looked for. In milliseconds. */
const CONNECTED_WITHIN = 1_000;

/** Of CONNECT: what is between the client and this server, or what the relay says itself. */
const NOT_RELAYED = new Set(['accept-version', 'host', 'login', 'passcode', 'heart-beat', 'content-length', 'receipt']);

/**
 * A connection to the broker for each client, as in Spring: opened at CONNECT, with its subscriptions, acknowledgements and transactions at the
 * broker. What handlers reply goes over the connection of the client that they reply to.
 */
export class SessionBrokerRelay extends BrokerRelay {
  readonly #lines = new Map<string, SessionLine>();
  /** Of sessions that have gone. */
  #reconnects = 0;

  constructor(parts: BrokerRelayParts, settings: BrokerRelaySettings) {
    super(parts, settings);
    parts.outbound.onDrained(({ id }) => this.#lines.get(id)?.goOn());
  }

  override async stop(): Promise<void> {
    await Promise.all([...this.#lines.values()].map((line) => line.stop()));
    await super.stop();
  }

  override subscriptionEnded(sessionId: string, subscriptionId: string): void {
    super.subscriptionEnded(sessionId, subscriptionId);
    this.#lines
      .get(sessionId)
      ?.unsubscribe(subscriptionId)
      .catch(() => undefined);
  }

  override sessionEnded(sessionId: string): void {
    super.sessionEnded(sessionId);
    this.#close(sessionId);
  }

  protected override async connect({ headers: { sessionId, nativeHeaders } }: Message): Promise<void> {
    this.checkAvailable();
    const { clientLogin, clientPasscode, onConnectionLoss, wheel } = this.settings;
    const { deliveries, outbound } = this.parts;
    const isReattached = onConnectionLoss === 'reattach';
    const settings = this.lineSettings(clientLogin, clientPasscode, relayed(nativeHeaders));
    const line = new SessionLine(settings, isReattached, deliveries, outbound, {
      onRemark: (reason) => this.remark(reason),
      onLost: (error) => {
        this.#close(sessionId!);
        this.settings.onSessionLost(sessionId!, error);
      },
    });
    this.#lines.set(sessionId!, line);
    try {
      await line.open();
    } catch (error) {
      this.#close(sessionId!);
      throw error;
    }
    wheel.after(CONNECTED_WITHIN, () => {
      if (!outbound.receiver(sessionId!)) this.#close(sessionId!);
    });
  }

  protected override subscribe(message: Message): MaybePromise<void> {
    const { subscription: wish, destination, sessionId, nativeHeaders } = message.headers;
    if (!wish || wish.isOver) return;
    const line = this.#lineOf(sessionId!);
    const { dialect } = line.connection;
    const target = TopicFeeds.destinationOf(destination!, dialect, this.settings.pathSeparator);
    const { deliveries } = this.parts;
    const { selector, prefetchLimit, sessionPrefetchLimit } = this.settings;
    // What the broker has been promised cannot be taken back: who comes late gets what is left, and one at least.
    const left = Math.max(sessionPrefetchLimit - line.prefetch, 1);
    const limits = { selector, prefetchLimit: Math.min(prefetchLimit, left) };
    const subscription = new BrokerSubscription(wish, target, false, message, limits, (receiver) =>
      deliveries.hasCredit(receiver),
    );
    const matches = this.#matcher(destination!);
    return line.subscribe({ subscription, headers: nativeHeaders, matches, isQueue: this.isQueue(destination!) });
  }

  protected override unsubscribe({ headers }: Message): MaybePromise<void> {
    return this.#lines.get(headers.sessionId!)?.unsubscribe(headers.subscriptionId!, headers.nativeHeaders);
  }

  protected override connectionOf(sessionId: string | undefined): RelayConnection {
    const line = sessionId === undefined ? undefined : this.#lines.get(sessionId);
    if (line) return line.connection;
    this.checkAvailable();
    return this.system.connection;
  }

  protected override relayStats(): RelayStats {
    const lines = [this.system, ...this.#lines.values()];
    return {
      broker: this.system.broker,
      connections: lines.filter(({ isUp }) => isUp).length,
      subscriptions: [...this.#lines.values()].reduce((sum, { size }) => sum + size, 0),
      unconfirmed: lines.reduce((sum, line) => sum + line.unconfirmed, 0),
      bufferedBytes: lines.reduce((sum, line) => sum + line.bufferedBytes, 0),
      reconnects: this.#reconnects + lines.reduce((sum, line) => sum + line.reconnects, 0),
    };
  }

  /** The broker's patterns are wider than the client's. */
  #matcher(destination: string): ((destination: string) => boolean) | undefined {
    if (!isPattern(destination)) return undefined;
    const matcher = new DestinationMatcher<true>(this.settings.pathSeparator);
    matcher.add(destination, true);
    return (candidate) => {
      let isMatch = false;
      matcher.match(candidate, () => (isMatch = true));
      return isMatch;
    };
  }

  #lineOf(sessionId: string): SessionLine {
    const line = this.#lines.get(sessionId);
    if (line) return line;
    throw new BrokerUnavailableException('The session has no connection to the broker.');
  }

  #close(sessionId: string): void {
    const line = this.#lines.get(sessionId);
    if (!line) return;
    this.#lines.delete(sessionId);
    this.#reconnects += line.reconnects;
    void line.stop();
  }
}

function relayed(headers: HeaderList): HeaderList {
  const list = new HeaderList();
  headers.forEach((name, value) => {
    if (!NOT_RELAYED.has(name) && !name.startsWith('simp') && !name.startsWith('activemq.')) list.append(name, value);
  });
  return list;
}

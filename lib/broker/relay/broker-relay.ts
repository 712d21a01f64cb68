import { BrokerRefusedException, BrokerUnavailableException } from '../../exceptions/messaging.exception.js';
import { StompException } from '../../exceptions/stomp.exception.js';
import { StompFrame } from '../../frame/stomp-frame.js';
import type { ResolvedBrokerRelayOptions } from '../../interfaces/broker-options.interface.js';
import type { ClientOutboundChannel } from '../../messaging/client-outbound.channel.js';
import type { Deliveries } from '../../messaging/deliveries.js';
import type { Message } from '../../messaging/message.js';
import { HeaderList } from '../../utils/header-list.js';
import { LogLimit } from '../../utils/log-limit.js';
import type { MaybePromise } from '../../utils/maybe-promise.js';
import type { TimerWheel } from '../../utils/timer-wheel.js';
import { checkDepth } from '../destination-matcher.js';
import type { MessageBrokerStats, RelayStats } from '../message-broker-stats.js';
import type { MessageBroker } from '../message-broker.js';
import { SimpleBroker } from '../simple-broker.js';
import type { RelayConnection } from './relay-connection.js';
import { RelayLine, type RelayLineListener, type RelayLineSettings } from './relay-line.js';
import { toSendFrame } from './relay-message.js';
import { SystemSubscriptions } from './system-subscriptions.js';

export interface BrokerRelaySettings extends ResolvedBrokerRelayOptions {
  readonly pathSeparator: string;
  readonly wheel: TimerWheel;
  /** Told of what could be neither delivered nor kept. */
  readonly onLost: (what: string, error: unknown) => void;
  /** Told when it begins and when it ceases to take messages. */
  readonly onAvailability: (isAvailable: boolean) => void;
  /** Told of what operators should know, once each time. */
  readonly warn: (sentence: string) => void;
  /** The client has lost its broker: it must be told, and go. */
  readonly onSessionLost: (sessionId: string, error: BrokerUnavailableException) => void;
}

export interface BrokerRelayParts {
  readonly outbound: ClientOutboundChannel;
  readonly deliveries: Deliveries;
  readonly nextMessageId: () => string;
}

/**
 * A broker elsewhere, over STOMP (Spring `StompBrokerRelayMessageHandler`). The server has a connection of its own, over which the application sends;
 * how its clients are connected the two ways of connecting decide. User destinations never leave the process: a broker in memory serves them.
 */
export abstract class BrokerRelay implements MessageBroker {
  /** Serves user destinations, and whatever else is handed to clients in this process. */
  protected readonly local: SimpleBroker;
  protected readonly system: RelayLine;
  readonly #systemSubscriptions: SystemSubscriptions;
  /** Sessions of which the broker has not confirmed everything. */
  readonly #unconfirmed = new Set<string>();
  #isAvailable = false;
  /** Since the server's own connection is there, until all are. */
  #returning: Promise<void> | undefined;
  #transactions = 0;
  readonly #remarks = new LogLimit(1);

  constructor(
    protected readonly parts: BrokerRelayParts,
    protected readonly settings: BrokerRelaySettings,
  ) {
    const { outbound, deliveries, nextMessageId } = parts;
    this.local = new SimpleBroker(outbound, deliveries, nextMessageId, {
      ...settings,
      onAvailability: () => {},
    });
    this.#systemSubscriptions = new SystemSubscriptions(settings);
    this.system = this.line(settings.systemLogin, settings.systemPasscode, {
      onConnected: (connection) => this.restore(connection),
      onUp: () => void (this.#returning = this.#back()),
      onMessage: (frame, connection) => {
        if (!this.#systemSubscriptions.handle(frame, connection)) this.received(frame, connection);
      },
      onCancelled: (id, connection) => this.cancelled(id, connection),
      onDown: (error) => this.#lost(error),
    });
  }

  async start(): Promise<void> {
    try {
      await Promise.all(this.lines.map((line) => this.#openOrRetry(line)));
      await this.#returning;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.system.stop();
    this.#setAvailable(false);
  }

  handleMessage(message: Message): MaybePromise<void> {
    const { command, isPrivate, sessionId, subscriptionId } = message.headers;
    if (isPrivate) return this.local.handleMessage(message);
    if (command === 'UNSUBSCRIBE') {
      this.local.subscriptionEnded(sessionId!, subscriptionId!);
      return this.unsubscribe(message);
    }
    if (command === 'CONNECT') return this.connect(message);
    if (!this.isForBroker(message)) return;
    if (command === 'SEND') return this.publish(message);
    if (command === 'SUBSCRIBE') return this.subscribe(message);
  }

  /** @throws when one of the messages cannot be sent, whatever comes of the others */
  validate(messages: readonly Message[]): void {
    this.local.validate(messages.filter(({ headers }) => headers.isPrivate));
    const sends = this.#sends(messages);
    for (const message of sends) this.#toFrame(message, this.connectionOf(message.headers.sessionId));
    if (sends.length > 0) this.#checkTransaction(sends, this.connectionOf(sends[0]!.headers.sessionId));
  }

  /** A transaction of the broker's own. */
  handleAll(messages: readonly Message[]): MaybePromise<void> {
    const sends = this.#sends(messages);
    if (sends.length > 0) return this.#commit(sends, this.connectionOf(sends[0]!.headers.sessionId));
  }

  subscriptionEnded(sessionId: string, subscriptionId: string): void {
    this.local.subscriptionEnded(sessionId, subscriptionId);
  }

  sessionEnded(sessionId: string): void {
    this.#unconfirmed.delete(sessionId);
    this.local.sessionEnded(sessionId);
  }

  /** What the broker answers on a connection comes behind all that it has read before. */
  async flush(sessionId: string): Promise<void> {
    if (!this.#unconfirmed.delete(sessionId)) return;
    const connection = this.connectionOf(sessionId);
    const transaction = `flush-${++this.#transactions}`;
    const frames = (['BEGIN', 'ABORT'] as const).map(
      (command) => new StompFrame(command, HeaderList.from({ transaction })),
    );
    await connection.request(...frames);
  }

  stats(): MessageBrokerStats {
    const { backlog, slowConsumers } = this.local.stats();
    return { isAvailable: this.#isAvailable, backlog, slowConsumers, relay: this.relayStats() };
  }

  /** Connections that are there from the start. */
  protected get lines(): readonly RelayLine[] {
    return [this.system];
  }

  /** @throws BrokerUnavailableException */
  protected checkAvailable(): void {
    if (!this.#isAvailable) throw new BrokerUnavailableException('The broker is not available.');
  }

  /** By which what a session sends, or the application, goes to the broker. @throws BrokerUnavailableException */
  protected abstract connectionOf(sessionId: string | undefined): RelayConnection;
  protected abstract subscribe(message: Message): MaybePromise<void>;
  protected abstract unsubscribe(message: Message): MaybePromise<void>;
  protected abstract relayStats(): RelayStats;

  protected connect(_message: Message): MaybePromise<void> {}

  protected received(_frame: StompFrame, _connection: RelayConnection): void {}

  protected cancelled(id: string, connection: RelayConnection): void {
    if (!this.#systemSubscriptions.has(id)) return;
    connection.abandon('has ended a system subscription');
  }

  protected restore(connection: RelayConnection): MaybePromise<void> {
    return this.#systemSubscriptions.subscribe(connection);
  }

  protected publish(message: Message): MaybePromise<void> {
    const connection = this.connectionOf(message.headers.sessionId);
    const frame = this.#toFrame(message, connection);
    const { sessionId, isAwaited } = message.headers;
    if (isAwaited) return connection.request(frame);
    if (sessionId !== undefined) this.#unconfirmed.add(sessionId);
    return connection.send(frame);
  }

  protected isQueue(destination: string): boolean {
    return this.settings.queuePrefixes.some((prefix) => destination.startsWith(prefix));
  }

  protected isForBroker({ headers: { destination } }: Message): boolean {
    if (destination === undefined) return false;
    if (!this.settings.destinationPrefixes.some((prefix) => destination.startsWith(prefix))) return false;
    checkDepth(destination, this.settings.pathSeparator);
    return true;
  }

  protected line(login: string, passcode: string, listener: RelayLineListener, connectHeaders?: HeaderList): RelayLine {
    const onRemark = (reason: string): void => this.remark(reason);
    return new RelayLine(this.lineSettings(login, passcode, connectHeaders), { onRemark, ...listener });
  }

  /** The broker has refused something that nobody waits for: a SEND without RECEIPT, as a rule. */
  protected remark(reason: string): void {
    const line = this.#remarks.admit(() => `The broker has refused what nobody waited for: ${reason}.`);
    if (line !== undefined) this.settings.warn(line);
  }

  protected lineSettings(login: string, passcode: string, connectHeaders?: HeaderList): RelayLineSettings {
    return { ...this.settings, login, passcode, connectHeaders };
  }

  async #openOrRetry(line: RelayLine): Promise<void> {
    try {
      await line.open();
    } catch (error) {
      if (error instanceof BrokerRefusedException || this.settings.requiredAtStart) throw error;
      if (line === this.system) {
        this.settings.warn(`${(error as Error).message} The server starts without it and goes on trying.`);
      }
      line.retry();
    }
  }

  #sends(messages: readonly Message[]): Message[] {
    return messages.filter(
      (message) => message.headers.command === 'SEND' && !message.headers.isPrivate && this.isForBroker(message),
    );
  }

  #toFrame(message: Message, { dialect }: RelayConnection): StompFrame {
    const { destination, sessionId } = message.headers;
    return toSendFrame(message, dialect, {
      messageId: this.parts.nextMessageId(),
      isPersistent: this.settings.persistentQueues && this.isQueue(destination!),
      isGuarded: sessionId !== undefined,
    });
  }

  /** All in one go: no frame of another session comes between, and no broker keeps more than one open. */
  #commit(messages: readonly Message[], connection: RelayConnection): MaybePromise<void> {
    const transaction = `tx-${++this.#transactions}`;
    const isAwaited = messages.some(({ headers }) => headers.isAwaited);
    const sends = messages.map((message) => this.#toFrame(message, connection));
    for (const { headers } of sends) headers.append('transaction', transaction);
    const frames = [
      new StompFrame('BEGIN', HeaderList.from({ transaction })),
      ...sends,
      new StompFrame('COMMIT', HeaderList.from({ transaction })),
    ];
    // RabbitMQ answers COMMIT before the messages are safe: each is asked for.
    return isAwaited ? connection.request(...frames) : connection.send(...frames);
  }

  /** Brokers that leave out what is too much commit the rest. */
  #checkTransaction({ length }: readonly Message[], { dialect: { limits } }: RelayConnection): void {
    if (length <= limits.transaction) return;
    throw new StompException(
      'STOMP_ERR_TRANSACTION',
      `The transaction has ${length} messages for the broker, which takes ${limits.transaction}.`,
    );
  }

  /** What the other lines wait for is there. */
  async #back(): Promise<void> {
    const others = this.lines.filter((line) => line !== this.system);
    await Promise.all(others.map((line) => line.hurry()));
    if (!this.system.isUp) return;
    if (this.system.reconnects > 0) this.settings.warn(`The broker at ${this.system.broker} is back.`);
    this.#setAvailable(true);
  }

  #lost(error: BrokerUnavailableException): void {
    this.settings.warn(`${error.message} Nothing can be sent until it is back.`);
    this.#setAvailable(false);
  }

  #setAvailable(isAvailable: boolean): void {
    if (this.#isAvailable === isAvailable) return;
    this.#isAvailable = isAvailable;
    this.settings.onAvailability(isAvailable);
  }
}

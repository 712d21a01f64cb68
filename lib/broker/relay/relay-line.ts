import { BrokerRefusedException, BrokerUnavailableException } from '../../exceptions/messaging.exception.js';
import type { StompFrame } from '../../frame/stomp-frame.js';
import type { RelayAddress } from '../../interfaces/broker-relay-options.interface.js';
import type { MaybePromise } from '../../utils/maybe-promise.js';
import { ReconnectDelay } from './reconnect-delay.js';
import { RelayConnection, type RelayConnectionSettings } from './relay-connection.js';

export interface RelayLineSettings extends RelayConnectionSettings {
  readonly addresses: readonly RelayAddress[];
  readonly reconnectDelay: number;
  readonly reconnectDelayLimit: number;
}

export interface RelayLineListener {
  /** Connected, or connected again: what has to be sent before anybody else may. What it rejects with costs the connection. */
  onConnected?(connection: RelayConnection): MaybePromise<void>;
  /** Open for everyone. */
  onUp?(): void;
  onMessage?(frame: StompFrame, connection: RelayConnection): void;
  onCancelled?(subscriptionId: string, connection: RelayConnection): void;
  /** It is down; it will be opened again unless the listener stops it. */
  onDown?(error: BrokerUnavailableException): void;
}

/** A connection to one of several brokers that is opened again when it is lost: at once, then after pauses that grow. */
export class RelayLine {
  readonly #delay: ReconnectDelay;
  #connection: RelayConnection | undefined;
  #opening: Promise<RelayConnection> | undefined;
  #isUp = false;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;
  /** The address that was good last. */
  #first = 0;
  #reconnects = 0;

  constructor(
    private readonly settings: RelayLineSettings,
    private readonly listener: RelayLineListener,
  ) {
    this.#delay = new ReconnectDelay(settings.reconnectDelay, settings.reconnectDelayLimit);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** How often it has come back. */
  get reconnects(): number {
    return this.#reconnects;
  }

  get unconfirmed(): number {
    return this.#connection?.unconfirmed ?? 0;
  }

  get bufferedBytes(): number {
    return this.#connection?.bufferedBytes ?? 0;
  }

  /** The broker that it is connected to. */
  get broker(): string | undefined {
    return this.#isUp ? this.#connection?.name : undefined;
  }

  /** @throws BrokerUnavailableException when the line is down */
  get connection(): RelayConnection {
    if (this.#isUp && this.#connection) return this.#connection;
    throw new BrokerUnavailableException('The broker is not available.');
  }

  /** Each address once. @throws BrokerUnavailableException when none can be had; `retry` goes on */
  async open(): Promise<void> {
    const connection = await this.#openOne();
    if (this.#isStopped) return connection.close();
    this.#connection = connection;
    try {
      await this.listener.onConnected?.(connection);
    } catch (error) {
      connection.abandon('did not take what every connection begins with');
      throw error;
    }
    if (!connection.isConnected) throw new BrokerUnavailableException(`The broker at ${connection.name} was lost.`);
    this.#isUp = true;
    this.#delay.reset();
    this.listener.onUp?.();
  }

  /** Opens it after a pause, and again until it is open. */
  retry(): void {
    if (this.#isStopped || this.#timer) return;
    this.#timer = setTimeout(() => this.#reopen(), this.#delay.next());
  }

  /** There is reason to believe that the broker is back: does not wait for the end of the pause. */
  hurry(): void {
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#reopen();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#isUp = false;
    clearTimeout(this.#timer);
    await this.#opening?.catch(() => undefined);
    await this.#connection?.close();
  }

  #reopen(): void {
    this.#timer = undefined;
    this.open().then(
      () => void this.#reconnects++,
      () => this.retry(),
    );
  }

  async #openOne(): Promise<RelayConnection> {
    const { addresses } = this.settings;
    let failure: unknown;
    for (let i = 0; i < addresses.length && !this.#isStopped; i++) {
      const index = (this.#first + i) % addresses.length;
      try {
        this.#opening = this.#openAt(addresses[index]!);
        const connection = await this.#opening;
        this.#first = index;
        return connection;
      } catch (error) {
        // What one says no to, the others of its cluster would say no to as well.
        if (error instanceof BrokerRefusedException) throw error;
        failure = error;
      }
    }
    throw failure ?? new BrokerUnavailableException('The relay has been stopped.');
  }

  #openAt(address: RelayAddress): Promise<RelayConnection> {
    return RelayConnection.open(address, this.settings, {
      onMessage: (frame, connection) => this.listener.onMessage?.(frame, connection),
      onCancelled: (id) => this.#connection && this.listener.onCancelled?.(id, this.#connection),
      onLost: (error) => this.#lost(error),
    });
  }

  #lost(error: BrokerUnavailableException): void {
    const wasUp = this.#isUp;
    this.#isUp = false;
    this.#connection = undefined;
    // While it is being opened, who opens it is told by the failure.
    if (!wasUp || this.#isStopped) return;
    this.retry();
    this.listener.onDown?.(error);
  }
}

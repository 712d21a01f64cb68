import { BrokerRefusedException, BrokerUnavailableException } from '../../exceptions/messaging.exception.js';
import type { StompFrame } from '../../frame/stomp-frame.js';
import type { RelayAddress } from '../../interfaces/broker-relay-options.interface.js';
import type { MaybePromise } from '../../utils/maybe-promise.js';
import { ReconnectDelay } from './reconnect-delay.js';
import { RelayConnection, type RelayConnectionListener, type RelayConnectionSettings } from './relay-connection.js';

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
  /** The broker has refused something that nobody waits for. */
  onRemark?(reason: string): void;
  /** It is down; it will be opened again unless the listener stops it. */
  onDown?(error: BrokerUnavailableException): void;
}

/** A connection to one of several brokers that is opened again when it is lost: at once, then after pauses that grow. */
export class RelayLine {
  readonly #delay: ReconnectDelay;
  #connection: RelayConnection | undefined;
  /** Under way. */
  #attempt: Promise<void> | undefined;
  #isUp = false;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  /** The address that was good last. */
  #first = 0;
  #opened = 0;

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
    return Math.max(this.#opened - 1, 0);
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
    this.#attempt = this.#open();
    try {
      await this.#attempt;
    } finally {
      this.#attempt = undefined;
    }
  }

  /** Opens it after a pause, and again until it is open. */
  retry(): void {
    if (this.#stopping.signal.aborted || this.#timer) return;
    this.#timer = setTimeout(() => this.#reopen(), this.#delay.next());
  }

  /** There is reason to believe that the broker is back: does not wait for the end of the pause. Settles with the attempt. */
  async hurry(): Promise<void> {
    if (this.#timer) {
      clearTimeout(this.#timer);
      this.#reopen();
    }
    await this.#attempt?.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#isUp = false;
    clearTimeout(this.#timer);
    await this.#attempt?.catch(() => undefined);
    await this.#connection?.close();
  }

  #reopen(): void {
    this.#timer = undefined;
    this.open().catch(() => this.retry());
  }

  async #open(): Promise<void> {
    const connection = await this.#openOne();
    if (this.#stopping.signal.aborted) return connection.close();
    this.#connection = connection;
    try {
      await this.listener.onConnected?.(connection);
    } catch (error) {
      connection.abandon('did not take what every connection begins with');
      throw error;
    }
    if (!connection.isConnected) throw new BrokerUnavailableException(`The broker at ${connection.name} was lost.`);
    this.#isUp = true;
    this.#opened++;
    this.#delay.reset();
    this.listener.onUp?.();
  }

  async #openOne(): Promise<RelayConnection> {
    const { addresses } = this.settings;
    let failure: unknown;
    for (let i = 0; i < addresses.length && !this.#stopping.signal.aborted; i++) {
      const index = (this.#first + i) % addresses.length;
      try {
        const connection = await this.#openAt(addresses[index]!);
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
    const listener: RelayConnectionListener = {
      onMessage: (frame, connection) => this.listener.onMessage?.(frame, connection),
      onCancelled: (id) => this.#connection && this.listener.onCancelled?.(id, this.#connection),
      onRemark: (reason) => this.listener.onRemark?.(reason),
      onLost: (error) => this.#lost(error),
    };
    return RelayConnection.open(address, this.settings, listener, this.#stopping.signal);
  }

  #lost(error: BrokerUnavailableException): void {
    const wasUp = this.#isUp;
    this.#isUp = false;
    this.#connection = undefined;
    // While it is being opened, who opens it is told by the failure.
    if (!wasUp || this.#stopping.signal.aborted) return;
    this.retry();
    this.listener.onDown?.(error);
  }
}

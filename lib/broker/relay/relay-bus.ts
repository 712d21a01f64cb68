import { BrokerRefusedException, BrokerUnavailableException } from '../../exceptions/messaging.exception.js';
import { StompFrame } from '../../frame/stomp-frame.js';
import { HeaderList } from '../../utils/header-list.js';
import { RelayLine, type RelayLineSettings } from './relay-line.js';

/** Who uses the bus: one server. */
export interface RelayBusListener {
  onMessage(bytes: Uint8Array): void;
  onAvailability(isAvailable: boolean): void;
}

const ID = 'bus';

/** Carries bytes between the servers that stand before one broker, over a destination that no client can name. */
export class RelayBus {
  readonly #line: RelayLine;
  #listener: RelayBusListener | undefined;

  constructor(
    private readonly settings: RelayLineSettings & { readonly requiredAtStart: boolean },
    /** Of the servers that belong together. */
    private readonly name: string,
  ) {
    this.#line = new RelayLine(settings, {
      onConnected: (connection) => {
        const destination = connection.dialect.busDestination(name);
        return connection.request(new StompFrame('SUBSCRIBE', HeaderList.from({ id: ID, destination, ack: 'auto' })));
      },
      onUp: () => this.#listener?.onAvailability(true),
      onMessage: ({ body }) => this.#listener?.onMessage(body),
      onCancelled: (_, connection) => connection.abandon('has ended the subscription'),
      onDown: () => this.#listener?.onAvailability(false),
    });
  }

  /** @throws BrokerUnavailableException when the broker refuses, or cannot be had though it is required */
  async start(listener: RelayBusListener): Promise<void> {
    this.#listener = listener;
    try {
      await this.#line.open();
    } catch (error) {
      const isFinal = error instanceof BrokerRefusedException || this.settings.requiredAtStart;
      if (isFinal || !(error instanceof BrokerUnavailableException)) throw error;
      this.#line.retry();
      // Until it says otherwise, a bus is there once it has started.
      setImmediate(() => this.#line.isUp || listener.onAvailability(false));
    }
  }

  /** Settles when the broker has confirmed it. */
  async publish(bytes: Uint8Array): Promise<void> {
    const { connection } = this.#line;
    const headers = HeaderList.from({
      destination: connection.dialect.busDestination(this.name),
      'content-type': 'application/octet-stream',
    });
    await connection.request(
      new StompFrame('SEND', headers, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
    );
  }

  stop(): Promise<void> {
    return this.#line.stop();
  }
}

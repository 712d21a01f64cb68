import { StompFrame } from '../../frame/stomp-frame.js';
import type { SystemSubscriptionHandler } from '../../interfaces/broker-relay-options.interface.js';
import { HeaderList } from '../../utils/header-list.js';
import { BrokerDelivery } from './broker-delivery.js';
import type { RelayConnection } from './relay-connection.js';
import { fromMessageFrame } from './relay-message.js';

export interface SystemSubscriptionSettings {
  readonly systemSubscriptions: Readonly<Record<string, SystemSubscriptionHandler>>;
  readonly prefetchLimit: number;
  readonly onLost: (what: string, error: unknown) => void;
}

/** What the application itself takes from the broker (Spring `systemSubscriptions`): each message is acknowledged when its handler has finished. */
export class SystemSubscriptions {
  readonly #byId: ReadonlyMap<string, readonly [destination: string, handler: SystemSubscriptionHandler]>;

  constructor(private readonly settings: SystemSubscriptionSettings) {
    this.#byId = new Map(
      Object.entries(settings.systemSubscriptions).map((entry, index) => [`system-${index}`, entry] as const),
    );
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  async subscribe(connection: RelayConnection): Promise<void> {
    const { dialect } = connection;
    await Promise.all(
      [...this.#byId].map(([id, [destination]]) => {
        const headers = HeaderList.from({
          id,
          destination: dialect.toBroker(destination),
          ack: 'client-individual',
          [dialect.prefetchHeader]: this.settings.prefetchLimit,
        });
        return connection.request(new StompFrame('SUBSCRIBE', headers));
      }),
    );
  }

  /** @returns whether the message was for one of them */
  handle(frame: StompFrame, connection: RelayConnection): boolean {
    const [destination, handler] = this.#byId.get(frame.headers.get('subscription') ?? '') ?? [];
    if (destination === undefined) return false;
    void this.#run(handler!, destination, frame, connection);
    return true;
  }

  async #run(
    handler: SystemSubscriptionHandler,
    destination: string,
    frame: StompFrame,
    connection: RelayConnection,
  ): Promise<void> {
    const delivery = new BrokerDelivery(connection, frame.headers.get('ack') ?? '');
    try {
      await handler(fromMessageFrame(frame, destination));
      void delivery.acknowledged();
    } catch (error) {
      this.settings.onLost(`The system subscription to ${destination}`, error);
      void delivery.rejected();
    }
  }
}

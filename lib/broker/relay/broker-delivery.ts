import { StompFrame } from '../../frame/stomp-frame.js';
import type { DeliverySource } from '../../messaging/deliveries.js';
import { HeaderList } from '../../utils/header-list.js';
import type { RelayConnection } from './relay-connection.js';

/** One message that the broker wants acknowledged on the connection by which it came; on no other, for then it comes again. */
export class BrokerDelivery implements DeliverySource {
  constructor(
    private readonly connection: RelayConnection,
    /** The broker's own. */
    private readonly ackId: string,
  ) {}

  acknowledged(): void {
    this.#answer('ACK');
  }

  rejected(): void {
    this.#answer('NACK');
  }

  /** The end of the connection, or of the subscription, gives it back. */
  abandoned(): void {}

  #answer(command: 'ACK' | 'NACK'): void {
    if (!this.connection.isConnected) return;
    void this.connection.send(new StompFrame(command, HeaderList.from({ id: this.ackId })));
  }
}

import { StompFrame } from '../../frame/stomp-frame.js';
import type { DeliverySource } from '../../messaging/deliveries.js';
import { HeaderList } from '../../utils/header-list.js';
import type { MaybePromise } from '../../utils/maybe-promise.js';
import type { RelayConnection } from './relay-connection.js';

/** One message that the broker wants acknowledged on the connection by which it came; on no other, for then it comes again. */
export class BrokerDelivery implements DeliverySource {
  constructor(
    private readonly connection: RelayConnection,
    /** The broker's own. */
    private readonly ackId: string,
  ) {}

  /** Without somebody who waits: it is on its way. */
  acknowledged(_delivery?: unknown, isAwaited = false): MaybePromise<void> {
    return this.#answer('ACK', isAwaited);
  }

  rejected(_delivery?: unknown, isAwaited = false): MaybePromise<void> {
    return this.#answer('NACK', isAwaited);
  }

  /** The end of the connection, or of the subscription, gives it back. */
  abandoned(): void {}

  #answer(command: 'ACK' | 'NACK', isAwaited: boolean): MaybePromise<void> {
    const frame = new StompFrame(command, HeaderList.from({ id: this.ackId }));
    if (!isAwaited) return this.connection.post(frame);
    const confirmed = this.connection.request(frame);
    // The RECEIPT comes behind messages that the client cannot take yet.
    this.connection.resume();
    return confirmed;
  }
}

/**
 * The broker begins or ceases to take messages (Spring `BrokerAvailabilityEvent`). The embedded broker does so when the application
 * starts and, once all clients have gone, when it stops.
 *
 * @example
 * \@StompEventListener(BrokerAvailabilityEvent)
 * broker({ isBrokerAvailable }: BrokerAvailabilityEvent) {
 *   this.prices.publish(isBrokerAvailable);
 * }
 */
export class BrokerAvailabilityEvent {
  constructor(readonly isBrokerAvailable: boolean) {}
}

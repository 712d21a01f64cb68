/**
 * The broker begins or ceases to take messages (Spring `BrokerAvailabilityEvent`). The embedded broker does so when the application
 * starts and, once all clients have gone, when it stops; with the option `cluster` also when the bus to the other servers is cut, and when it
 * is there again.
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

/** The broker that lives in this process. */
export interface SimpleBrokerOptions {
  kind?: 'simple';
  /** Destinations that go to the broker begin with one of these. @default ['/topic', '/queue'] */
  destinationPrefixes?: string[];
  /**
   * What the server offers as heart-beats, in milliseconds: how often it can send, how often it wants to hear. 0 means never.
   * The effective interval is the larger of both sides' (STOMP 1.2 “Heart-beating”). @default [10_000, 10_000]
   */
  heartbeat?: [send: number, receive: number];
}

export type BrokerOptions = SimpleBrokerOptions;

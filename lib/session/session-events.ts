import type { PrincipalLike } from '../interfaces/principal.interface.js';
import type { BrokerAvailabilityEvent } from '../messaging/broker-availability.event.js';
import type { Message } from '../messaging/message.js';

/** Something happened in a client's conversation. */
export abstract class SessionEvent {
  constructor(
    readonly sessionId: string,
    readonly user: PrincipalLike | undefined,
    /** The frame that caused it, as a message. */
    readonly message: Message,
  ) {}
}

/** A CONNECT has passed the interceptors. */
export class SessionConnectEvent extends SessionEvent {}

/** The client is about to get CONNECTED; from here on messages can reach it. */
export class SessionConnectedEvent extends SessionEvent {}

/** A subscription is in force. */
export class SessionSubscribeEvent extends SessionEvent {
  constructor(
    sessionId: string,
    user: PrincipalLike | undefined,
    message: Message,
    readonly subscriptionId: string,
    readonly destination: string,
  ) {
    super(sessionId, user, message);
  }
}

/** A subscription has ended by UNSUBSCRIBE, or the server has ended it; those that end with their session are not told one by one. */
export class SessionUnsubscribeEvent extends SessionEvent {
  constructor(
    sessionId: string,
    user: PrincipalLike | undefined,
    message: Message,
    readonly subscriptionId: string,
  ) {
    super(sessionId, user, message);
  }
}

/** A session that had connected is gone. Exactly one for each SessionConnectedEvent. */
export class SessionDisconnectEvent extends SessionEvent {
  constructor(
    sessionId: string,
    user: PrincipalLike | undefined,
    message: Message,
    readonly closeCode: number,
  ) {
    super(sessionId, user, message);
  }
}

/** What listeners can be told of. */
export type StompEvent = SessionEvent | BrokerAvailabilityEvent;

type Listener = (event: StompEvent) => void;

/** Tells events to those who asked for them. A listener that fails harms neither the session nor the other listeners. */
export class StompEventPublisher {
  readonly #listeners = new Set<Listener>();

  constructor(private readonly onError: (error: unknown) => void) {}

  /** @returns how to stop listening */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  publish(event: StompEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.onError(error);
      }
    }
  }
}

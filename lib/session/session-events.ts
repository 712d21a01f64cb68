import type { PrincipalLike } from '../interfaces/principal.interface.js';
import { BrokerAvailabilityEvent } from '../messaging/broker-availability.event.js';
import type { Message } from '../messaging/message.js';
import { AuditEvent } from './audit-events.js';

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
export type StompEvent = SessionEvent | BrokerAvailabilityEvent | AuditEvent;

/** A class of events. */
export type EventType = abstract new (...args: any[]) => StompEvent;

type Listener = (event: StompEvent) => void;

/** What those are told of who name no types: all that happens as it should. */
export const DEFAULT_EVENT_TYPES: readonly EventType[] = [SessionEvent, BrokerAvailabilityEvent];

export const EVENT_TYPES: readonly EventType[] = [...DEFAULT_EVENT_TYPES, AuditEvent];

/**
 * Tells events to those who asked for them, in the order of what has happened: a listener that makes something else happen, by closing a
 * session for example, does not keep the others from hearing of the first thing first. A listener that fails harms neither the session nor
 * the other listeners.
 */
export class StompEventPublisher {
  readonly #listeners = new Map<Listener, readonly EventType[]>();
  /** Events of which not everyone has been told. */
  readonly #untold: StompEvent[] = [];

  constructor(
    private readonly onError: (error: unknown) => void,
    /** Told at once, whatever others are still to be told of. */
    private readonly record: Listener = () => {},
  ) {}

  /** @param types @default all but `AuditEvent`. @returns how to stop listening */
  subscribe(listener: (event: SessionEvent | BrokerAvailabilityEvent) => void): () => void;
  subscribe(listener: Listener, types: readonly EventType[]): () => void;
  subscribe(listener: (event: never) => void, types = DEFAULT_EVENT_TYPES): () => void {
    this.#listeners.set(listener as Listener, types);
    return () => this.#listeners.delete(listener as Listener);
  }

  /** @returns whether anyone listens to events of this type */
  publish(event: StompEvent): boolean {
    this.#guarded(this.record, event);
    if (!this.#isHeard(event)) return false;
    if (this.#untold.push(event) > 1) return true;
    for (; this.#untold.length > 0; this.#untold.shift()) this.#tell(this.#untold[0]!);
    return true;
  }

  #isHeard(event: StompEvent): boolean {
    for (const types of this.#listeners.values()) {
      if (isOneOf(types, event)) return true;
    }
    return false;
  }

  #tell(event: StompEvent): void {
    for (const [listener, types] of this.#listeners) {
      if (isOneOf(types, event)) this.#guarded(listener, event);
    }
  }

  #guarded(listener: Listener, event: StompEvent): void {
    try {
      listener(event);
    } catch (error) {
      this.onError(error);
    }
  }
}

function isOneOf(types: readonly EventType[], event: StompEvent): boolean {
  return types.some((type) => event instanceof type);
}

import type { EventType } from '../session/session-events.js';
import { EVENT_TYPES_METADATA } from '../stomp.constants.js';
import { methodOf } from './mapping-metadata.js';

/** `BrokerAvailabilityEvent`, or a class of session or audit events, the base classes `SessionEvent` and `AuditEvent` included. */
export type StompEventType = EventType;

/**
 * Tells a method of a controller or provider what happens in clients' conversations and to the broker (Spring `@EventListener`).
 * Listeners are told in the order of their registration and are not waited for. What one of them throws, now or later, is logged and
 * harms nobody.
 *
 * @param types without them: the type of the first parameter, and if that says nothing, every event but `AuditEvent`s
 * @example
 * \@StompEventListener(SessionConnectedEvent, SessionDisconnectEvent)
 * presence(event: SessionEvent) {
 *   this.messagingTemplate.convertAndSend('/topic/users', this.users.getUserCount());
 * }
 */
export function StompEventListener(): MethodDecorator;
export function StompEventListener<Types extends [StompEventType, ...StompEventType[]]>(
  ...types: Types
): ListenerDecorator<InstanceType<Types[number]>>;
export function StompEventListener(...types: StompEventType[]): MethodDecorator {
  return (target, key, descriptor) => {
    Reflect.defineMetadata(EVENT_TYPES_METADATA, types, methodOf('StompEventListener', { target, key, descriptor }));
  };
}

/** For a method that takes the events, or nothing. */
export type ListenerDecorator<Event> = <Listener extends (event: Event) => unknown>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Listener>,
) => void;

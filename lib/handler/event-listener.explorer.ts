import type { StompEventType } from '../decorators/stomp-event-listener.decorator.js';
import {
  DEFAULT_EVENT_TYPES,
  EVENT_TYPES,
  SessionEvent,
  type StompEvent,
  type StompEventPublisher,
} from '../session/session-events.js';
import type { StompSession } from '../session/stomp-session.js';
import { EVENT_TYPES_METADATA } from '../stomp.constants.js';
import { isPromise } from '../utils/maybe-promise.js';
import { PARAMTYPES_METADATA } from './nest-internals.js';
import type { NestContexts } from './nest-contexts.js';
import { MetadataScanner } from '@nestjs/core';
import type { RunInContext } from './stomp-context.js';

type Listener = (event: StompEvent) => unknown;

/** Finds the `@StompEventListener` methods of controllers and providers and has events told to them. */
export class EventListenerExplorer {
  readonly #scanner = new MetadataScanner();

  constructor(
    private readonly contexts: NestContexts,
    private readonly events: StompEventPublisher,
    private readonly log: { error(message: string, error: unknown): void },
    private readonly sessions: { get(sessionId: string): StompSession | undefined },
    private readonly runInContext?: RunInContext,
  ) {}

  /** @throws Error which names the class and the method that cannot listen */
  async explore(): Promise<void> {
    for (const host of this.contexts.hosts()) {
      const prototype = host.classRef.prototype as object;
      const names = this.#listenersOf(prototype);
      if (names.length === 0) continue;
      if (!host.isStatic) {
        throw new Error(
          `${host.classRef.name}.${names[0]}() cannot listen to events, because its class or something it needs is made anew ` +
            `for each message or session.`,
        );
      }
      this.#subscribe((await host.loadShared()).instance, prototype, names);
    }
    // What a factory or a value provides may listen as well: nothing of Nest runs around a listener.
    for (const instance of new Set(this.contexts.foreignInstances())) {
      const prototype = Object.getPrototypeOf(instance) as object | null;
      if (prototype !== null) this.#subscribe(instance, prototype, this.#listenersOf(prototype));
    }
  }

  #listenersOf(prototype: object): string[] {
    if (prototype === Object.prototype) return [];
    return this.#scanner
      .getAllMethodNames(prototype)
      .filter((name) => Reflect.hasMetadata(EVENT_TYPES_METADATA, methodOf(prototype, name)));
  }

  #subscribe(instance: object, prototype: object, names: readonly string[]): void {
    for (const name of names) {
      const types = typesOf(prototype, name);
      const listener = methodOf(prototype, name);
      const failed = (error: unknown): void => {
        this.log.error(`The listener ${prototype.constructor.name}.${name}() failed`, error);
      };
      this.events.subscribe((event) => {
        try {
          const told = this.#inContext(event, () => listener.call(instance, event));
          if (isPromise(told)) told.then(undefined, failed);
        } catch (error) {
          failed(error);
        }
      }, types);
    }
  }

  /** The event may come of what is done for the message of another session. */
  #inContext(event: StompEvent, tell: () => unknown): unknown {
    if (!this.runInContext || !(event instanceof SessionEvent)) return tell();
    const { message, user, sessionId } = event;
    return this.runInContext({ message, user, session: this.sessions.get(sessionId) }, tell);
  }
}

function methodOf(prototype: object, name: string): Listener {
  return (prototype as Record<string, Listener>)[name]!;
}

function typesOf(prototype: object, name: string): readonly StompEventType[] {
  const named = Reflect.getMetadata(EVENT_TYPES_METADATA, methodOf(prototype, name)) as readonly StompEventType[];
  if (named.length > 0) return named;
  const [declared] = (Reflect.getMetadata(PARAMTYPES_METADATA, prototype, name) ?? []) as unknown[];
  return isEventType(declared) ? [declared] : DEFAULT_EVENT_TYPES;
}

function isEventType(type: unknown): type is StompEventType {
  if (typeof type !== 'function') return false;
  return EVENT_TYPES.some((event) => type === event || type.prototype instanceof event);
}

import { Inject, Injectable, Scope } from '@nestjs/common';
import { StompSession } from '../session/stomp-session.js';

const NEEDS_SESSION = Symbol('StompSession');
const NOT_KEPT: PropertyDescriptor = { set: () => {} };

/**
 * Makes a provider live as long as a client's session (Spring `@WebSocketScope`). There is one instance for each session, made when
 * a message of the session first needs it and shared by all its handlers, guards, pipes, interceptors and filters. What needs such a
 * provider is made once for each session too, or once for each message if it also needs something request-scoped.
 *
 * It can inject `StompSession`, singletons and other session-scoped providers, but nothing request-scoped: that stops the start.
 * When the session ends, however it ends, `onModuleDestroy()` is called once; what it throws is logged. A handler may still be at work
 * then. Outside of a session, by an HTTP route for example, such a provider cannot be made. On a controller it stands above
 * `@Controller()`.
 *
 * @example
 * \@StompSessionScoped()
 * export class Basket implements OnModuleDestroy {
 *   readonly #items: string[] = [];
 *
 *   constructor(private readonly session: StompSession) {}
 *
 *   add(item: string): number {
 *     return this.#items.push(item);
 *   }
 *
 *   onModuleDestroy() {}
 * }
 */
export function StompSessionScoped(): ClassDecorator {
  return (target) => {
    const prototype = target.prototype as object;
    Injectable({ scope: Scope.REQUEST, durable: true })(target);
    // Injected so that Nest can make it for a session only.
    Inject(StompSession)(prototype, NEEDS_SESSION);
    Object.defineProperty(prototype, NEEDS_SESSION, NOT_KEPT);
  };
}

import { AsyncLocalStorage } from 'node:async_hooks';
import type { PrincipalLike } from '../interfaces/principal.interface.js';
import type { Message } from '../messaging/message.js';
import type { StompSession } from '../session/stomp-session.js';

/**
 * The message that is being handled, for code that nobody hands it to: services, guards, loggers (Spring `SimpAttributesContextHolder`).
 * For a listener to events it is the message of the event.
 * For applications with the option `asyncContext`.
 *
 * @example
 * \@Injectable()
 * export class AuditService {
 *   note(what: string) {
 *     this.log.log(`${StompContext.current()?.user?.name}: ${what}`);
 *   }
 * }
 */
export abstract class StompContext {
  /** The message from the client. */
  abstract readonly message: Message;
  /** The session that it came from. */
  abstract readonly session: StompSession | undefined;
  abstract readonly user: PrincipalLike | undefined;

  /**
   * Undefined outside of the handling of a message.
   * @throws Error when no application in this process has the option `asyncContext`: silence would be mistaken for that
   */
  static current(): StompContext | undefined {
    if (storage) return storage.getStore();
    throw new Error('StompContext.current() needs StompModule.forRoot({ asyncContext: true }).');
  }
}

/** Runs `next` as the handling of a message, with all that it waits for. */
export type RunInContext = <T>(context: StompContext, next: () => T) => T;

let storage: AsyncLocalStorage<StompContext> | undefined;

export function asyncContext(): RunInContext {
  const entered = (storage ??= new AsyncLocalStorage());
  return (context, next) => entered.run(context, next);
}

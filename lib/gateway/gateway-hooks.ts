import { Logger, type Type } from '@nestjs/common';
import { CloseCode, StompException } from '../exceptions/stomp.exception.js';
import { describeError } from '../handler/describe-error.js';
import { StompSession } from '../session/stomp-session.js';
import { isPromise } from '../utils/maybe-promise.js';

type Hook = (...args: unknown[]) => unknown;

const HOOKS = ['handleConnection', 'handleDisconnect'] as const;
const GUARDED = Symbol('guarded');

const logger = new Logger('StompModule');

/**
 * Nest calls `handleConnection` and `handleDisconnect` where nobody waits for them: what they throw, now or later, would end the process.
 * To be done before it connects the gateway.
 */
export function guardHooks({ prototype }: Type<object>): void {
  const hooks = prototype as Record<string, Hook | undefined>;
  for (const name of HOOKS) {
    const hook = hooks[name];
    // Nest makes a request-scoped gateway for each of them, even if it has none; that may fail too.
    if (!hook || !(GUARDED in hook)) hooks[name] = guarded(hook ?? (() => {}));
  }
}

function guarded(hook: Hook): Hook {
  function guardedHook(this: unknown, ...args: unknown[]): unknown {
    const [client] = args;
    // In the same process the class may serve another application, through another adapter.
    if (!(client instanceof StompSession)) return hook.apply(this, args);
    const failed = (error: unknown): void => hookFailed(client, error);
    try {
      const returned = hook.apply(this, args);
      return isPromise(returned) ? returned.then(undefined, failed) : returned;
    } catch (error) {
      failed(error);
    }
  }
  return Object.assign(guardedHook, { [GUARDED]: true });
}

/** A client that a gateway could not admit is told so and goes; that it could not see one off is only logged. Never throws. */
export function hookFailed(session: StompSession, error: unknown): void {
  const refusal = refusalOf(error);
  if (!refusal) {
    const what = session.isOver ? 'handleDisconnect()' : 'handleConnection()';
    logger.error(`${what} of a gateway failed`, error instanceof Error ? error.stack : error);
  }
  session.fail(
    refusal ??
      new StompException('STOMP_ERR_INTERNAL', 'The server failed to admit the client.', CloseCode.InternalError),
  );
}

/** @returns undefined if nobody has foreseen the error, or if it cannot even be told */
function refusalOf(error: unknown): StompException | undefined {
  try {
    const { message, isUnexpected } = describeError(error);
    return isUnexpected ? undefined : new StompException('STOMP_ERR_ACCESS_DENIED', message);
  } catch {
    return undefined;
  }
}

import { CloseCode } from '../exceptions/stomp.exception.js';
import type { ClientConnection } from '../transport/client-connection.js';
import type { SessionContext } from './session-context.js';
import { StompSession } from './stomp-session.js';

/** All sessions whose line is open, connected or not. */
export class StompSessionRegistry {
  readonly #sessions = new Map<string, StompSession>();
  #whenEmpty: (() => void) | undefined;

  constructor(private readonly context: SessionContext) {}

  get size(): number {
    return this.#sessions.size;
  }

  get(id: string): StompSession | undefined {
    return this.#sessions.get(id);
  }

  [Symbol.iterator](): IterableIterator<StompSession> {
    return this.#sessions.values();
  }

  /** Begins a conversation over a new connection. */
  open(connection: ClientConnection): StompSession {
    const session = new StompSession(connection, this.context, () => this.#gone(session));
    this.#sessions.set(session.id, session);
    this.context.counters.opened++;
    return session;
  }

  /**
   * Says goodbye to all (1001) and waits until the last connection is gone. What is buffered for a client is written first;
   * the connections themselves cut those that do not answer.
   */
  async closeAll(reason: string): Promise<void> {
    if (this.#sessions.size === 0) return;
    const empty = new Promise<void>((resolve) => (this.#whenEmpty = resolve));
    for (const session of this.#sessions.values()) session.close(CloseCode.GoingAway, reason);
    await empty;
  }

  #gone(session: StompSession): void {
    this.#sessions.delete(session.id);
    if (this.#sessions.size === 0) this.#whenEmpty?.();
  }
}

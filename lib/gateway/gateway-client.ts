import type { WsMessageHandler } from '@nestjs/common';

/** What Nest has bound to one session: a method for each destination, and who wants to know of its end. */
export class GatewayClient {
  readonly #handlers = new Map<string, WsMessageHandler>();
  readonly #endListeners: ((reason: string) => void)[] = [];
  #endReason: string | undefined;

  /** @param handlers of one gateway */
  bind(handlers: readonly WsMessageHandler[]): void {
    for (const handler of handlers) this.#handlers.set(handler.message, handler);
  }

  handlerOf(message: string): WsMessageHandler | undefined {
    return this.#handlers.get(message);
  }

  /** The session may have ended before Nest asks for this. */
  onEnd(listener: (reason: string) => void): void {
    if (this.#endReason === undefined) this.#endListeners.push(listener);
    else listener(this.#endReason);
  }

  end(reason: string): void {
    this.#endReason = reason;
    for (const listener of this.#endListeners.splice(0)) listener(reason);
  }
}

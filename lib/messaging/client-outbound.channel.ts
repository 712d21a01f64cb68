import { isPromise, type MaybePromise } from '../utils/maybe-promise.js';
import { TurnoverMap } from '../utils/turnover-map.js';
import { MessageChannel } from './message-channel.js';
import type { Message } from './message.js';
import type { MessageReceiver, Subscription } from './subscription.js';

/**
 * The way to the clients. Without interceptors one message object serves all receivers, so that it is encoded once;
 * with interceptors each receiver gets its own, which says whose it is.
 */
export class ClientOutboundChannel extends MessageChannel {
  readonly #receivers = new TurnoverMap<string, MessageReceiver>();
  readonly #drainListeners = new Set<(receiver: MessageReceiver) => void>();

  attach(receiver: MessageReceiver): void {
    this.#receivers.set(receiver.id, receiver);
  }

  detach(receiver: MessageReceiver): void {
    this.#receivers.delete(receiver.id);
  }

  receiver(sessionId: string): MessageReceiver | undefined {
    return this.#receivers.get(sessionId);
  }

  /** A receiver that had not been writable has taken all that waited for it. */
  drained(receiver: MessageReceiver): void {
    for (const listener of this.#drainListeners) listener(receiver);
  }

  onDrained(listener: (receiver: MessageReceiver) => void): void {
    this.#drainListeners.add(listener);
  }

  /** Never throws and never rejects: what an interceptor refuses concerns this receiver only, not the sender and not the others. */
  deliver(message: Message, subscription: Subscription): MaybePromise<unknown> {
    if (this.interceptors.length === 0) return subscription.receiver.receive(message, subscription);
    const own = message.with({ sessionId: subscription.receiver.id, subscriptionId: subscription.id });
    try {
      const sent = this.sendTo(own, (prepared) => subscription.receiver.receive(prepared, subscription));
      return isPromise(sent) ? sent.catch(this.onFailure) : sent;
    } catch (error) {
      this.onFailure(error);
    }
  }
}
